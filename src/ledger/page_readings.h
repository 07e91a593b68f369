/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What pages said when they were read because of open pins: evidence. Owns the readings, the first
 * READINGS_MAX of them.
 */
#ifndef PINACCT_PAGE_READINGS_H
#define PINACCT_PAGE_READINGS_H

#include <stdbool.h>
#include <stddef.h>
#include <pinacct/types.h>
#include <pinacct/wire.h>

#define READINGS_MAX (1u << 18)

struct page_readings {
	struct rec_page *list; /* by page frame when sorted */
	size_t nr, cap;
	bool sorted;
	bool *no_memory; /* the ledger's */
};

void page_readings__deinit(struct page_readings *r);
u64 page_readings__bytes(const struct page_readings *r);
void page_readings__add(struct page_readings *r, const struct rec_page *page);
/*
 * The latest reading of the folio that pfn is in, as a record of that folio alone. False = none;
 * then *next (when not NULL) is the first page frame behind pfn that was read, or UINT64_MAX.
 */
bool page_readings__find(struct page_readings *r, u64 pfn, struct rec_page *out, u64 *next);

#endif
