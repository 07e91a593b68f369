/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What PAGE and WRITEBACK records do to the ledger: page_facts.h has the arithmetic. Owns the
 * number of folios that were read; pins that a page does not show end here, what the scan at the
 * start found goes to before_start.h, and what a page said is kept in page_readings.h.
 */
#ifndef PINACCT_PAGE_EVENTS_H
#define PINACCT_PAGE_EVENTS_H

#include "ledger/before_start.h"
#include "ledger/match.h"
#include "ledger/page_readings.h"
#include "ledger/writebacks.h"

struct page_events {
	u64 folios; /* that were read because of open pins */
	struct match *match;
	struct before_start *before;
	struct page_readings *readings;
	struct writebacks *writebacks;
};

/* 0 or -ENOMEM. */
int page_events__page(struct page_events *p, const struct rec_page *page);
void page_events__writeback(struct page_events *p, const struct rec_writeback *wb);
/*
 * A put of these pages: noted for the calls that pinned them for the put's bio, or for all calls
 * when it has none.
 */
void page_events__put(struct page_events *p, const struct release *put, const struct span *span);
/* As ledger__contradicts(). */
bool page_events__contradicts(const struct page_events *p, const struct rec_page *page);

#endif
