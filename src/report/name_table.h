/* SPDX-License-Identifier: GPL-2.0 */
/* The distinct names of a flame graph's frames, numbered: what formats with a table of frames need.
 */
#ifndef PINACCT_NAME_TABLE_H
#define PINACCT_NAME_TABLE_H

#include "base/name_index.h"
#include "report/flame.h"

struct name_table {
	struct name_index index;
	const char **names; /* borrowed from the graph */
	u32 nr;
};

/* 0 or -ENOMEM; free with name_table__deinit() in either case. */
int name_table__init(struct name_table *t, const struct flame *f);
void name_table__deinit(struct name_table *t);
/* The number of a name that is in there. */
u32 name_table__number(const struct name_table *t, const char *name);

#endif
