/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Finds numbered things by their names, which stay with the caller: a start that compares each of
 * the kernel's 200,000 names with each that is wanted, or sorts them, takes a quarter of a second
 * longer.
 */
#ifndef PINACCT_NAME_INDEX_H
#define PINACCT_NAME_INDEX_H

#include <stddef.h>
#include <pinacct/types.h>

#define NAME_INDEX_END UINT32_MAX

struct name_index {
	u32 *buckets, *next; /* the next with the same hash */
	u32 mask;
};

/* For things with numbers below nr. 0 or -ENOMEM. */
int name_index__init(struct name_index *idx, u32 nr);
void name_index__deinit(struct name_index *idx);
/* Each number once. Of those with one name the last one added is found first. */
void name_index__add(struct name_index *idx, const char *name, u32 number);
/*
 * The numbers that may have the name, one after the other, then NAME_INDEX_END. Others may be among
 * them: compare.
 *
 * 	for (i = name_index__first(idx, name); i != NAME_INDEX_END; i = idx->next[i])
 */
u32 name_index__first(const struct name_index *idx, const char *name);

#endif
