// SPDX-License-Identifier: GPL-2.0
#include <assert.h>
#include "ledger/accounts.h"

#define NS_PER_SEC 1e9

void accounts__count_call(struct accounts *a, const struct event *pin, u32 site)
{
	if (pin->pin.call.flags & PIN_F_NEXT)
		return;
	sites__at(a->sites, site)->pub.calls++;
	a->pin_calls++;
}

u32 accounts__pin(struct accounts *a, const struct event *pin, u32 site, u32 idx, u32 pages)
{
	bool later_chunk = pin->pin.call.flags & PIN_F_NEXT,
	     more = pin->pin.call.flags & PIN_F_MORE;
	struct ledger_site *s;
	struct pin_call *c;

	if (!idx && later_chunk)
		idx = open_calls__of_chunk(a->calls, pin->pin.call.call_id);
	/* The counts of a call have 32 bits: one of 16 TiB goes on in a second entry. */
	if (idx && (u64)open_calls__at(a->calls, idx)->pinned + pages > UINT32_MAX)
		idx = 0;
	if (!idx) {
		idx = open_calls__add(a->calls, pin, site);
		a->open_calls++;
	}
	if (more || later_chunk)
		open_calls__expect_chunk(a->calls, idx, more);
	c = open_calls__at(a->calls, idx);
	c->pinned += pages;
	c->open += pages;
	s = &sites__at(a->sites, c->site)->pub;
	s->pinned_pages += pages;
	s->open_pages += pages;
	a->pinned += pages;
	a->open += pages;
	return idx;
}

static void count_held(const struct accounts *a, struct ledger_site *s, u64 held_ns, u32 pages,
		       bool last)
{
	s->page_seconds += (double)pages * held_ns / NS_PER_SEC;
	if (held_ns > s->max_held_ns)
		s->max_held_ns = held_ns;
	if (held_ns <= a->held_ns)
		return;
	s->held_pages += pages;
	s->held_calls += last;
}

static void tell(const struct accounts *a, const struct pin_call *c, const struct release *r,
		 u32 pages)
{
	const struct ledger_ended ended = {
		.call_id = c->call_id,
		.pages = pages,
		.open_pages = c->open,
		.release_stack_id = r->stack_id,
		.release_api = r->api,
		.put = r->by_page && r->by_page->how == LEDGER_VANISH_PUT,
	};

	if (a->on_end)
		a->on_end(a->on_end_arg, &ended);
}

static void note_vanished(struct accounts *a, u32 call, const struct release *r, u32 pages)
{
	const struct pin_call *c = open_calls__at(a->calls, call);
	const struct site *s = sites__at(a->sites, c->site);
	const struct last_release *last = open_calls__last_release(a->calls, call);

	a->vanished += pages;
	holders__refresh_one(a->sites->holders, holders__at(a->sites->holders, s->holder));
	vanished__add(a->gone,
		      &(struct ledger_vanished){
			      .known = true,
			      .site = s->pub,
			      .holder = *s->pub.holder,
			      .call_id = c->call_id,
			      .pin_ts_ns = c->ts_ns,
			      .how = r->by_page->how,
			      .pages = pages,
			      .folio_pins = r->by_page->folio_pins,
			      .page = r->by_page->page,
			      .put = last && last->r.put ? last->r : (struct ledger_release){ 0 },
		      });
}

static void end(struct accounts *a, u32 call, const struct release *r, u32 pages,
		enum ledger_match how)
{
	struct pin_call *c = open_calls__at(a->calls, call);
	struct ledger_site *s = &sites__at(a->sites, c->site)->pub;
	u64 held_ns = r->ts_ns > c->ts_ns ? r->ts_ns - c->ts_ns : 0;

	assert(pages && pages <= c->open);
	if (r->by_page) {
		note_vanished(a, call, r, pages);
		held_ns = 0; /* nobody saw when it was released */
	}
	c->open -= pages;
	s->open_pages -= pages;
	a->open -= pages;
	a->ended += pages;
	a->by_match[how] += pages;
	tell(a, c, r, pages);
	count_held(a, s, held_ns, pages, !c->open);
	if (!c->open) {
		open_calls__del(a->calls, call);
		a->open_calls--;
		return;
	}
	if (!r->by_page)
		open_calls__note_release(a->calls, call, r, pages);
	if (how > c->own.worst)
		c->own.worst = how;
}

void accounts__end(struct accounts *a, u32 call, struct release *r, u32 pages,
		   enum ledger_match how)
{
	if (r->taken_call != call || r->taken_by != how) {
		accounts__flush(a, r);
		r->taken_call = call;
		r->taken_by = how;
	}
	r->taken_pages += pages;
}

void accounts__flush(struct accounts *a, struct release *r)
{
	if (r->taken_call)
		end(a, r->taken_call, r, r->taken_pages, r->taken_by);
	r->taken_call = 0;
	r->taken_pages = 0;
}
