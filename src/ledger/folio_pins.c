// SPDX-License-Identifier: GPL-2.0
#include "ledger/folio_pins.h"

struct walk {
	const struct open_runs *runs;
	u64 start, end, before_ns;
	u64 base; /* of the block */
	void (*fn)(void *arg, u32 call, u64 pins, u8 order);
	void *arg;
};

/* Pages of the run in [start, end), or its pins by count when its folio begins there. */
static u64 overlap(const struct walk *w, const struct open_run *r, u8 *order)
{
	u64 from = w->base + r->off, to = from + r->len;

	if (r->flags & RUN_FOLIO) {
		*order = r->order;
		return from >= w->start && from < w->end ? r->len : 0;
	}
	if (to <= w->start || from >= w->end)
		return 0;
	*order = order_behind(from, r->order, from > w->start ? from : w->start);
	return (to < w->end ? to : w->end) - (from > w->start ? from : w->start);
}

static void look_at_list(const struct walk *w, u32 tail)
{
	u32 idx = tail;

	if (!tail)
		return;
	do {
		const struct open_run *r;
		u8 order;
		u64 pins;

		idx = open_runs__at(w->runs, idx)->next;
		r = open_runs__at(w->runs, idx);
		pins = overlap(w, r, &order);
		if (pins) {
			u32 call = open_runs__call(w->runs, idx);

			if (open_calls__at(w->runs->calls, call)->ts_ns <= w->before_ns)
				w->fn(w->arg, call, pins, order);
		}
	} while (idx != tail);
}

static void look_at_block(struct walk *w, u64 key)
{
	u32 idx = open_runs__block(w->runs, key);
	const struct block *b;
	const struct cells *c;
	unsigned bits;

	if (!idx)
		return;
	b = block_at(w->runs, idx);
	w->base = key_base(key);
	look_at_list(w, b->tail);
	c = block_cells(w->runs, b);
	if (!c || w->end <= w->base)
		return;
	bits = cell_bits(b);
	for (u64 i = w->start > w->base ? (w->start - w->base) >> bits : 0;
	     i < CELLS && w->base + (i << bits) < w->end; i++)
		look_at_list(w, c->tail[i]);
}

/* The pages are of one block, or of one folio. */
void folio_pins__for_each_call(const struct open_runs *runs, u64 pfn, u64 pages, u64 before_ns,
			       void (*fn)(void *arg, u32 call, u64 pins, u8 order), void *arg)
{
	struct walk w = { .runs = runs,
			  .start = pfn,
			  .end = pfn + pages,
			  .before_ns = before_ns,
			  .fn = fn,
			  .arg = arg };
	u32 orders = runs->large_orders;

	look_at_block(&w, block_key(pfn, 0));
	for (; orders; orders &= orders - 1)
		look_at_block(&w, block_key(pfn, __builtin_ctz(orders)));
}

struct count {
	struct folio_pins sum;
	const struct open_calls *calls;
	u8 order; /* as the page says */
};

static void add(void *arg, u32 call, u64 pins, u8 order)
{
	struct count *c = arg;

	if (order != RUN_ORDER_UNKNOWN && order != c->order) {
		c->sum.gone += pins;
		c->sum.gone_order = order;
	} else {
		c->sum.pins += pins;
	}
	if (!c->sum.oldest ||
	    open_calls__at(c->calls, call)->ts_ns < open_calls__at(c->calls, c->sum.oldest)->ts_ns)
		c->sum.oldest = call;
}

struct folio_pins folio_pins__count(const struct open_runs *runs, u64 pfn, u8 order, u64 before_ns)
{
	struct count c = { .calls = runs->calls, .order = order };
	u64 start, end;

	folio_pins__for_each_call(runs, pfn, (u64)1 << order, before_ns, add, &c);
	/* A folio that was larger: all of it is gone, not only what the page read now covers. */
	if (c.sum.gone && c.sum.gone_order > order &&
	    folio_range(pfn, c.sum.gone_order, &start, &end) && start == pfn) {
		c.sum.pins = c.sum.gone = c.sum.oldest = 0;
		folio_pins__for_each_call(runs, pfn, end - start, before_ns, add, &c);
	}
	return c.sum;
}
