/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The page as a witness. A PAGE record ends pins that the page does not show any more, or tells
 * which pages were pinned before the start; a WRITEBACK record is held against the open pins.
 *
 * The arithmetic (KERNEL.md 3.1). A pin that was recorded before the page was read, and is open
 * still when all that happened up to the reading was fed, was there when the page was read. So the
 * page must show
 *     small folio: refcount >= 1024 x pins + mapcount + 1 if in the page cache
 *     large folio: pincount >= pins, and refcount >= pincount
 * because each pin, mapping and cache entry holds its references before it is counted, and drops
 * them afterwards. More is always possible (other holders), less is not, unless a release was not
 * seen or the page was mistreated. A pinned folio is neither split nor freed: one whose order is
 * another now is gone.
 */
#ifndef PINACCT_PAGE_FACTS_H
#define PINACCT_PAGE_FACTS_H

#include "ledger/ledger.h"

/* What of a pin was not there when its page was read. */
enum ledger_vanish {
	LEDGER_VANISH_MISSING, /* the page shows fewer pins */
	LEDGER_VANISH_PUT,     /* no more than a reference for each pin is missing: put_page() */
	LEDGER_VANISH_FREED,   /* the folio is free, or another one is in its place */
};

struct ledger_vanished {
	bool known; /* who pinned it is: else site, holder, call_id and pin_ts_ns are zero */
	struct ledger_site site; /* copies */
	struct ledger_holder holder;
	u64 call_id;
	u64 pin_ts_ns;
	enum ledger_vanish how;
	u64 pages;	/* pins that ended by this reading */
	u64 folio_pins; /* that the ledger had of the folio */
	struct rec_page page;
	struct ledger_release put; /* of the pin's bio; api 0 = none was seen */
};

struct ledger_writeback {
	struct ledger_site site;
	struct ledger_holder holder;
	u64 pin_ts_ns;
	u64 bio;
	u64 pages; /* pins of the folios written back */
	u64 times;
	struct rec_writeback first;
};

/* A folio that was pinned before the start and, as far as known, still is. */
struct ledger_base {
	u64 pfn;
	u64 left; /* pins */
	u8 order;
	u8 kind;	/* enum page_kind */
	const char *fs; /* of its file; borrowed */
};

int ledger__for_each_base(const struct ledger *l,
			  int (*fn)(const struct ledger_base *base, void *arg), void *arg);
int ledger__for_each_vanished(const struct ledger *l,
			      int (*fn)(const struct ledger_vanished *v, void *arg), void *arg);
int ledger__for_each_writeback(const struct ledger *l,
			       int (*fn)(const struct ledger_writeback *w, void *arg), void *arg);
/*
 * What the folio that this page frame is in said when it was last read because of open pins (not
 * in the midst of the run, after a loss). False = it was not read; then *next, when not NULL, is
 * the first page frame behind it that was, or UINT64_MAX.
 */
bool ledger__page(const struct ledger *l, u64 pfn, struct rec_page *out, u64 *next);
/* Does the page show fewer pins than the ledger has of it? For a reader that wants to be sure. */
bool ledger__contradicts(const struct ledger *l, const struct rec_page *page);
/* Pins of before the start that this page still has, as far as known. */
u64 ledger__base_pins(const struct ledger *l, u64 pfn);

#endif
