// SPDX-License-Identifier: GPL-2.0
#include "ledger/span.h"

u8 order_behind(u64 pfn, u8 order, u64 at)
{
	u64 start, end;

	if (!folio_range(pfn, order, &start, &end) || at >= end)
		return RUN_ORDER_UNKNOWN;
	return order;
}

void span__widen(const struct span *s, u64 *start, u64 *end)
{
	u64 folio, folio_end;

	*start = s->pfn;
	*end = s->pfn + s->pages;
	if (!folio_range(s->pfn, s->order, &folio, &folio_end))
		return;
	*start = folio;
	if (*end < folio_end || s->flags & RUN_FOLIO)
		*end = folio_end;
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
	/* A run that starts in a large folio ends in it (wire.h): of one that does not, no order is
	 * believed. */
	if (!c->flags && c->order != RUN_ORDER_UNKNOWN && c->order > BLOCK_PAGES_BITS &&
	    c->pfn + c->pages > c->folio_end)
		c->order = out->order = RUN_ORDER_UNKNOWN;
	out->key = block_key(out->pfn, out->order);
	room = BLOCK_PAGES - (out->pfn & (BLOCK_PAGES - 1));
	if (out->pages > room && !out->flags && !key_order(out->key) && c->pages <= CUT_PAGES_MAX)
		out->pages = room;
	else if (!out->flags && out->pages > UINT32_MAX - BLOCK_PAGES)
		out->pages = UINT32_MAX - BLOCK_PAGES; /* an offset in a block has 32 bits */
	c->pages -= out->pages;
	c->order = order_behind(c->pfn, c->order, c->pfn + out->pages);
	c->pfn += out->pages;
	return true;
}
