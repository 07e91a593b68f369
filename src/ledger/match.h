/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Which open run a release is for, and taking it off. Owns nothing: it works on the open runs, and
 * tells the accounts and the history what it took.
 *
 * A release that names pages is looked up page by page first. What is left over comes off any pin
 * of the same folio, because the kernel counts pins per folio: io_uring drops all pins of a
 * registered folio but one, and later drops that one by the folio's head, which need not be in the
 * user's range (io_uring/rsrc.c, 6.12); FUSE pins pages and releases folios.
 */
#ifndef PINACCT_MATCH_H
#define PINACCT_MATCH_H

#include "ledger/accounts.h"
#include "ledger/history.h"
#include "ledger/open_runs.h"

struct match {
	struct open_runs *runs;
	struct open_calls *calls; /* and sites: those of the accounts, at hand */
	struct sites *sites;
	struct accounts *accounts;
	struct history *history;
};

/*
 * Pages by identity. Those that no run holds are handed to miss(). Makes match__splits() new runs
 * at most, which the caller reserved.
 */
void match__pages(struct match *m, struct release *r, const struct span *s,
		  void (*miss)(void *arg, u64 pfn, u64 pages), void *arg);
/*
 * Up to `pins` pins off the folio at pfn; of unknown order: off whatever folio holds pfn, and not
 * beyond its end. Returns how many. Makes match__splits() new runs at most.
 */
u64 match__folio(struct match *m, struct release *r, const struct span *folio, u64 pins);
u64 match__splits(const struct match *m, const struct span *s);

#endif
