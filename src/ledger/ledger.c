// SPDX-License-Identifier: GPL-2.0
#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include "ledger/ledger_impl.h"

#define NS_PER_SEC 1000000000ull

struct ledger *ledger__new(const struct ledger_opts *opts)
{
	struct ledger *l = calloc(1, sizeof(*l));

	if (!l)
		return errno = ENOMEM, NULL;
	if (opts)
		l->opts = *opts;
	if (!l->opts.reorder_ns)
		l->opts.reorder_ns = NS_PER_SEC;
	if (!l->opts.held_ns)
		l->opts.held_ns = 10 * NS_PER_SEC;
	if (!l->opts.max_unmatched)
		l->opts.max_unmatched = 4096;
	if (runs__init(l) || calls__init(l) || pending__init(l) || intern__init(l) ||
	    process__init(l)) {
		ledger__free(l);
		return errno = ENOMEM, NULL;
	}
	return l;
}

void ledger__free(struct ledger *l)
{
	if (!l)
		return;
	settle__deinit(l);
	process__deinit(l);
	intern__deinit(l);
	unmatched__deinit(l);
	pending__deinit(l);
	calls__deinit(l);
	runs__deinit(l);
	free(l);
}

/* Everything that can fail comes first: an event is taken whole or not at all. */
static int feed_pin(struct ledger *l, const struct event *e)
{
	const struct event_call *c = &e->pin.call;
	u64 pieces = 0, pages = 0, before = l->t.pinned_pages, until;
	struct cut cut;
	struct span span;
	u32 site, call = 0;

	for (u32 i = 0; i < c->nr_runs; i++)
		for_each_span (&cut, &c->runs[i], &span)
			pieces++;
	site = intern__site(l, e);
	if (!site || pool__reserve(&l->runs, pieces) || pool__reserve(&l->blocks, pieces) ||
	    pool__reserve(&l->calls, c->nr_runs + 1))
		return -ENOMEM;
	calls__count(l, e, site);
	for (u32 i = 0; i < c->nr_runs; i++)
		pages += c->runs[i].pages;
	if (pages && pages <= UINT32_MAX)
		call = calls__extend(l, e, site, 0, pages);
	for (u32 i = 0; i < c->nr_runs; i++) {
		if (pages > UINT32_MAX)
			call = calls__extend(l, e, site, call, c->runs[i].pages);
		for_each_span (&cut, &c->runs[i], &span)
			runs__add(l, &span, call);
	}
	until = l->t.ended_pages + l->t.pinned_pages - before;
	for (u32 i = 0; i < c->nr_runs && l->t.pending_pages; i++)
		for_each_span (&cut, &c->runs[i], &span)
			pending__retry(l, &span, e->ts_ns, until);
	return 0;
}

static int feed_unpin(struct ledger *l, const struct event *e)
{
	const struct event_call *c = &e->unpin.call;
	struct release r = {
		.task = &c->task,
		.ts_ns = e->ts_ns,
		.call_id = c->call_id,
		.stack_id = c->stack_id,
		.bio = c->bio,
		.mm = c->flags & PIN_F_IRQ ? 0 : c->task.mm,
		.api = c->api,
		.flags = c->flags,
		.family = calls__family(c->api),
	};

	if (c->flags & PIN_F_INNER) {
		for (u32 i = 0; i < c->nr_runs; i++)
			l->t.inner_pages += c->runs[i].pages;
		return 0;
	}
	if (pending__reserve(l, c->runs, c->nr_runs))
		return -ENOMEM;
	for (u32 i = 0; i < c->nr_runs; i++)
		if (c->runs[i].flags & RUN_NOPIN)
			settle__note_nopin(l, c->call_id, &c->runs[i]);
	l->t.unpin_calls += !(c->flags & PIN_F_NEXT);
	pending__release(l, &r, c->runs, c->nr_runs);
	return 0;
}

/*
 * Of a bio, or of a page that lost a pin's reference by it (--page-ref). What was pinned should
 * have been unpinned: who did this is kept, in case that the pages say so at the end. Where they
 * are unpinned after all that release takes this one's place.
 */
static void feed_put(struct ledger *l, const struct event *e)
{
	const struct event_call *c = &e->unpin.call;
	const struct release r = { .task = &c->task,
				   .ts_ns = e->ts_ns,
				   .call_id = c->call_id,
				   .stack_id = c->stack_id,
				   .bio = c->bio,
				   .api = c->api,
				   .flags = c->flags };
	struct span span;
	struct cut cut;

	for (u32 i = 0; (c->bio || hook_is_ref(c->api)) && l->t.open_calls && i < c->nr_runs; i++)
		for_each_span (&cut, &c->runs[i], &span)
			settle__note_put(l, &r, &span);
}

static int feed_mark(struct ledger *l, const struct event *e)
{
	if (e->mark->mark == MARK_CMD_START)
		return process__root(l, e->mark->value);
	if (e->mark->mark == MARK_END)
		pending__expire(l, true);
	if (e->mark->mark == MARK_SCANNED)
		return settle__scanned(l, e->mark->value == 1, e->ts_ns);
	return 0;
}

static int feed_event(struct ledger *l, const struct event *e)
{
	switch (e->kind) {
	case EVENT_PIN:
		return feed_pin(l, e);
	case EVENT_UNPIN:
		return feed_unpin(l, e);
	case EVENT_PUT:
		feed_put(l, e);
		return 0;
	case EVENT_FORK:
		return process__fork(l, e->task.tgid, e->task.parent, e->ts_ns);
	case EVENT_EXIT:
		intern__exit(l, e->task.tid, e->ts_ns);
		if (e->task.group_dead)
			process__exit(l, e->task.tgid, e->ts_ns);
		return 0;
	case EVENT_MM_GONE:
		intern__mm_gone(l, e->task.mm, e->ts_ns);
		return 0;
	case EVENT_MARK:
		return feed_mark(l, e);
	case EVENT_PAGE:
		return settle__page(l, e->page);
	case EVENT_WRITEBACK:
		return settle__writeback(l, e->writeback);
	default:
		return 0;
	}
}

static bool is_ours(const struct event *e)
{
	return e->kind == EVENT_PIN || e->kind == EVENT_UNPIN || e->kind == EVENT_PUT ||
	       e->kind == EVENT_FORK || e->kind == EVENT_EXIT || e->kind == EVENT_MM_GONE ||
	       e->kind == EVENT_MARK || e->kind == EVENT_PAGE || e->kind == EVENT_WRITEBACK;
}

int ledger__feed(struct ledger *l, const struct event *e)
{
	u64 before = l->t.last_ts_ns;
	int err;

	if (!is_ours(e))
		return 0;
	if (e->ts_ns > l->t.last_ts_ns)
		l->t.last_ts_ns = e->ts_ns;
	err = feed_event(l, e);
	if (err) {
		l->t.last_ts_ns = before;
		return err;
	}
	pending__expire(l, false);
	assert(l->t.pinned_pages == l->t.ended_pages + l->t.open_pages);
	assert(l->t.released_pages + l->t.vanished_pages ==
	       l->t.ended_pages + l->t.unmatched_pages + l->t.pending_pages);
	return 0;
}

void ledger__totals(const struct ledger *l, struct ledger_totals *out)
{
	const struct pool *pools[] = { &l->runs,      &l->blocks,   &l->maps,	 &l->cells,
				       &l->calls,     &l->releases, &l->holders, &l->sites,
				       &l->processes, &l->pendings, &l->waiting };
	const struct table *tables[] = { &l->block_by_key,  &l->release_by_call,
					 &l->holder_by_tid, &l->holder_by_mm,
					 &l->site_by_key,   &l->process_by_tgid,
					 &l->pending_by_key };

	*out = l->t;
	out->bytes = sizeof(*l) + l->cap_unmatched * sizeof(*l->unmatched) + history__bytes(l) +
		     settle__bytes(l) + ids__bytes(l);
	for (size_t i = 0; i < sizeof(pools) / sizeof(*pools); i++)
		out->bytes += pool__bytes(pools[i]);
	for (size_t i = 0; i < sizeof(tables) / sizeof(*tables); i++)
		out->bytes += table__bytes(tables[i]);
}

int ledger__for_each_open(const struct ledger *l,
			  int (*fn)(const struct ledger_open *open, void *arg), void *arg)
{
	process__refresh(l);
	for (u32 i = 1; i < l->calls.top; i++) {
		const struct pin_call *c = call_at(l, i);
		const struct last_release *last;
		struct ledger_open open;
		int err;

		if (!c->site)
			continue;
		last = calls__last_release(l, i);
		open = (struct ledger_open){ .site = &site_at(l, c->site)->pub,
					     .call_id = c->call_id,
					     .ts_ns = c->ts_ns,
					     .bio = c->bio,
					     .pinned_pages = c->pinned,
					     .open_pages = c->open,
					     .worst_match = c->own.worst,
					     .last_release =
						     last && !last->r.put ? &last->r : NULL };
		err = fn(&open, arg);
		if (err)
			return err;
	}
	return 0;
}

int ledger__for_each_run(const struct ledger *l, u64 call_id,
			 int (*fn)(const struct rec_run *run, void *arg), void *arg)
{
	for (u32 call = ids__find(l, call_id, 0); call; call = ids__find(l, call_id, call)) {
		for (u32 i = call | OWN_RUN; i; i = runs__at(l, i)->call_next) {
			const struct open_run *r = runs__at(l, i);
			const struct block *b = block_at(l, r->block);
			struct rec_run run = { .pfn = key_base(b->key) + r->off,
					       .pages = r->len,
					       .order = r->order,
					       .flags = r->flags };
			int err = r->len ? fn(&run, arg) : 0;

			if (err)
				return err;
		}
	}
	return 0;
}

int ledger__for_each_site(const struct ledger *l,
			  int (*fn)(const struct ledger_site *site, void *arg), void *arg)
{
	process__refresh(l);
	for (u32 i = 1; i < l->sites.top; i++) {
		const struct site *s = site_at(l, i);
		int err;

		if (!s->holder || (!s->pub.calls && !s->pub.pinned_pages))
			continue;
		err = fn(&s->pub, arg);
		if (err)
			return err;
	}
	return 0;
}

int ledger__for_each_unmatched(const struct ledger *l,
			       int (*fn)(const struct ledger_unmatched *u, void *arg), void *arg)
{
	for (u32 i = 0; i < l->nr_unmatched; i++) {
		int err = fn(&l->unmatched[i], arg);

		if (err)
			return err;
	}
	return 0;
}
