/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What a ledger is made of: for ledger.c, which puts the parts together, and ledger_check.c. The
 * parts know each other only as far as their headers say, each those above it here.
 */
#ifndef PINACCT_LEDGER_PARTS_H
#define PINACCT_LEDGER_PARTS_H

#include "ledger/fold.h"
#include "ledger/ledger.h"
#include "ledger/page_events.h"
#include "ledger/releases.h"

struct ledger {
	struct stream_time time;
	/* who pinned, from where */
	struct processes processes;
	struct holders holders;
	struct sites sites;
	struct fold fold;
	/* what is pinned */
	struct open_calls calls;
	struct open_runs runs;
	struct vanished vanished;
	struct accounts accounts;
	/* what was released */
	struct history history;
	struct nopins nopins;
	struct before_start before;
	struct unmatched unmatched;
	struct match match;
	struct waiting waiting;
	struct releases releases;
	u64 unpin_calls, inner_pages;
	/* a part could not keep what it was to keep: what is reported would be another thing */
	bool no_memory;
	/* what pages say */
	struct page_readings readings;
	struct writebacks writebacks;
	struct page_events page_events;
};

#endif
