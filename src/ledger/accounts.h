/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What pins and releases add up to: of each call, each site, and in total. Owns the totals; the
 * calls, the sites and the list of vanished pins are others', and are kept in step here, so that
 * at any time
 *     pinned = ended + open          (in pages)
 */
#ifndef PINACCT_ACCOUNTS_H
#define PINACCT_ACCOUNTS_H

#include "ledger/open_calls.h"
#include "ledger/sites.h"
#include "ledger/vanished.h"

struct accounts {
	/* pages, but for the calls */
	u64 pin_calls, open_calls;
	u64 pinned, open, ended, vanished;
	u64 by_match[LEDGER_MATCH_MAX]; /* of `ended` */
	u64 held_ns;			/* ledger_opts */
	void (*on_end)(void *arg, const struct ledger_ended *e);
	void *on_end_arg;
	struct open_calls *calls;
	struct sites *sites;
	struct vanished *gone;
};

/* One more call, unless the record is a later chunk of one. */
void accounts__count_call(struct accounts *a, const struct event *pin, u32 site);
/*
 * More pages for the record's call. `call` is what this returned for its runs before, 0 for the
 * first. Returns the call. Cannot fail: the caller reserved a call.
 */
u32 accounts__pin(struct accounts *a, const struct event *pin, u32 site, u32 call, u32 pages);
/* Pages of the call end by this release. Their runs are gone already. */
void accounts__end(struct accounts *a, u32 call, struct release *r, u32 pages,
		   enum ledger_match how);
/* Writes down what accounts__end() put off. A call without pages is freed by it. */
void accounts__flush(struct accounts *a, struct release *r);

#endif
