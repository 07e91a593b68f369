/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Which pages of a block are pinned, by runs that know their pages. It is kept only as long as no
 * page is pinned twice, which is nearly always the case: then the first run found to hold a page
 * is the only one, and where the map has no page no run need be looked for.
 */
#ifndef PINACCT_PAGE_MAP_H
#define PINACCT_PAGE_MAP_H

#include "ledger/span.h"

struct page_map {
	u64 bits[BLOCK_PAGES / 64];
	bool gave_up; /* a page was pinned twice, or the block is larger: bits[] mean nothing */
};

/* Pages [off, off + len). Gives up when one is there already. */
void page_map__add(struct page_map *map, u32 off, u32 len);
void page_map__del(struct page_map *map, u32 off, u32 len);
/* The first page at `off` or behind it; BLOCK_PAGES = none. */
u32 page_map__next(const struct page_map *map, u32 off);

#endif
