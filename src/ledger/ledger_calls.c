// SPDX-License-Identifier: GPL-2.0
#include <assert.h>
#include <string.h>
#include "ledger/ledger_settle_impl.h"

#define NS_PER_SEC 1e9

static const u8 family_of[HOOK_ID_MAX] = {
#define X(id, number, symbol, by, role, family, ...) [number] = HOOK_FAMILY_##family,
	PINACCT_HOOKS(X)
#undef X
};

u8 calls__family(u16 api)
{
	return api < HOOK_ID_MAX ? family_of[api] : (u8)HOOK_FAMILY_NONE;
}

static struct last_release *release_at(const struct ledger *l, u32 idx)
{
	return POOL_ELEM(&l->releases, idx, struct last_release);
}

static u64 release_key_of(const void *elem)
{
	return ((const struct last_release *)elem)->call;
}

int calls__init(struct ledger *l)
{
	int err = pool__init(&l->calls, sizeof(struct pin_call));

	if (!err)
		err = pool__init(&l->releases, sizeof(struct last_release));
	if (!err)
		err = table__init(&l->release_by_call, &l->releases,
				  offsetof(struct last_release, next), release_key_of);
	if (!err)
		err = ids__init(l);
	return err;
}

void calls__deinit(struct ledger *l)
{
	ids__deinit(l);
	table__deinit(&l->release_by_call);
	pool__deinit(&l->releases);
	pool__deinit(&l->calls);
}

static u32 call_new(struct ledger *l, const struct event *e, u32 site)
{
	const struct event_call *call = &e->pin.call;
	u32 idx = pool__take(&l->calls);

	assert(idx);
	*call_at(l, idx) = (struct pin_call){ .own.family = calls__family(call->api),
					      .call_id = call->call_id,
					      .ts_ns = e->ts_ns,
					      .bio = call->bio,
					      .site = site };
	l->t.open_calls++;
	ids__add(l, idx);
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
	struct pin_call *c;

	if (!idx && e->pin.call.flags & PIN_F_NEXT)
		idx = ids__chunk(l, e->pin.call.call_id);
	/* The counts of a call are 32 bits: one of 16 TiB goes on in a second entry. */
	if (idx && (u64)call_at(l, idx)->pinned + pages > UINT32_MAX)
		idx = 0;
	if (!idx)
		idx = call_new(l, e, site);
	if (e->pin.call.flags & PIN_F_MORE)
		ids__expect_chunk(l, idx);
	c = call_at(l, idx);
	c->pinned += pages;
	c->open += pages;
	s = &site_at(l, c->site)->pub;
	s->pinned_pages += pages;
	s->open_pages += pages;
	l->t.pinned_pages += pages;
	l->t.open_pages += pages;
	return idx;
}

/*
 * Few calls are released in part, so that they are in a table, and the others pay no byte for it.
 */
static u32 find_release(const struct ledger *l, u32 call)
{
	u32 idx;

	if (!call_at(l, call)->own.worst)
		return 0;
	idx = table__first(&l->release_by_call, call);
	while (idx && release_at(l, idx)->call != call)
		idx = release_at(l, idx)->next;
	return idx;
}

const struct last_release *calls__last_release(const struct ledger *l, u32 call)
{
	u32 idx = find_release(l, call);

	return idx ? release_at(l, idx) : NULL;
}

static struct last_release *note_release(struct ledger *l, u32 call, const struct release *r,
					 u32 pages)
{
	u32 idx = find_release(l, call);
	struct last_release *last;

	if (!idx) {
		idx = pool__alloc(&l->releases);
		if (!idx)
			return NULL; /* evidence only */
		release_at(l, idx)->call = call;
		table__add(&l->release_by_call, call, idx);
	}
	last = release_at(l, idx);
	if (last->call_id != r->call_id || last->r.ts_ns != r->ts_ns) {
		*last = (struct last_release){ .call_id = r->call_id,
					       .call = call,
					       .next = last->next,
					       .r = { .ts_ns = r->ts_ns,
						      .stack_id = r->stack_id,
						      .tid = r->task->tid,
						      .api = r->api,
						      .flags = r->flags } };
		memcpy(last->r.comm, r->task->comm, sizeof(last->r.comm));
	}
	last->r.pages += pages;
	return last;
}

/*
 * A page that lost a pin's reference misses it at each drop from then on: the first one is to
 * blame.
 */
static bool is_known_short(struct ledger *l, u32 call)
{
	u32 idx = find_release(l, call);

	return idx && release_at(l, idx)->r.put && hook_is_ref(release_at(l, idx)->r.api);
}

void calls__note_put(struct ledger *l, u32 call, const struct release *r, u32 pages)
{
	struct last_release *last;

	if (hook_is_ref(r->api) && is_known_short(l, call))
		return;
	last = note_release(l, call, r, pages);
	if (!last)
		return;
	last->r.put = true;
	if (!call_at(l, call)->own.worst) /* says that the call is in the table */
		call_at(l, call)->own.worst = LEDGER_MATCH_ONLY;
}

static void settle(struct ledger *l, u32 idx, const struct release *r, u32 pages,
		   enum ledger_match how)
{
	struct pin_call *c = call_at(l, idx);
	struct ledger_site *s = &site_at(l, c->site)->pub;
	u64 held = r->ts_ns > c->ts_ns ? r->ts_ns - c->ts_ns : 0;
	u32 release;

	assert(pages && pages <= c->open);
	if (r->by_page)
		settle__note(l, idx, pages, r->by_page);
	c->open -= pages;
	s->open_pages -= pages;
	l->t.open_pages -= pages;
	l->t.ended_pages += pages;
	l->t.match_pages[how] += pages;
	if (r->by_page)
		held = 0; /* when it was released nobody saw */
	if (l->opts.ended)
		l->opts.ended(l->opts.ended_arg,
			      &(struct ledger_ended){
				      c->call_id, pages, c->open, r->stack_id, r->api,
				      r->by_page && r->by_page->how == LEDGER_VANISH_PUT });
	s->page_seconds += (double)pages * held / NS_PER_SEC;
	if (held > s->max_held_ns)
		s->max_held_ns = held;
	if (held > l->opts.held_ns)
		s->held_pages += pages;
	if (c->open) {
		if (!r->by_page)
			note_release(l, idx, r, pages);
		if (how > c->own.worst)
			c->own.worst = how;
		return;
	}
	s->held_calls += held > l->opts.held_ns;
	release = find_release(l, idx);
	if (release) {
		table__del(&l->release_by_call, idx, release);
		pool__free(&l->releases, release);
	}
	ids__del(l, idx);
	c->site = 0;
	pool__give(&l->calls, idx);
	l->t.open_calls--;
}

void calls__settle(struct ledger *l, u32 idx, struct release *r, u32 pages, enum ledger_match how)
{
	if (r->taken_call != idx || r->taken_by != how) {
		calls__flush(l, r);
		r->taken_call = idx;
		r->taken_by = how;
	}
	r->taken_pages += pages;
}

void calls__flush(struct ledger *l, struct release *r)
{
	if (r->taken_call)
		settle(l, r->taken_call, r, r->taken_pages, r->taken_by);
	r->taken_call = 0;
	r->taken_pages = 0;
}
