/* SPDX-License-Identifier: GPL-2.0 */
/* Gathers what the rules find, call by call, into findings: one a rule, site and holder. */
#ifndef PINACCT_COLLECT_H
#define PINACCT_COLLECT_H

#include "judge/finding.h"

struct collected {
	struct finding finding; /* first: the index compares findings */
	u64 call_id;		/* of the oldest call, 0 = none */
};

struct collect {
	void *index; /* tsearch(3) tree over `all` */
	struct collected **all;
	size_t nr, cap;
};

/*
 * Adds one call. Calls of equal rule, stack, api, flags, tgid and mm become one finding: sums of
 * calls and pages, the greatest age, all else from the oldest call (first_ns 0 = not known, and
 * then the youngest).
 * Returns 0 or -ENOMEM. *oldest is the finding when `one` is its oldest call now, else NULL; the
 * caller may go on to write its evidence.
 */
int collect__add(struct collect *c, const struct finding *one, u64 call_id,
		 struct finding **oldest);
void collect__deinit(struct collect *c);

#endif
