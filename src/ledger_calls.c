// SPDX-License-Identifier: GPL-2.0
#include <assert.h>
#include <string.h>
#include "ledger_impl.h"

#define NS_PER_SEC 1e9

static const u8 family_of[HOOK_ID_MAX] = {
#define X(id, number, symbol, role, family, ...) [number] = HOOK_FAMILY_##family,
	PINACCT_HOOKS(X)
#undef X
};

u8 calls__family(u16 api)
{
	return api < HOOK_ID_MAX ? family_of[api] : (u8)HOOK_FAMILY_NONE;
}

static u64 call_key_of(const void *elem)
{
	return ((const struct pin_call *)elem)->call_id;
}

int calls__init(struct ledger *l)
{
	int err = pool__init(&l->calls, sizeof(struct pin_call));

	if (!err)
		err = pool__init(&l->releases, sizeof(struct last_release));
	if (!err)
		err = table__init(&l->call_by_id, &l->calls, offsetof(struct pin_call, next),
				  call_key_of);
	return err;
}

void calls__deinit(struct ledger *l)
{
	table__deinit(&l->call_by_id);
	pool__deinit(&l->releases);
	pool__deinit(&l->calls);
}

u32 calls__find(const struct ledger *l, u64 call_id)
{
	u32 idx = table__first(&l->call_by_id, call_id);

	while (idx && call_at(l, idx)->call_id != call_id)
		idx = call_at(l, idx)->next;
	return idx;
}

u32 calls__find_next(const struct ledger *l, u32 idx)
{
	u64 call_id = call_at(l, idx)->call_id;

	do
		idx = call_at(l, idx)->next;
	while (idx && call_at(l, idx)->call_id != call_id);
	return idx;
}

static u32 call_new(struct ledger *l, const struct event *e, u32 site)
{
	const struct event_call *call = &e->pin.call;
	u32 idx = pool__alloc(&l->calls);

	assert(idx);
	*call_at(l, idx) = (struct pin_call){.call_id = call->call_id,
					     .ts_ns = e->ts_ns,
					     .ctx = call->ctx,
					     .site = site,
					     .family = calls__family(call->api)};
	table__add(&l->call_by_id, call->call_id, idx);
	l->t.open_calls++;
	return idx;
}

void calls__count(struct ledger *l, const struct event *e, u32 site)
{
	if (e->pin.call.flags & PIN_F_NEXT)
		return;
	site_at(l, site)->pub.calls++;
	l->t.pin_calls++;
}

u32 calls__extend(struct ledger *l, const struct event *e, u32 site, u32 idx, u32 pages)
{
	struct ledger_site *s;

	if (!idx && e->pin.call.flags & PIN_F_NEXT)
		idx = calls__find(l, e->pin.call.call_id);
	/* The counts of a call are 32 bits: one of 16 TiB goes on in a second entry. */
	if (idx && (u64)call_at(l, idx)->pinned + pages > UINT32_MAX)
		idx = 0;
	if (!idx)
		idx = call_new(l, e, site);
	call_at(l, idx)->pinned += pages;
	call_at(l, idx)->open += pages;
	s = &site_at(l, call_at(l, idx)->site)->pub;
	s->pinned_pages += pages;
	s->open_pages += pages;
	l->t.pinned_pages += pages;
	l->t.open_pages += pages;
	return idx;
}

static void note_release(struct ledger *l, struct pin_call *c, const struct release *r, u32 pages)
{
	struct last_release *last;

	if (!c->release)
		c->release = pool__alloc(&l->releases);
	if (!c->release)
		return; /* evidence only */
	last = pool__at(&l->releases, c->release);
	if (last->call_id != r->call_id || last->r.ts_ns != r->ts_ns) {
		*last = (struct last_release){.call_id = r->call_id,
					      .r = {.ts_ns = r->ts_ns,
						    .stack_id = r->stack_id,
						    .tid = r->task->tid,
						    .api = r->api,
						    .flags = r->flags}};
		memcpy(last->r.comm, r->task->comm, sizeof(last->r.comm));
	}
	last->r.pages += pages;
}

void calls__settle(struct ledger *l, u32 idx, const struct release *r, u32 pages,
		   enum ledger_match how)
{
	struct pin_call *c = call_at(l, idx);
	struct ledger_site *s = &site_at(l, c->site)->pub;
	u64 held = r->ts_ns > c->ts_ns ? r->ts_ns - c->ts_ns : 0;

	assert(pages && pages <= c->open);
	if (r->by_page)
		settle__note(l, idx, pages, r->by_page);
	c->open -= pages;
	s->open_pages -= pages;
	l->t.open_pages -= pages;
	l->t.settled_pages += pages;
	l->t.match_pages[how] += pages;
	if (r->by_page)
		held = 0; /* when it was released nobody saw */
	s->page_seconds += (double)pages * held / NS_PER_SEC;
	if (held > s->max_held_ns)
		s->max_held_ns = held;
	if (held > l->opts.held_ns)
		s->held_pages += pages;
	if (c->open) {
		if (how > c->worst)
			c->worst = how;
		if (!r->by_page)
			note_release(l, c, r, pages);
		return;
	}
	s->held_calls += held > l->opts.held_ns;
	if (c->release)
		pool__free(&l->releases, c->release);
	table__del(&l->call_by_id, c->call_id, idx);
	pool__free(&l->calls, idx);
	l->t.open_calls--;
}
