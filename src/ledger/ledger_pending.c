// SPDX-License-Identifier: GPL-2.0
/*
 * Releases: off the open runs as far as there are any, and the rest waits for
 * its pin, which may be on its way in another CPU's ring.
 */
#include <assert.h>
#include "ledger/ledger_impl.h"

/* Bounds on what a hostile stream can make us keep, and search. */
#define PENDING_MAX (1u << 18)
#define RETRY_MAX   1024
/* So many runs are reserved without a look at what there is to split. */
#define RESERVE_UNSEEN (2 * POOL_CHUNK_MAX)

static struct pending *pending_at(const struct ledger *l, u32 idx)
{
	return pool__at(&l->pendings, idx);
}

static struct waiting_call *waiting_at(const struct ledger *l, u32 idx)
{
	return pool__at(&l->waiting, idx);
}

static u64 pending_key_of(const void *elem)
{
	return ((const struct pending *)elem)->span.key;
}

int pending__init(struct ledger *l)
{
	int err = pool__init(&l->pendings, sizeof(struct pending));

	if (!err)
		err = pool__init(&l->waiting, sizeof(struct waiting_call));
	if (!err)
		err = table__init(&l->pending_by_key, &l->pendings,
				  offsetof(struct pending, key_next), pending_key_of);
	return err;
}

void pending__deinit(struct ledger *l)
{
	table__deinit(&l->pending_by_key);
	pool__deinit(&l->waiting);
	pool__deinit(&l->pendings);
}

/* Puts `idx` behind `prev` (0 = in front) of all that wait. */
static void queue_link(struct ledger *l, u32 prev, u32 idx)
{
	struct pending *p = pending_at(l, idx);

	p->prev = prev;
	p->next = prev ? pending_at(l, prev)->next : l->pending_first;
	if (prev)
		pending_at(l, prev)->next = idx;
	else
		l->pending_first = idx;
	if (p->next)
		pending_at(l, p->next)->prev = idx;
	else
		l->pending_last = idx;
}

static void queue_unlink(struct ledger *l, u32 idx)
{
	struct pending *p = pending_at(l, idx);

	if (p->prev)
		pending_at(l, p->prev)->next = p->next;
	else
		l->pending_first = p->next;
	if (p->next)
		pending_at(l, p->next)->prev = p->prev;
	else
		l->pending_last = p->prev;
}

static void pending_free(struct ledger *l, u32 idx)
{
	struct pending *p = pending_at(l, idx);
	u32 call = p->call;

	l->t.pending_pages -= p->span.pages;
	table__del(&l->pending_by_key, p->span.key, idx);
	queue_unlink(l, idx);
	pool__free(&l->pendings, idx);
	if (!--waiting_at(l, call)->refs)
		pool__free(&l->waiting, call);
}

static void finalise(struct ledger *l, u32 idx)
{
	struct pending *p = pending_at(l, idx);

	unmatched__add(l, &waiting_at(l, p->call)->r, &p->span, &p->hist);
	pending_free(l, idx);
}

void pending__expire(struct ledger *l, bool all)
{
	u32 idx;

	while ((idx = l->pending_first) &&
	       (all || after_reorder(l, pending_at(l, idx)->arrived_ns)))
		finalise(l, idx);
}

/* One release, or one pending span that is looked at again, on its way through the matching. */
struct settling {
	struct release *r;
	u32 call; /* its waiting_call; 0 = not needed so far */
	u32 last; /* new pending spans go behind this one */
	u64 arrived_ns;
	const struct span *span;
	const struct history *hist; /* NULL = to be looked up */
	u32 tried;
};

static u32 waiting_new(struct ledger *l, const struct release *r)
{
	u32 idx = pool__alloc(&l->waiting);
	struct waiting_call *w;

	if (!idx)
		return 0;
	w = waiting_at(l, idx);
	w->r = *r;
	w->task = *r->task;
	w->r.task = &w->task;
	w->r.late = true;
	w->r.taken_call = 0; /* what the original took is the original's to write down */
	w->r.taken_pages = 0;
	return idx;
}

static void wait_for_pin(struct ledger *l, struct settling *s, const struct span *span)
{
	struct history hist;
	struct pending *p;
	u32 idx = 0;

	if (s->hist)
		hist = *s->hist;
	else
		history__find(l, span, s->r->ts_ns, &hist);
	if (!s->call)
		s->call = waiting_new(l, s->r);
	if (s->call)
		idx = pool__alloc(&l->pendings);
	if (!idx) { /* no memory to wait with */
		unmatched__add(l, s->r, span, &hist);
		return;
	}
	p = pending_at(l, idx);
	p->span = *span;
	p->hist = hist;
	p->arrived_ns = s->arrived_ns;
	p->call = s->call;
	p->tried = s->tried;
	waiting_at(l, s->call)->refs++;
	l->t.pending_pages += span->pages;
	table__add(&l->pending_by_key, span->key, idx);
	queue_link(l, s->last, idx);
	s->last = idx;
}

/* Pages without a run: cut where the folio ends, because of what lies behind nothing is known. */
static void wait_for_pages(struct ledger *l, u64 pfn, u64 pages, void *arg)
{
	struct settling *s = arg;
	struct span span = { .key = s->span->key, .pfn = pfn, .pages = pages };
	u64 start, end;

	span.order = order_behind(s->span->pfn, s->span->order, pfn);
	if (folio_range(pfn, span.order, &start, &end) && pfn + pages > end) {
		span.pages = end - pfn;
		wait_for_pin(l, s, &span);
		span.pages = pages - span.pages;
		span.pfn = end;
		span.order = RUN_ORDER_UNKNOWN;
	}
	wait_for_pin(l, s, &span);
}

/* Pages whose folio is not known: each may belong to a folio that was pinned. */
static void settle_unknown(struct ledger *l, struct settling *s, const struct span *span, u64 key)
{
	u64 pfn = span->pfn, end = pfn + span->pages, missed = pfn;
	struct span page = *span;

	page.key = key;
	while (pfn < end && runs__block(l, key)) {
		u64 taken;

		page.pfn = pfn;
		taken = match__folio(l, s->r, &page, end - pfn);
		if (!taken) {
			pfn++;
			continue;
		}
		if (missed < pfn)
			wait_for_pages(l, missed, pfn - missed, s);
		pfn += taken;
		missed = pfn;
	}
	if (missed < end)
		wait_for_pages(l, missed, end - missed, s);
}

/* What page identity did not explain: off any pin of the folio. */
static void settle_by_folio(struct ledger *l, struct settling *s, const struct span *span)
{
	struct span rest = *span;
	u64 taken;

	s->span = span;
	if (span->order == RUN_ORDER_UNKNOWN && !(span->flags & RUN_FOLIO) &&
	    span->pages <= BLOCK_PAGES) {
		settle_unknown(l, s, span, span->key);
		return;
	}
	taken = match__folio(l, s->r, span, span->pages);
	rest.pages -= taken;
	if (!(span->flags & RUN_FOLIO)) {
		rest.pfn += taken;
		rest.order = order_behind(span->pfn, span->order, rest.pfn);
	}
	if (rest.pages)
		wait_for_pin(l, s, &rest);
}

/* A span that waits: on to the next sort of match, what that leaves takes its place. */
static u32 again(struct ledger *l, struct settling *s, u32 idx,
		 void (*settle)(struct ledger *, struct settling *, const struct span *))
{
	struct pending *p = pending_at(l, idx);
	struct span span = p->span;
	struct history hist = p->hist;
	u32 call = p->call, next;

	waiting_at(l, call)->refs++;
	s->call = call;
	s->last = p->prev;
	s->arrived_ns = p->arrived_ns;
	s->tried = p->tried;
	s->hist = &hist;
	next = p->next;
	pending_free(l, idx);
	settle(l, s, &span);
	if (!--waiting_at(l, call)->refs)
		pool__free(&l->waiting, call);
	return next;
}

static void settle_pages(struct ledger *l, struct settling *s, const struct span *span)
{
	s->span = span;
	if (span->flags & RUN_FOLIO)
		wait_for_pin(l, s, span);
	else
		match__pages(l, s->r, span, wait_for_pages, s);
}

/*
 * A page that could not be read was pinned, or is released, without its order.
 * When its folio is larger than a block, the two sides look in different
 * blocks: this is the other one. 0 = there is none.
 */
static u32 other_block(const struct ledger *l, const struct span *span, struct span *there)
{
	u32 orders = l->giant_orders, block;

	*there = *span;
	if (span->order != RUN_ORDER_UNKNOWN) {
		there->key = block_key(span->pfn, RUN_ORDER_UNKNOWN);
		return there->key == span->key ? 0 : runs__block(l, there->key);
	}
	for (; orders; orders &= orders - 1) {
		there->order = __builtin_ctz(orders);
		there->key = block_key(span->pfn, there->order);
		block = runs__block(l, there->key);
		if (block)
			return block;
	}
	return 0;
}

static void settle_elsewhere(struct ledger *l, struct settling *s, const struct span *span)
{
	struct span there, rest = *span;

	if (!other_block(l, span, &there)) {
		wait_for_pin(l, s, span);
		return;
	}
	s->span = span; /* what is left over waits where it came from */
	if (span->order != RUN_ORDER_UNKNOWN) {
		settle_pages(l, s, &there);
		return;
	}
	/* A gigantic folio: its pins are all alike to one who does not know its order. */
	rest.pages -= match__folio(l, s->r, &there, span->pages);
	if (!(span->flags & RUN_FOLIO))
		rest.pfn += span->pages - rest.pages;
	if (rest.pages)
		wait_for_pin(l, s, &rest);
}

static void settle_waiting(struct ledger *l, struct settling *s, u32 before, u32 behind,
			   void (*settle)(struct ledger *, struct settling *, const struct span *))
{
	u32 idx = before ? pending_at(l, before)->next : l->pending_first;

	while (idx != behind)
		idx = again(l, s, idx, settle);
}

static int promise_runs(struct ledger *l, u64 cnt)
{
	l->runs_due = cnt;
	return pool__reserve(&l->runs, cnt);
}

/* Whose pins are in one block only, whatever else is not known. */
static bool is_small_folio(const struct rec_run *run)
{
	return run->flags & RUN_FOLIO && run->order <= BLOCK_PAGES_BITS;
}

int pending__reserve(struct ledger *l, const struct rec_run *runs, u32 nr_runs)
{
	u64 need = 0;
	struct cut cut;
	struct span span, there;

	for (u32 i = 0; i < nr_runs && need <= RESERVE_UNSEEN; i++)
		need += (is_small_folio(&runs[i]) ? 4 : 8) * ((u64)runs[i].pages + 2);
	if (need <= RESERVE_UNSEEN) /* a small release: whatever the blocks hold */
		return promise_runs(l, need);
	need = 0;
	for (u32 i = 0; i < nr_runs; i++) {
		for_each_span (&cut, &runs[i], &span) {
			need += match__splits(l, &span);
			if (other_block(l, &span, &there))
				need += match__splits(l, &there);
		}
	}
	return promise_runs(l, need);
}

/*
 * Releases by page first: theirs are the surer matches. Then by folio, the rest of them included.
 */
static void settle_all(struct ledger *l, struct release *r, const struct rec_run *runs, u32 nr_runs)
{
	struct settling s = { .r = r, .last = l->pending_last, .arrived_ns = l->t.last_ts_ns };
	u32 before = l->pending_last, folios = 0;
	struct cut cut;
	struct span span;

	for (u32 i = 0; i < nr_runs; i++) {
		l->t.released_pages += runs[i].pages;
		for_each_span (&cut, &runs[i], &span) {
			if (span.flags & RUN_FOLIO)
				folios++;
			else
				settle_pages(l, &s, &span);
		}
	}
	if (before != l->pending_last)
		settle_waiting(l, &s, before, 0, settle_by_folio);
	s = (struct settling){ .r = r, .last = l->pending_last, .arrived_ns = l->t.last_ts_ns };
	for (u32 i = 0; i < nr_runs && folios; i++)
		for_each_span (&cut, &runs[i], &span)
			if (span.flags & RUN_FOLIO)
				settle_by_folio(l, &s, &span);
	if (before != l->pending_last)
		settle_waiting(l, &s, before, 0, settle_elsewhere);
}

void pending__release(struct ledger *l, struct release *r, const struct rec_run *runs, u32 nr_runs)
{
	settle_all(l, r, runs, nr_runs);
	calls__flush(l, r);
	while (pool__live(&l->pendings) > PENDING_MAX)
		finalise(l, l->pending_first);
}

static void widen_to_folio(const struct span *s, u64 *start, u64 *end)
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

/* The first release after the pin: a later one may be another pin's that is still to come. */
static u32 waiting_for(const struct ledger *l, u64 key, const struct span *pinned, u64 pin_ts_ns)
{
	u64 start, end, pin_start, pin_end, best_ts = 0, best_arrived = 0;
	u32 looked = 0, best = 0;

	widen_to_folio(pinned, &pin_start, &pin_end);
	for (u32 idx = table__first(&l->pending_by_key, key); idx && looked < RETRY_MAX;
	     idx = pending_at(l, idx)->key_next, looked++) {
		const struct pending *p = pending_at(l, idx);
		u64 ts_ns = waiting_at(l, p->call)->r.ts_ns;

		widen_to_folio(&p->span, &start, &end);
		if (p->span.key != key || p->tried == l->retries || start >= pin_end ||
		    end <= pin_start || ts_ns < pin_ts_ns)
			continue;
		if (best &&
		    (ts_ns > best_ts || (ts_ns == best_ts && p->arrived_ns >= best_arrived)))
			continue;
		best = idx;
		best_ts = ts_ns;
		best_arrived = p->arrived_ns;
	}
	return best;
}

/* Leaves `idx` only the pages before pfn; the others wait behind it. */
static void split_waiting(struct ledger *l, u32 idx, u64 pfn)
{
	struct pending *p = pending_at(l, idx);
	struct settling s = { .r = &waiting_at(l, p->call)->r,
			      .call = p->call,
			      .last = idx,
			      .arrived_ns = p->arrived_ns,
			      .hist = &p->hist,
			      .tried = p->tried };
	struct span rest = p->span;

	rest.pages -= pfn - rest.pfn;
	rest.pfn = pfn;
	p->span.pages -= rest.pages;
	l->t.pending_pages -= rest.pages;
	wait_for_pin(l, &s, &rest);
}

/*
 * Of a list of pages only those that were pinned are tried: for the others
 * there may be an earlier release. Returns the one that has them.
 */
static u32 clip_to_pin(struct ledger *l, u32 idx, const struct span *pinned)
{
	struct pending *p = pending_at(l, idx);
	u64 start, end;

	if (p->span.order != RUN_ORDER_UNKNOWN || p->span.flags & RUN_FOLIO)
		return idx;
	widen_to_folio(pinned, &start, &end);
	if (end < p->span.pfn + p->span.pages)
		split_waiting(l, idx, end);
	if (start <= p->span.pfn)
		return idx;
	split_waiting(l, idx, start);
	return p->next;
}

static int retry_one(struct ledger *l, u32 idx)
{
	struct pending *p = pending_at(l, idx);
	struct waiting_call *w = waiting_at(l, p->call);
	u32 call = p->call, before = p->prev, behind = p->next;
	struct settling s = { .r = &w->r };
	int err = promise_runs(l, match__splits(l, &p->span));

	if (err)
		return err;
	p->tried = l->retries;
	w->refs++;
	settle_waiting(l, &s, before, behind, settle_pages);
	settle_waiting(l, &s, before, behind, settle_by_folio);
	settle_waiting(l, &s, before, behind, settle_elsewhere);
	calls__flush(l, &w->r);
	if (!--w->refs)
		pool__free(&l->waiting, call);
	return 0;
}

void pending__retry(struct ledger *l, const struct span *pinned, u64 pin_ts_ns, u64 until)
{
	u64 keys[] = { pinned->key, block_key(pinned->pfn, RUN_ORDER_UNKNOWN) };
	u32 idx;

	l->retries++;
	for (unsigned i = 0; i < 1 + (keys[0] != keys[1]); i++) {
		while (l->t.ended_pages < until &&
		       (idx = waiting_for(l, keys[i], pinned, pin_ts_ns)))
			if (pool__reserve(&l->pendings, 2) ||
			    retry_one(l, clip_to_pin(l, idx, pinned)))
				return;
	}
}
