/* SPDX-License-Identifier: GPL-2.0 */
/* Groups what the rules find, call by call, into findings: one for each rule, site and holder. */
#ifndef PINACCT_GROUPING_H
#define PINACCT_GROUPING_H

#include "judge/finding.h"
#include "ledger/held.h"

struct finding_group {
	struct finding finding; /* first: the index compares findings */
	u32 call;		/* ledger_open.call of the oldest, 0 = none */
	struct held held;	/* by its pins that are open */
};

struct grouping {
	void *index; /* tsearch(3) tree over `all` */
	struct finding_group **all;
	size_t nr, cap;
};

/*
 * Adds one call. Calls of equal rule, stack, api, flags, tgid and mm become one finding: sums of
 * calls and pages, the greatest age, and all else of the oldest call. A call with first_ns 0 (not
 * known) counts as the youngest.
 *
 * Returns 0 or -ENOMEM. *oldest is the finding when `one` is its oldest call now, else NULL; the
 * caller may then write its evidence.
 */
int grouping__add(struct grouping *g, const struct finding *one, u32 call, struct finding **oldest);
/* The finding that calls like `one` are in. NULL = there is none yet. */
struct finding_group *grouping__find(const struct grouping *g, const struct finding *one);
void grouping__deinit(struct grouping *g);

#endif
