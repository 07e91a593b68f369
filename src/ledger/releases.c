// SPDX-License-Identifier: GPL-2.0
#include "ledger/releases.h"

/* Of a release that cannot make more runs than this it is not counted what there is to split. */
#define RESERVE_UNSEEN (2 * POOL_CHUNK_MAX)

/* One release, or a span of one that waited, on its way. What is left over goes to `place`. */
struct passage {
	struct releases *releases;
	struct waiting_place place;
	const struct span *span; /* in hand */
};

typedef void (*match_fn)(struct passage *p, const struct span *span);

static void wait_for_pin(struct passage *p, const struct span *span)
{
	waiting__add(p->releases->waiting, &p->place, span);
}

/*
 * Pages without a run. They are cut where the folio ends, because of what lies behind nothing is
 * known.
 */
static void wait_for_pages(void *arg, u64 pfn, u64 pages)
{
	struct passage *p = arg;
	struct span span = { .key = p->span->key, .pfn = pfn, .pages = pages };
	u64 start, end;

	span.order = order_behind(p->span->pfn, p->span->order, pfn);
	if (folio_range(pfn, span.order, &start, &end) && pfn + pages > end) {
		span.pages = end - pfn;
		wait_for_pin(p, &span);
		span.pages = pages - span.pages;
		span.pfn = end;
		span.order = RUN_ORDER_UNKNOWN;
	}
	wait_for_pin(p, &span);
}

static void match_pages(struct passage *p, const struct span *span)
{
	p->span = span;
	if (span->flags & RUN_FOLIO)
		wait_for_pin(p, span);
	else
		match__pages(p->releases->match, p->place.r, span, wait_for_pages, p);
}

/* Pages whose folio is not known: each may belong to a folio that was pinned. */
static void match_unknown(struct passage *p, const struct span *span)
{
	struct match *match = p->releases->match;
	u64 pfn = span->pfn, end = pfn + span->pages, missed = pfn;
	struct span page = *span;

	while (pfn < end && open_runs__block(match->runs, span->key)) {
		u64 taken;

		page.pfn = pfn;
		taken = match__folio(match, p->place.r, &page, end - pfn);
		if (!taken) {
			pfn++;
			continue;
		}
		if (missed < pfn)
			wait_for_pages(p, missed, pfn - missed);
		pfn += taken;
		missed = pfn;
	}
	if (missed < end)
		wait_for_pages(p, missed, end - missed);
}

/* What page identity did not explain: off any pin of the folio. */
static void match_by_folio(struct passage *p, const struct span *span)
{
	struct span rest = *span;
	u64 taken;

	p->span = span;
	if (span->order == RUN_ORDER_UNKNOWN && !(span->flags & RUN_FOLIO) &&
	    span->pages <= BLOCK_PAGES) {
		match_unknown(p, span);
		return;
	}
	taken = match__folio(p->releases->match, p->place.r, span, span->pages);
	rest.pages -= taken;
	if (!(span->flags & RUN_FOLIO)) {
		rest.pfn += taken;
		rest.order = order_behind(span->pfn, span->order, rest.pfn);
	}
	if (rest.pages)
		wait_for_pin(p, &rest);
}

/*
 * A page that could not be read was pinned, or is released, without its order. When its folio is
 * larger than a block, the two sides look in different blocks: *there is the span in the other one.
 * False = there is no such block.
 */
static bool find_elsewhere(const struct open_runs *runs, const struct span *span,
			   struct span *there)
{
	u32 orders = runs->large_orders;

	*there = *span;
	if (span->order != RUN_ORDER_UNKNOWN) {
		there->key = block_key(span->pfn, RUN_ORDER_UNKNOWN);
		return there->key != span->key && open_runs__block(runs, there->key);
	}
	for (; orders; orders &= orders - 1) {
		there->order = __builtin_ctz(orders);
		there->key = block_key(span->pfn, there->order);
		if (open_runs__block(runs, there->key))
			return true;
	}
	return false;
}

static void match_elsewhere(struct passage *p, const struct span *span)
{
	struct span there, rest = *span;

	if (!find_elsewhere(p->releases->match->runs, span, &there)) {
		wait_for_pin(p, span);
		return;
	}
	p->span = span; /* what is left over waits where it came from */
	if (span->order != RUN_ORDER_UNKNOWN) {
		match_pages(p, &there);
		return;
	}
	/* Pins of a folio are all alike to one who does not know its order. */
	rest.pages -= match__folio(p->releases->match, p->place.r, &there, span->pages);
	if (!(span->flags & RUN_FOLIO))
		rest.pfn += span->pages - rest.pages;
	if (rest.pages)
		wait_for_pin(p, &rest);
}

/* A span that waits is matched in one more way; what that leaves takes its place. */
static u32 match_again(struct passage *p, u32 idx, match_fn match)
{
	struct waiting *waiting = p->releases->waiting;
	struct waiting_span one = *waiting__at(waiting, idx);

	waiting__hold_call(waiting, one.call);
	p->place.call = one.call;
	p->place.last = one.prev;
	p->place.arrived_ns = one.arrived_ns;
	p->place.tried = one.tried;
	p->place.past = &one.past;
	waiting__del(waiting, idx);
	match(p, &one.span);
	waiting__put_call(waiting, one.call);
	return one.next;
}

/* The spans that wait between two others; 0 = the first of all, none. */
static void match_between(struct passage *p, u32 before, u32 behind, match_fn match)
{
	const struct waiting *w = p->releases->waiting;
	u32 idx = before ? waiting__at(w, before)->next : w->first;

	while (idx != behind)
		idx = match_again(p, idx, match);
}

static struct passage passage_of(struct releases *r, struct release *release)
{
	return (struct passage){ .releases = r,
				 .place = { .r = release,
					    .last = r->waiting->last,
					    .arrived_ns = r->time->latest_ns } };
}

/* Releases by page come first, because theirs are the surer matches; then by folio. */
static void match_all(struct releases *r, struct release *release, const struct rec_run *runs,
		      u32 nr_runs)
{
	struct passage p = passage_of(r, release);
	u32 before = r->waiting->last, folios = 0;
	struct cut cut;
	struct span span;

	for (u32 i = 0; i < nr_runs; i++) {
		r->pages += runs[i].pages;
		for_each_span (&cut, &runs[i], &span) {
			if (span.flags & RUN_FOLIO)
				folios++;
			else
				match_pages(&p, &span);
		}
	}
	if (before != r->waiting->last)
		match_between(&p, before, 0, match_by_folio);
	p = passage_of(r, release);
	for (u32 i = 0; i < nr_runs && folios; i++)
		for_each_span (&cut, &runs[i], &span)
			if (span.flags & RUN_FOLIO)
				match_by_folio(&p, &span);
	if (before != r->waiting->last)
		match_between(&p, before, 0, match_elsewhere);
}

void releases__add(struct releases *r, struct release *release, const struct rec_run *runs,
		   u32 nr_runs)
{
	match_all(r, release, runs, nr_runs);
	accounts__flush(r->match->accounts, release);
	waiting__bound(r->waiting);
}

/* The pins of such a run are in one block, whatever else is not known. */
static bool is_small_folio(const struct rec_run *run)
{
	return run->flags & RUN_FOLIO && run->order <= BLOCK_PAGES_BITS;
}

int releases__reserve(struct releases *r, const struct rec_run *runs, u32 nr_runs)
{
	u64 need = 0;
	struct cut cut;
	struct span span, there;

	for (u32 i = 0; i < nr_runs && need <= RESERVE_UNSEEN; i++)
		need += (is_small_folio(&runs[i]) ? 4 : 8) * ((u64)runs[i].pages + 2);
	if (need <= RESERVE_UNSEEN) /* a small release: whatever the blocks hold */
		return open_runs__promise(r->match->runs, need);
	need = 0;
	for (u32 i = 0; i < nr_runs; i++) {
		for_each_span (&cut, &runs[i], &span) {
			need += match__splits(r->match, &span);
			if (find_elsewhere(r->match->runs, &span, &there))
				need += match__splits(r->match, &there);
		}
	}
	return open_runs__promise(r->match->runs, need);
}

/*
 * Of a list of pages only those that were pinned are tried: for the others there may be an earlier
 * release. Returns the span that has them.
 */
static u32 clip_to_pin(struct waiting *w, u32 idx, const struct span *pinned)
{
	struct waiting_span *one = waiting__at(w, idx);
	u64 start, end;

	if (one->span.order != RUN_ORDER_UNKNOWN || one->span.flags & RUN_FOLIO)
		return idx;
	span__widen(pinned, &start, &end);
	if (end < one->span.pfn + one->span.pages)
		waiting__split(w, idx, end);
	if (start <= one->span.pfn)
		return idx;
	waiting__split(w, idx, start);
	return one->next;
}

static int retry_one(struct releases *r, u32 idx)
{
	struct waiting_span *one = waiting__at(r->waiting, idx);
	struct waiting_call *w = waiting__call(r->waiting, one->call);
	u32 call = one->call, before = one->prev, behind = one->next;
	struct passage p = { .releases = r, .place.r = &w->r };
	int err = open_runs__promise(r->match->runs, match__splits(r->match, &one->span));

	if (err)
		return err;
	one->tried = r->retries;
	waiting__hold_call(r->waiting, call);
	match_between(&p, before, behind, match_pages);
	match_between(&p, before, behind, match_by_folio);
	match_between(&p, before, behind, match_elsewhere);
	accounts__flush(r->match->accounts, &w->r);
	waiting__put_call(r->waiting, call);
	return 0;
}

void releases__retry(struct releases *r, const struct span *pinned, u64 pin_ts_ns, u64 until)
{
	u64 keys[] = { pinned->key, block_key(pinned->pfn, RUN_ORDER_UNKNOWN) };
	struct waiting *w = r->waiting;
	u32 idx;

	r->retries++;
	for (unsigned i = 0; i < 1 + (keys[0] != keys[1]); i++) {
		while (r->match->accounts->ended < until &&
		       (idx = waiting__first_for(w, keys[i], pinned, pin_ts_ns, r->retries)))
			if (pool__reserve(&w->spans, 2) ||
			    retry_one(r, clip_to_pin(w, idx, pinned)))
				return;
	}
}
