// SPDX-License-Identifier: GPL-2.0
#include "ledger/ledger_impl.h"

/*
 * The order of the folio that holds `at`, in a run that starts at pfn in a
 * folio of `order`: the same folio's, else nothing is known of it.
 */
u8 order_behind(u64 pfn, u8 order, u64 at)
{
	u64 start, end;

	if (!folio_range(pfn, order, &start, &end) || at >= end)
		return RUN_ORDER_UNKNOWN;
	return order;
}

void cut__start(struct cut *c, const struct rec_run *run)
{
	u64 start;

	*c = (struct cut){ .pfn = run->pfn,
			   .pages = run->pages,
			   .order = run->order <= FOLIO_ORDER_MAX ? run->order : RUN_ORDER_UNKNOWN,
			   .flags = run->flags & RUN_FOLIO };
	if (!folio_range(c->pfn, c->order, &start, &c->folio_end))
		c->folio_end = 0;
	if (c->flags && !c->order && c->pages == 1)
		c->flags = 0; /* one pin of a one-page folio is a pin of that page */
	if (c->flags && c->folio_end)
		c->pfn = start;
}

bool cut__next(struct cut *c, struct span *out)
{
	u64 room;

	if (!c->pages)
		return false;
	*out = (struct span){
		.pfn = c->pfn, .pages = c->pages, .order = c->order, .flags = c->flags
	};
	/* A run that starts in a large folio never leaves it: of one that does, believe nothing. */
	if (!c->flags && c->order != RUN_ORDER_UNKNOWN && c->order > BLOCK_PAGES_BITS &&
	    c->pfn + c->pages > c->folio_end)
		c->order = out->order = RUN_ORDER_UNKNOWN;
	out->key = block_key(out->pfn, out->order);
	room = BLOCK_PAGES - (out->pfn & (BLOCK_PAGES - 1));
	if (out->pages > room && !out->flags && !(out->key & 0xff) && c->pages <= CUT_PAGES_MAX)
		out->pages = room;
	else if (!out->flags && out->pages > UINT32_MAX - BLOCK_PAGES)
		out->pages = UINT32_MAX - BLOCK_PAGES; /* offsets in a block are 32 bits */
	c->pages -= out->pages;
	c->order = order_behind(c->pfn, c->order, c->pfn + out->pages);
	c->pfn += out->pages;
	return true;
}
