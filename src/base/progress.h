/* SPDX-License-Identifier: GPL-2.0 */
/* How far something is, on stderr, when that is a terminal and it takes longer than a second. */
#ifndef PINACCT_PROGRESS_H
#define PINACCT_PROGRESS_H

#include <stdbool.h>
#include <pinacct/types.h>

struct progress {
	const char *what; /* "looked at memory" */
	u64 began_ns, told_ns;
	bool terminal, shown;
};

void progress__begin(struct progress *p, const char *what);
void progress__tell(struct progress *p, u64 done, u64 total);
/*
 * For a step that cannot tell how far it is: says at once what is being done, in place of what was
 * said before.
 */
void progress__step(struct progress *p, const char *what);
void progress__end(struct progress *p); /* wipes the line */

#endif
