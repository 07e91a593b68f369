// SPDX-License-Identifier: GPL-2.0
#include "ledger/waiting.h"

/* Bounds on what a made-up file can make us keep, and search for one pin. */
#define WAITING_MAX (1u << 18)
#define SEARCH_MAX  1024

static u64 key_of(const void *elem)
{
	return ((const struct waiting_span *)elem)->span.key;
}

int waiting__init(struct waiting *w, const struct history *history, struct unmatched *unmatched,
		  const struct stream_time *time)
{
	int err = pool__init(&w->spans, sizeof(struct waiting_span));

	w->history = history;
	w->unmatched = unmatched;
	w->time = time;
	if (!err)
		err = pool__init(&w->calls, sizeof(struct waiting_call));
	if (!err)
		err = table__init(&w->by_key, &w->spans, offsetof(struct waiting_span, key_next),
				  key_of);
	return err;
}

void waiting__deinit(struct waiting *w)
{
	table__deinit(&w->by_key);
	pool__deinit(&w->calls);
	pool__deinit(&w->spans);
}

u64 waiting__bytes(const struct waiting *w)
{
	return pool__bytes(&w->spans) + pool__bytes(&w->calls) + table__bytes(&w->by_key);
}

/* Puts `idx` behind `prev` (0 = in front) of all that wait. */
static void queue_link(struct waiting *w, u32 prev, u32 idx)
{
	struct waiting_span *one = waiting__at(w, idx);

	one->prev = prev;
	one->next = prev ? waiting__at(w, prev)->next : w->first;
	if (prev)
		waiting__at(w, prev)->next = idx;
	else
		w->first = idx;
	if (one->next)
		waiting__at(w, one->next)->prev = idx;
	else
		w->last = idx;
}

static void queue_unlink(struct waiting *w, const struct waiting_span *one)
{
	if (one->prev)
		waiting__at(w, one->prev)->next = one->next;
	else
		w->first = one->next;
	if (one->next)
		waiting__at(w, one->next)->prev = one->prev;
	else
		w->last = one->prev;
}

void waiting__hold_call(struct waiting *w, u32 call)
{
	waiting__call(w, call)->refs++;
}

void waiting__put_call(struct waiting *w, u32 call)
{
	if (!--waiting__call(w, call)->refs)
		pool__free(&w->calls, call);
}

void waiting__del(struct waiting *w, u32 idx)
{
	const struct waiting_span *one = waiting__at(w, idx);
	u32 call = one->call;

	w->pages -= one->span.pages;
	table__del(&w->by_key, one->span.key, idx);
	queue_unlink(w, one);
	pool__free(&w->spans, idx);
	waiting__put_call(w, call);
}

static void give_up(struct waiting *w, u32 idx)
{
	const struct waiting_span *one = waiting__at(w, idx);

	unmatched__add(w->unmatched, &waiting__call(w, one->call)->r, &one->span, &one->past);
	waiting__del(w, idx);
}

void waiting__expire(struct waiting *w, bool all)
{
	while (w->first &&
	       (all || stream_time__is_final(w->time, waiting__at(w, w->first)->arrived_ns)))
		give_up(w, w->first);
}

void waiting__bound(struct waiting *w)
{
	while (pool__live(&w->spans) > WAITING_MAX)
		give_up(w, w->first);
}

static u32 call_new(struct waiting *w, const struct release *r)
{
	u32 idx = pool__alloc(&w->calls);
	struct waiting_call *call;

	if (!idx)
		return 0;
	call = waiting__call(w, idx);
	call->r = *r;
	call->task = *r->task;
	call->r.task = &call->task;
	call->r.late = true;
	call->r.taken_call = 0; /* what the original took is the original's to write down */
	call->r.taken_pages = 0;
	return idx;
}

void waiting__add(struct waiting *w, struct waiting_place *place, const struct span *span)
{
	struct waiting_span *one;
	struct past_pin past;
	u32 idx = 0;

	if (place->past)
		past = *place->past;
	else
		history__find(w->history, span, place->r->ts_ns, &past);
	if (!place->call)
		place->call = call_new(w, place->r);
	if (place->call)
		idx = pool__alloc(&w->spans);
	if (!idx) {
		unmatched__add(w->unmatched, place->r, span, &past);
		return;
	}
	one = waiting__at(w, idx);
	one->span = *span;
	one->past = past;
	one->arrived_ns = place->arrived_ns;
	one->call = place->call;
	one->tried = place->tried;
	waiting__hold_call(w, place->call);
	w->pages += span->pages;
	table__add(&w->by_key, span->key, idx);
	queue_link(w, place->last, idx);
	place->last = idx;
}

void waiting__split(struct waiting *w, u32 idx, u64 pfn)
{
	struct waiting_span *one = waiting__at(w, idx);
	struct waiting_place place = { .r = &waiting__call(w, one->call)->r,
				       .call = one->call,
				       .last = idx,
				       .arrived_ns = one->arrived_ns,
				       .past = &one->past,
				       .tried = one->tried };
	struct span rest = one->span;

	rest.pages -= pfn - rest.pfn;
	rest.pfn = pfn;
	one->span.pages -= rest.pages;
	w->pages -= rest.pages;
	waiting__add(w, &place, &rest);
}

u32 waiting__first_for(const struct waiting *w, u64 key, const struct span *pinned, u64 pin_ts_ns,
		       u32 retry)
{
	u64 start, end, pin_start, pin_end, best_ts = 0, best_arrived = 0;
	u32 looked = 0, best = 0;

	span__widen(pinned, &pin_start, &pin_end);
	for (u32 idx = table__first(&w->by_key, key); idx && looked < SEARCH_MAX;
	     idx = waiting__at(w, idx)->key_next) {
		const struct waiting_span *one = waiting__at(w, idx);
		u64 ts_ns;

		if (one->span.key != key)
			continue;
		looked++;
		ts_ns = waiting__call(w, one->call)->r.ts_ns;
		span__widen(&one->span, &start, &end);
		if (one->tried == retry || start >= pin_end || end <= pin_start ||
		    ts_ns < pin_ts_ns)
			continue;
		if (best &&
		    (ts_ns > best_ts || (ts_ns == best_ts && one->arrived_ns >= best_arrived)))
			continue;
		best = idx;
		best_ts = ts_ns;
		best_arrived = one->arrived_ns;
	}
	return best;
}
