// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "ledger/ledger_settle_impl.h"

int settle__init(struct ledger *l)
{
	if (!l->settle)
		l->settle = calloc(1, sizeof(*l->settle));
	return l->settle ? 0 : -ENOMEM;
}

void settle__deinit(struct ledger *l)
{
	struct settle *s = l->settle;

	if (!s)
		return;
	free(s->vanished);
	free(s->writebacks);
	free(s->readings);
	free(s->base);
	free(s->nopins);
	free(s);
}

u64 settle__bytes(const struct ledger *l)
{
	const struct settle *s = l->settle;

	if (!s)
		return 0;
	return sizeof(*s) + s->cap_vanished * sizeof(*s->vanished) +
	       s->cap_writebacks * sizeof(*s->writebacks) + s->cap_readings * sizeof(*s->readings) +
	       s->cap_base * sizeof(*s->base) + (s->nopins ? NOPINS * sizeof(*s->nopins) : 0);
}

bool settle__grow(void **at, size_t *cap, size_t nr, size_t max, size_t elem_sz)
{
	size_t more = *cap ? 2 * *cap : 16;
	void *grown;

	if (nr < *cap)
		return true;
	if (more > max)
		more = max;
	if (nr >= more)
		return false;
	grown = realloc(*at, more * elem_sz);
	if (!grown)
		return false;
	*at = grown;
	*cap = more;
	return true;
}

/* ---- the open pins of a folio ---- */

/* Pages of the run in [start, end), or its pins by count when its folio begins there. */
static u64 overlap(u64 base, const struct open_run *r, u64 start, u64 end, u8 *order)
{
	u64 from = base + r->off, to = from + r->len;

	if (r->flags & RUN_FOLIO) {
		*order = r->order;
		return from >= start && from < end ? r->len : 0;
	}
	if (to <= start || from >= end)
		return 0;
	*order = order_behind(from, r->order, from > start ? from : start);
	return (to < end ? to : end) - (from > start ? from : start);
}

static void look_at_ring(const struct ledger *l, u32 tail, struct folio_walk *w)
{
	u32 idx = tail;

	if (!tail)
		return;
	do {
		const struct open_run *r;
		u8 order;
		u64 pins;

		idx = runs__at(l, idx)->next;
		r = runs__at(l, idx);
		pins = overlap(w->base, r, w->start, w->end, &order);
		if (pins && call_at(l, runs__call(l, idx))->ts_ns <= w->before_ns)
			w->fn(l, runs__call(l, idx), pins, order, w);
	} while (idx != tail);
}

static void look_at_block(const struct ledger *l, u64 key, struct folio_walk *w)
{
	u32 idx = runs__block(l, key);
	const struct block *b;
	const struct cells *c;
	unsigned bits;

	if (!idx)
		return;
	b = block_at(l, idx);
	w->base = key_base(key);
	look_at_ring(l, b->tail, w);
	c = block_cells(l, b);
	if (!c || w->end <= w->base)
		return;
	bits = cell_bits(b);
	for (u64 i = w->start > w->base ? (w->start - w->base) >> bits : 0;
	     i < CELLS && w->base + (i << bits) < w->end; i++)
		look_at_ring(l, c->tail[i], w);
}

/* The pages from start on, which are of one block, or of one folio. */
static void walk_range(const struct ledger *l, u64 start, u64 pages, struct folio_walk *w)
{
	u32 orders = l->giant_orders;

	w->start = start;
	w->end = start + pages;
	look_at_block(l, block_key(start, 0), w);
	for (; orders; orders &= orders - 1)
		look_at_block(l, block_key(start, __builtin_ctz(orders)), w);
}

void settle__walk(const struct ledger *l, u64 pfn, u8 order, struct folio_walk *w)
{
	walk_range(l, pfn, (u64)1 << order, w);
}

struct put_walk {
	struct folio_walk walk;
	struct ledger *ledger;
	const struct release *put;
};

static void note_put(const struct ledger *l, u32 call, u64 pins, u8 order, struct folio_walk *w)
{
	const struct put_walk *p = (const struct put_walk *)w;

	(void)order;
	if (!p->put->bio || call_at(l, call)->bio == p->put->bio)
		calls__note_put(p->ledger, call, p->put, pins);
}

void settle__note_put(struct ledger *l, const struct release *put, const struct span *span)
{
	struct put_walk p = { .walk = { .before_ns = put->ts_ns, .fn = note_put },
			      .ledger = l,
			      .put = put };

	walk_range(l, span->pfn, span->pages, &p.walk);
}

struct folio_count {
	struct folio_walk walk;
	u8 order; /* as the page tells */
	u64 pins;
	u64 gone; /* of a folio of another order, which is no more */
	u8 gone_order;
	u32 oldest; /* call; 0 = none */
};

static void count_pins(const struct ledger *l, u32 call, u64 pins, u8 order, struct folio_walk *w)
{
	struct folio_count *c = (struct folio_count *)w;

	if (order != RUN_ORDER_UNKNOWN && order != c->order) {
		c->gone += pins;
		c->gone_order = order;
	} else {
		c->pins += pins;
	}
	if (!c->oldest || call_at(l, call)->ts_ns < call_at(l, c->oldest)->ts_ns)
		c->oldest = call;
}

static struct folio_count count_folio(const struct ledger *l, u64 pfn, u8 order, u64 before_ns)
{
	struct folio_count c = { .walk = { .before_ns = before_ns, .fn = count_pins },
				 .order = order };
	u64 start, end;

	settle__walk(l, pfn, order, &c.walk);
	/* a folio that was larger: all of it is gone, not only what the page read now covers */
	if (c.gone && c.gone_order > order && folio_range(pfn, c.gone_order, &start, &end) &&
	    start == pfn) {
		c.pins = c.gone = c.oldest = 0;
		settle__walk(l, pfn, c.gone_order, &c.walk);
	}
	return c;
}

/* ---- what the page says ---- */

static bool believable(const struct rec_page *p)
{
	return p->kind != PAGE_KIND_NONE && !(p->flags & PAGE_F_UNSTABLE);
}

/* References that are no pins, and sure to be held. */
static s64 other_refs(const struct rec_page *p)
{
	bool cached = p->kind == PAGE_KIND_FILE || p->kind == PAGE_KIND_SHMEM;

	return (p->mapcount > 0 ? p->mapcount : 0) + cached;
}

u64 settle__shortfall(const struct rec_page *p, u64 pins, enum ledger_vanish *how)
{
	s64 lacking;

	*how = LEDGER_VANISH_MISSING;
	if (!pins || pins > UINT32_MAX)
		return 0;
	if (p->kind == PAGE_KIND_FREE || p->refcount <= 0) {
		*how = LEDGER_VANISH_FREED;
		return pins;
	}
	if (p->order) {
		s64 shown = p->pincount > 0 ? p->pincount : 0;

		if (shown < (s64)pins)
			return pins - shown;
		lacking = shown - p->refcount;
	} else {
		lacking = (s64)pins * PAGE_PIN_BIAS + other_refs(p) - p->refcount;
	}
	if (lacking <= 0)
		return 0;
	if (lacking <= (s64)pins) {
		*how = LEDGER_VANISH_PUT;
		return lacking;
	}
	if (p->order)
		return pins;
	lacking = (lacking + PAGE_PIN_BIAS - 1) / PAGE_PIN_BIAS;
	return lacking < (s64)pins ? (u64)lacking : pins;
}

static struct rec_page one_folio(const struct rec_page *p, u32 i)
{
	struct rec_page one = *p;

	one.pfn += (u64)i << p->order;
	one.folios = 1;
	return one;
}

bool ledger__contradicts(const struct ledger *l, const struct rec_page *page)
{
	enum ledger_vanish how;

	if (!believable(page))
		return false;
	for (u32 i = 0; i < page->folios; i++) {
		struct rec_page one = one_folio(page, i);
		struct folio_count c = count_folio(l, one.pfn, one.order, one.h.ts_ns);

		if (c.gone || settle__shortfall(&one, c.pins, &how))
			return true;
	}
	return false;
}

/* ---- settling ---- */

static struct ledger_vanished *new_vanished(struct ledger *l)
{
	struct settle *s = l->settle;

	if (!settle__grow((void **)&s->vanished, &s->cap_vanished, s->nr_vanished, VANISHED_MAX,
			  sizeof(*s->vanished))) {
		l->t.vanished_dropped++;
		return NULL;
	}
	return memset(&s->vanished[s->nr_vanished++], 0, sizeof(*s->vanished));
}

void settle__note(struct ledger *l, u32 call, u32 pages, const struct by_page *by)
{
	const struct pin_call *c = call_at(l, call);
	const struct last_release *last = calls__last_release(l, call);
	const struct site *site = site_at(l, c->site);
	struct ledger_vanished *v;

	l->t.vanished_pages += pages;
	v = new_vanished(l);
	if (!v)
		return;
	v->known = true;
	v->site = site->pub;
	v->holder = *site->pub.holder;
	v->call_id = c->call_id;
	v->pin_ts_ns = c->ts_ns;
	v->how = by->how;
	v->pages = pages;
	v->folio_pins = by->folio_pins;
	v->page = by->page;
	if (last && last->r.put)
		v->put = last->r;
}

static int settle_pins(struct ledger *l, u8 order, u64 pins, const struct by_page *by)
{
	static const struct event_task nobody;
	struct release r = { .task = &nobody,
			     .ts_ns = by->page.h.ts_ns,
			     .stack_id = by->page.stack_id,
			     .by_page = by,
			     .late = true };
	struct span span = {
		.pfn = by->page.pfn, .pages = pins, .order = order, .flags = RUN_FOLIO
	};

	span.key = block_key(span.pfn, order);
	l->runs_due = match__splits(l, &span);
	if (pool__reserve(&l->runs, l->runs_due))
		return -ENOMEM;
	process__refresh(l); /* holders are copied */
	match__folio(l, &r, &span, pins);
	calls__flush(l, &r);
	return 0;
}

static int settle_folio(struct ledger *l, const struct rec_page *page)
{
	struct folio_count c = count_folio(l, page->pfn, page->order, page->h.ts_ns);
	struct by_page by = { .page = *page, .folio_pins = c.pins + c.gone };
	u64 pins;
	int err = 0;

	if (c.gone) {
		by.how = LEDGER_VANISH_FREED;
		err = settle_pins(l, c.gone_order > page->order ? c.gone_order : page->order,
				  c.gone, &by);
	}
	pins = settle__shortfall(page, c.pins, &by.how);
	if (pins && !err)
		err = settle_pins(l, page->order, pins, &by);
	return err;
}

static int take_suspect(struct ledger *l, const struct rec_page *page)
{
	int err = 0;

	l->t.page_readings += page->folios;
	if (page->phase == PAGE_PHASE_SUSPECT)
		settle__keep_reading(l, page);
	if (!believable(page))
		return 0;
	for (u32 i = 0; i < page->folios && l->t.open_pages && !err; i++) {
		struct rec_page one = one_folio(page, i);
		u64 block = one.pfn >> BLOCK_PAGES_BITS;

		if (!l->giant_orders && !runs__block(l, block_key(one.pfn, 0))) {
			/* nothing open in this block: on to the next one */
			while (i + 1 < page->folios &&
			       one_folio(page, i + 1).pfn >> BLOCK_PAGES_BITS == block)
				i++;
			continue;
		}
		err = settle_folio(l, &one);
	}
	return err;
}

/* The allocator got the folio back with pins on it. */
static int take_freed(struct ledger *l, const struct rec_page *page)
{
	struct folio_count c = count_folio(l, page->pfn, page->order, page->h.ts_ns);
	struct by_page by = { .page = *page,
			      .how = LEDGER_VANISH_FREED,
			      .folio_pins = c.pins + c.gone };
	struct ledger_vanished *v;

	if (c.pins)
		return settle_pins(l, page->order, c.pins, &by);
	/* nobody's pin: believed only where the scan saw one */
	v = ledger__base_pins(l, page->pfn) ? new_vanished(l) : NULL;
	if (v) {
		v->how = LEDGER_VANISH_FREED;
		v->pages = page->pincount > 0 ? page->pincount : 0;
		v->page = *page;
	}
	return 0;
}

int settle__page(struct ledger *l, const struct rec_page *page)
{
	if (settle__init(l))
		return -ENOMEM;
	switch (page->phase) {
	case PAGE_PHASE_START:
		return settle__take_base(l, page);
	case PAGE_PHASE_SUSPECT:
	case PAGE_PHASE_LOSS:
		return take_suspect(l, page);
	case PAGE_PHASE_FREED:
		return take_freed(l, page);
	}
	return 0;
}

u64 settle__open_pins(const struct ledger *l, u64 pfn, u8 order, u64 before_ns, u32 *oldest)
{
	struct folio_count c = count_folio(l, pfn, order, before_ns);

	if (oldest)
		*oldest = c.oldest;
	return c.pins;
}

int ledger__for_each_vanished(const struct ledger *l,
			      int (*fn)(const struct ledger_vanished *v, void *arg), void *arg)
{
	for (size_t i = 0; l->settle && i < l->settle->nr_vanished; i++) {
		struct ledger_vanished v = l->settle->vanished[i];
		int err;

		v.site.holder = &v.holder;
		err = fn(&v, arg);
		if (err)
			return err;
	}
	return 0;
}
