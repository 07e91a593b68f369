/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A release's way through the ledger: its pages are matched with open pins, first page by page,
 * then by folio, and what is left over waits for a pin. A pin that comes later is shown to what
 * waits. Owns the number of pages released.
 */
#ifndef PINACCT_RELEASES_H
#define PINACCT_RELEASES_H

#include "ledger/match.h"
#include "ledger/waiting.h"

struct releases {
	u64 pages; /* of all releases so far */
	u32 retries;
	struct match *match;
	struct waiting *waiting;
	const struct stream_time *time;
};

/* So that releases__add() of these runs cannot fail. 0 or -ENOMEM. */
int releases__reserve(struct releases *r, const struct rec_run *runs, u32 nr_runs);
void releases__add(struct releases *r, struct release *release, const struct rec_run *runs,
		   u32 nr_runs);
/*
 * These pages were pinned: does a release wait for them? `until` is accounts.ended when all of the
 * pin is taken: then there is nothing left to look for.
 */
void releases__retry(struct releases *r, const struct span *pinned, u64 pin_ts_ns, u64 until);

#endif
