/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Releases that no pin explains, for good. Owns the first `max` of them in detail (of those that
 * are faults; the others make room for them), and their number in pages.
 */
#ifndef PINACCT_UNMATCHED_H
#define PINACCT_UNMATCHED_H

#include "ledger/before_start.h"
#include "ledger/history.h"
#include "ledger/nopin.h"
#include "ledger/release.h"

struct unmatched {
	struct ledger_unmatched *list;
	size_t nr, cap;
	size_t faults;	       /* entries below this one are not of unknown origin */
	u32 max;	       /* ledger_opts.max_unmatched */
	u64 preexisting_pages; /* ledger_opts */
	u64 pages, unknown_origin_pages;
	u64 dropped; /* not kept in detail */
	struct before_start *before;
	const struct nopins *nopins;
	bool *no_memory; /* the ledger's */
};

void unmatched__deinit(struct unmatched *u);
u64 unmatched__bytes(const struct unmatched *u);
/* `pin` is what history__find() knows of the pages. */
void unmatched__add(struct unmatched *u, const struct release *r, const struct span *s,
		    const struct past_pin *pin);

#endif
