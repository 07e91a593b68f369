/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Page frames as the ledger counts them: blocks of 2 MiB, folios, and spans, the parts of a
 * record's run that lie in one block each. Nothing here owns memory or can fail.
 */
#ifndef PINACCT_SPAN_H
#define PINACCT_SPAN_H

#include <stdbool.h>
#include <pinacct/types.h>
#include <pinacct/wire.h>

#define BLOCK_PAGES_BITS 9 /* a block has 2 MiB; a run lies in one, and is found by it */
#define BLOCK_PAGES	 (1u << BLOCK_PAGES_BITS)
/* There are no folios above this order: 4 TiB of 4 KiB pages. An offset in one fits in 32 bits. */
#define FOLIO_ORDER_MAX 30
/*
 * A run longer than this stays whole. No kernel writes one (wire.h: a run ends with its block);
 * cutting it up would make much work of few bytes.
 */
#define CUT_PAGES_MAX (64 * BLOCK_PAGES)

/* Pages, or pins of a folio, in one block. */
struct span {
	u64 key; /* block_key() */
	u64 pfn;
	u64 pages;
	u8 order; /* of the folio of the first page; RUN_ORDER_UNKNOWN = not known */
	u8 flags; /* RUN_FOLIO: `pages` pins of the folio at pfn, on which pages is not known */
};

/*
 * The block of a page frame. A folio larger than 2 MiB is a block of its own: its order is in the
 * key's low byte, which is 0 for all others.
 */
static inline u64 block_key(u64 pfn, u8 order)
{
	bool large = order > BLOCK_PAGES_BITS && order <= FOLIO_ORDER_MAX;

	if (large)
		pfn &= ~(((u64)1 << order) - 1);
	return pfn >> BLOCK_PAGES_BITS << 8 | (large ? order : 0);
}

/* The order of the large folio that is this block; 0 = an ordinary block. */
static inline u8 key_order(u64 key)
{
	return key & 0xff;
}

/* The first page frame of the block. */
static inline u64 key_base(u64 key)
{
	return key >> 8 << BLOCK_PAGES_BITS;
}

/* The pages of the folio that holds pfn: [*start, *end). False when the order is not known. */
static inline bool folio_range(u64 pfn, u8 order, u64 *start, u64 *end)
{
	if (order > FOLIO_ORDER_MAX)
		return false;
	*start = pfn >> order << order;
	*end = *start + ((u64)1 << order);
	return true;
}

/*
 * The order of the folio that holds page `at`, in a run that starts at pfn in a folio of `order`:
 * the same when it is the same folio, else RUN_ORDER_UNKNOWN, because a record tells the order of
 * a run's first folio only.
 */
u8 order_behind(u64 pfn, u8 order, u64 at);

/* The pages that a span may be about: all of its first folio, too. */
void span__widen(const struct span *s, u64 *start, u64 *end);

/* A run on its way to be cut into spans. */
struct cut {
	u64 pfn;
	u64 pages; /* still to come */
	u64 folio_end;
	u8 order;
	u8 flags;
};

void cut__start(struct cut *c, const struct rec_run *run);
/* False = there is no further span. */
bool cut__next(struct cut *c, struct span *out);

/*
 * cut__start() and the first cut__next(). Most runs are one span, and are done here without a
 * call.
 */
static inline bool cut__first(struct cut *c, const struct rec_run *run, struct span *out)
{
	bool small = run->order <= BLOCK_PAGES_BITS, folio = run->flags & RUN_FOLIO;
	bool fits = (run->pfn & (BLOCK_PAGES - 1)) + run->pages <= BLOCK_PAGES;

	c->pages = 0;
	if (folio ? !small : !fits || (!small && run->order <= FOLIO_ORDER_MAX)) {
		cut__start(c, run);
		return cut__next(c, out);
	}
	out->key = run->pfn >> BLOCK_PAGES_BITS << 8;
	out->pfn = folio ? run->pfn >> run->order << run->order : run->pfn;
	out->pages = run->pages;
	out->order = small ? run->order : RUN_ORDER_UNKNOWN;
	/* One pin of a one-page folio is a pin of that page. */
	out->flags = folio && (run->order || run->pages > 1) ? RUN_FOLIO : 0;
	return run->pages;
}

#define for_each_span(cut, run, span)                                                              \
	for (bool more_ = cut__first(cut, run, span); more_;                                       \
	     more_ = (cut)->pages && cut__next(cut, span))

#endif
