/* SPDX-License-Identifier: GPL-2.0 */
/* The open pins of a folio: what a page's own count is held against. Owns nothing. */
#ifndef PINACCT_FOLIO_PINS_H
#define PINACCT_FOLIO_PINS_H

#include "ledger/open_runs.h"

struct folio_pins {
	u64 pins;
	/* Pins of a folio of another order, which is no more: pinned folios are not split. */
	u64 gone;
	u8 gone_order;
	u32 oldest; /* index of the call that pinned first; 0 = there are no pins */
};

/*
 * Counts the pins of calls not younger than before_ns in the folio at pfn, which has `order` as
 * the page says.
 */
struct folio_pins folio_pins__count(const struct open_runs *runs, u64 pfn, u8 order, u64 before_ns);
/* Calls fn for each run that has pins of the pages [pfn, pfn + pages), by calls not younger. */
void folio_pins__for_each_call(const struct open_runs *runs, u64 pfn, u64 pages, u64 before_ns,
			       void (*fn)(void *arg, u32 call, u64 pins, u8 order), void *arg);

#endif
