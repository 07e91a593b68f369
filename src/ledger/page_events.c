// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include "ledger/folio_pins.h"
#include "ledger/page_events.h"

/* A page that could not be read, or that changed while it was, says nothing. */
static bool is_believable(const struct rec_page *p)
{
	return p->kind != PAGE_KIND_NONE && !(p->flags & PAGE_F_UNSTABLE);
}

/* References that are no pins, and sure to be held. */
static s64 other_refs(const struct rec_page *p)
{
	bool cached = p->kind == PAGE_KIND_FILE || p->kind == PAGE_KIND_SHMEM;

	return (p->mapcount > 0 ? (s64)p->mapcount : 0) + cached;
}

/* Of `pins` pins, the number that the references of a one-page folio have no room for. */
static u64 lacking_small(const struct rec_page *p, u64 pins, enum ledger_vanish *how)
{
	s64 lacking = (s64)pins * PAGE_PIN_BIAS + other_refs(p) - p->refcount;

	if (lacking <= 0)
		return 0;
	if (lacking <= (s64)pins) {
		*how = LEDGER_VANISH_PUT;
		return lacking;
	}
	lacking = (lacking + PAGE_PIN_BIAS - 1) / PAGE_PIN_BIAS;
	return lacking < (s64)pins ? (u64)lacking : pins;
}

/* The same of a large folio, which counts its pins apart, and each is a reference, too. */
static u64 lacking_large(const struct rec_page *p, u64 pins, enum ledger_vanish *how)
{
	s64 shown = p->pincount > 0 ? p->pincount : 0, lacking = shown - p->refcount;

	if (shown < (s64)pins)
		return pins - shown;
	if (lacking <= 0)
		return 0;
	if (lacking > (s64)pins)
		return pins;
	*how = LEDGER_VANISH_PUT;
	return lacking;
}

/* How many of `pins` the folio does not show, and what that is. */
static u64 shortfall(const struct rec_page *p, u64 pins, enum ledger_vanish *how)
{
	*how = LEDGER_VANISH_MISSING;
	if (!pins || pins > UINT32_MAX)
		return 0;
	if (p->kind == PAGE_KIND_FREE || p->refcount <= 0) {
		*how = LEDGER_VANISH_FREED;
		return pins;
	}
	return p->order ? lacking_large(p, pins, how) : lacking_small(p, pins, how);
}

/* The i-th folio of the record. */
static struct rec_page one_folio(const struct rec_page *p, u32 i)
{
	struct rec_page one = *p;

	one.pfn += (u64)i << p->order;
	one.folios = 1;
	return one;
}

static struct folio_pins count_pins(const struct page_events *p, const struct rec_page *folio)
{
	return folio_pins__count(p->match->runs, folio->pfn, folio->order, folio->h.ts_ns);
}

bool page_events__contradicts(const struct page_events *p, const struct rec_page *page)
{
	enum ledger_vanish how;

	if (!is_believable(page))
		return false;
	for (u32 i = 0; i < page->folios; i++) {
		struct rec_page one = one_folio(page, i);
		struct folio_pins c = count_pins(p, &one);

		if (c.gone || shortfall(&one, c.pins, &how))
			return true;
	}
	return false;
}

/* So many pins of the folio end, and no release is to blame. */
static int end_pins(struct page_events *p, u8 order, u64 pins, const struct by_page *by)
{
	static const struct event_task nobody;
	struct release r = { .task = &nobody,
			     .ts_ns = by->page.h.ts_ns,
			     .stack_id = by->page.stack_id,
			     .by_page = by,
			     .late = true };
	struct span span = { .key = block_key(by->page.pfn, order),
			     .pfn = by->page.pfn,
			     .pages = pins,
			     .order = order,
			     .flags = RUN_FOLIO };
	int err = open_runs__promise(p->match->runs, match__splits(p->match, &span));

	if (err)
		return err;
	match__folio(p->match, &r, &span, pins);
	accounts__flush(p->match->accounts, &r);
	return 0;
}

static int check_folio(struct page_events *p, const struct rec_page *page)
{
	struct folio_pins c = count_pins(p, page);
	struct by_page by = { .page = *page, .folio_pins = c.pins + c.gone };
	u64 pins;
	int err = 0;

	if (c.gone) {
		by.how = LEDGER_VANISH_FREED;
		err = end_pins(p, c.gone_order > page->order ? c.gone_order : page->order, c.gone,
			       &by);
	}
	pins = shortfall(page, c.pins, &by.how);
	if (pins && !err)
		err = end_pins(p, page->order, pins, &by);
	return err;
}

/* A page that was read because the ledger has pins of it. */
static int take_suspect(struct page_events *p, const struct rec_page *page)
{
	const struct open_runs *runs = p->match->runs;
	int err = 0;

	p->folios += page->folios;
	if (page->phase == PAGE_PHASE_SUSPECT)
		page_readings__add(p->readings, page);
	if (!is_believable(page))
		return 0;
	for (u32 i = 0; i < page->folios && p->match->accounts->open && !err; i++) {
		struct rec_page one = one_folio(page, i);
		u64 block = one.pfn >> BLOCK_PAGES_BITS;

		if (!runs->large_orders && !open_runs__block(runs, block_key(one.pfn, 0))) {
			/* nothing is open in this block: on to the next one */
			while (i + 1 < page->folios &&
			       one_folio(page, i + 1).pfn >> BLOCK_PAGES_BITS == block)
				i++;
			continue;
		}
		err = check_folio(p, &one);
	}
	return err;
}

/* The allocator got the folio back with pins on it. */
static int take_freed(struct page_events *p, const struct rec_page *page)
{
	struct folio_pins c = count_pins(p, page);
	struct by_page by = { .page = *page,
			      .how = LEDGER_VANISH_FREED,
			      .folio_pins = c.pins + c.gone };

	if (c.pins)
		return end_pins(p, page->order, c.pins, &by);
	/* Nobody's pin: believed only where the scan at the start saw one. */
	if (before_start__pins(p->before, page->pfn))
		vanished__add(
			p->match->accounts->gone,
			&(struct ledger_vanished){ .how = LEDGER_VANISH_FREED,
						   .pages = page->pincount > 0 ? page->pincount : 0,
						   .page = *page });
	return 0;
}

/* A page that was pinned when recording began: what the ledger knows of it is not from before. */
static void take_start(struct page_events *p, const struct rec_page *page)
{
	for (u32 i = 0; i < page->folios && page->pincount > 0; i++) {
		struct rec_page one = one_folio(page, i);
		u64 ours = count_pins(p, &one).pins;

		if ((u64)page->pincount > ours &&
		    !before_start__add(p->before, page, one.pfn, page->pincount - ours))
			break;
	}
}

int page_events__page(struct page_events *p, const struct rec_page *page)
{
	switch (page->phase) {
	case PAGE_PHASE_START:
		take_start(p, page);
		return 0;
	case PAGE_PHASE_SUSPECT:
	case PAGE_PHASE_LOSS:
		return take_suspect(p, page);
	case PAGE_PHASE_FREED:
		return take_freed(p, page);
	}
	return 0;
}

void page_events__writeback(struct page_events *p, const struct rec_writeback *wb)
{
	const struct accounts *a = p->match->accounts;
	struct folio_pins c = folio_pins__count(p->match->runs, wb->pfn, wb->order, wb->h.ts_ns);

	if (c.pins)
		writebacks__add(p->writebacks, wb, c.pins, open_calls__at(a->calls, c.oldest),
				a->sites);
}

struct put_walk {
	struct open_calls *calls;
	const struct release *put;
};

static void note_put(void *arg, u32 call, u64 pins, u8 order)
{
	const struct put_walk *w = arg;

	(void)order;
	if (!w->put->bio || open_calls__at(w->calls, call)->bio == w->put->bio)
		open_calls__note_put(w->calls, call, w->put, pins);
}

void page_events__put(struct page_events *p, const struct release *put, const struct span *span)
{
	struct put_walk w = { .calls = p->match->accounts->calls, .put = put };

	folio_pins__for_each_call(p->match->runs, span->pfn, span->pages, put->ts_ns, note_put, &w);
}
