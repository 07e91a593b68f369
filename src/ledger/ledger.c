// SPDX-License-Identifier: GPL-2.0
/* Puts the parts together, shows each event to those that it concerns, and answers questions. */
#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include "ledger/ledger_parts.h"

#define NS_PER_SEC 1000000000ull

/* What a part needs of the others: each gets those that its header names. */
static void introduce_parts(struct ledger *l, const struct ledger_opts *opts)
{
	l->vanished.no_memory = l->history.no_memory = l->nopins.no_memory = &l->no_memory;
	l->before.no_memory = l->unmatched.no_memory = &l->no_memory;
	l->readings.no_memory = l->writebacks.no_memory = &l->no_memory;
	l->time.reorder_ns = opts->reorder_ns ? opts->reorder_ns : NS_PER_SEC;
	l->accounts.held_ns = opts->held_ns ? opts->held_ns : 10 * NS_PER_SEC;
	l->accounts.on_end = opts->ended;
	l->accounts.on_end_arg = opts->ended_arg;
	l->accounts.calls = &l->calls;
	l->accounts.sites = &l->sites;
	l->accounts.gone = &l->vanished;
	l->unmatched.max = opts->max_unmatched ? opts->max_unmatched : 4096;
	l->unmatched.preexisting_pages = opts->preexisting_pages;
	l->unmatched.before = &l->before;
	l->unmatched.nopins = &l->nopins;
	l->match.runs = &l->runs;
	l->match.calls = &l->calls;
	l->match.sites = &l->sites;
	l->match.accounts = &l->accounts;
	l->match.history = &l->history;
	l->releases.match = &l->match;
	l->releases.waiting = &l->waiting;
	l->releases.time = &l->time;
	l->page_events.match = &l->match;
	l->page_events.before = &l->before;
	l->page_events.readings = &l->readings;
	l->page_events.writebacks = &l->writebacks;
}

struct ledger *ledger__new(const struct ledger_opts *opts)
{
	static const struct ledger_opts defaults;
	struct ledger *l = calloc(1, sizeof(*l));

	if (!l)
		return errno = ENOMEM, NULL;
	introduce_parts(l, opts ? opts : &defaults);
	fold__init(&l->fold);
	if (open_calls__init(&l->calls) || open_runs__init(&l->runs, &l->calls) ||
	    waiting__init(&l->waiting, &l->history, &l->unmatched, &l->time) ||
	    processes__init(&l->processes, &l->time) || holders__init(&l->holders, &l->processes) ||
	    sites__init(&l->sites, &l->holders)) {
		ledger__free(l);
		return errno = ENOMEM, NULL;
	}
	return l;
}

void ledger__free(struct ledger *l)
{
	if (!l)
		return;
	writebacks__deinit(&l->writebacks);
	page_readings__deinit(&l->readings);
	waiting__deinit(&l->waiting);
	unmatched__deinit(&l->unmatched);
	before_start__deinit(&l->before);
	nopins__deinit(&l->nopins);
	history__deinit(&l->history);
	vanished__deinit(&l->vanished);
	open_runs__deinit(&l->runs);
	open_calls__deinit(&l->calls);
	sites__deinit(&l->sites);
	holders__deinit(&l->holders);
	processes__deinit(&l->processes);
	free(l);
}

/* 0 = no memory. */
static u32 site_of(struct ledger *l, const struct event *pin)
{
	u32 site = sites__recent(&l->sites, pin);

	if (site)
		return site;
	fold__run(&l->fold, &l->sites, &l->time);
	return sites__get(&l->sites, pin);
}

/* Room for all that the runs of a pin need. */
static int reserve_pin(struct ledger *l, const struct event_call *c)
{
	u64 pieces = 0;
	struct cut cut;
	struct span span;

	for (u32 i = 0; i < c->nr_runs; i++)
		for_each_span (&cut, &c->runs[i], &span)
			pieces++;
	if (pool__reserve(&l->runs.pool, pieces) || pool__reserve(&l->runs.blocks, pieces) ||
	    pool__reserve(&l->calls.pool, c->nr_runs + 1))
		return -ENOMEM;
	return 0;
}

/* Everything that can fail comes first: an event is taken whole or not at all. */
static int feed_pin(struct ledger *l, const struct event *e)
{
	const struct event_call *c = &e->pin.call;
	u64 pages = 0, before = l->accounts.pinned, until;
	u32 site = site_of(l, e), call = 0;
	struct cut cut;
	struct span span;

	if (!site || reserve_pin(l, c))
		return -ENOMEM;
	accounts__count_call(&l->accounts, e, site);
	for (u32 i = 0; i < c->nr_runs; i++)
		pages += c->runs[i].pages;
	if (pages && pages <= UINT32_MAX)
		call = accounts__pin(&l->accounts, e, site, 0, pages);
	for (u32 i = 0; i < c->nr_runs; i++) {
		if (pages > UINT32_MAX)
			call = accounts__pin(&l->accounts, e, site, call, c->runs[i].pages);
		for_each_span (&cut, &c->runs[i], &span)
			open_runs__add(&l->runs, &span, call);
	}
	until = l->accounts.ended + l->accounts.pinned - before;
	for (u32 i = 0; i < c->nr_runs && l->waiting.pages; i++)
		for_each_span (&cut, &c->runs[i], &span)
			releases__retry(&l->releases, &span, e->ts_ns, until);
	return 0;
}

static struct release release_of(const struct event *e)
{
	const struct event_call *c = &e->unpin.call;

	return (struct release){
		.task = &c->task,
		.ts_ns = e->ts_ns,
		.call_id = c->call_id,
		.stack_id = c->stack_id,
		.bio = c->bio,
		.mm = c->flags & PIN_F_IRQ ? 0 : c->task.mm,
		.api = c->api,
		.flags = c->flags,
		.family = open_calls__family(c->api),
	};
}

static int feed_unpin(struct ledger *l, const struct event *e)
{
	const struct event_call *c = &e->unpin.call;
	struct release r = release_of(e);

	if (c->flags & PIN_F_INNER) {
		for (u32 i = 0; i < c->nr_runs; i++)
			l->inner_pages += c->runs[i].pages;
		return 0;
	}
	if (releases__reserve(&l->releases, c->runs, c->nr_runs))
		return -ENOMEM;
	for (u32 i = 0; i < c->nr_runs; i++)
		if (c->runs[i].flags & RUN_NOPIN)
			nopins__add(&l->nopins, c->call_id, &c->runs[i]);
	l->unpin_calls += !(c->flags & PIN_F_NEXT);
	releases__add(&l->releases, &r, c->runs, c->nr_runs);
	return 0;
}

/*
 * References were put, of a bio's pages, or of a page that lost a pin's reference by it
 * (--page-ref). What was pinned should have been unpinned: who did this is kept, in case that the
 * pages say so at the end. When they are unpinned after all, that release takes its place.
 */
static void feed_put(struct ledger *l, const struct event *e)
{
	const struct event_call *c = &e->unpin.call;
	const struct release r = release_of(e);
	struct span span;
	struct cut cut;

	if (!c->bio && !hook_is_ref(c->api))
		return;
	for (u32 i = 0; l->accounts.open_calls && i < c->nr_runs; i++)
		for_each_span (&cut, &c->runs[i], &span)
			page_events__put(&l->page_events, &r, &span);
}

static int feed_mark(struct ledger *l, const struct event *e)
{
	if (e->mark->mark == MARK_CMD_START)
		return processes__set_root(&l->processes, e->mark->value);
	if (e->mark->mark == MARK_END)
		waiting__expire(&l->waiting, true);
	if (e->mark->mark == MARK_SCANNED)
		before_start__scanned(&l->before, e->mark->value == 1, e->ts_ns);
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
		return processes__fork(&l->processes, e->task.tgid, e->task.parent, e->ts_ns);
	case EVENT_EXIT:
		holders__exit(&l->holders, e->task.tid, e->ts_ns);
		if (e->task.group_dead)
			processes__exit(&l->processes, e->task.tgid, e->ts_ns);
		return 0;
	case EVENT_MM_GONE:
		holders__mm_gone(&l->holders, e->task.mm, e->ts_ns);
		return 0;
	case EVENT_MARK:
		return feed_mark(l, e);
	case EVENT_PAGE:
		return page_events__page(&l->page_events, e->page);
	case EVENT_WRITEBACK:
		page_events__writeback(&l->page_events, e->writeback);
		return 0;
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
	u64 before = l->time.latest_ns;
	int err;

	if (!is_ours(e))
		return 0;
	if (e->ts_ns > l->time.latest_ns)
		l->time.latest_ns = e->ts_ns;
	err = feed_event(l, e);
	if (err) {
		l->time.latest_ns = before;
		return err;
	}
	waiting__expire(&l->waiting, false);
	assert(l->accounts.pinned == l->accounts.ended + l->accounts.open);
	assert(l->releases.pages + l->accounts.vanished ==
	       l->accounts.ended + l->unmatched.pages + l->waiting.pages);
	return l->no_memory ? -ENOMEM : 0;
}

static u64 bytes_of(const struct ledger *l)
{
	return sizeof(*l) + processes__bytes(&l->processes) + holders__bytes(&l->holders) +
	       sites__bytes(&l->sites) + open_calls__bytes(&l->calls) + open_runs__bytes(&l->runs) +
	       vanished__bytes(&l->vanished) + history__bytes(&l->history) +
	       nopins__bytes(&l->nopins) + before_start__bytes(&l->before) +
	       unmatched__bytes(&l->unmatched) + waiting__bytes(&l->waiting) +
	       page_readings__bytes(&l->readings) + writebacks__bytes(&l->writebacks);
}

void ledger__totals(const struct ledger *l, struct ledger_totals *out)
{
	const struct accounts *a = &l->accounts;

	*out = (struct ledger_totals){
		.pin_calls = a->pin_calls,
		.pinned_pages = a->pinned,
		.unpin_calls = l->unpin_calls,
		.released_pages = l->releases.pages,
		.ended_pages = a->ended,
		.open_pages = a->open,
		.open_calls = a->open_calls,
		.open_runs = l->runs.cnt,
		.pending_pages = l->waiting.pages,
		.unmatched_pages = l->unmatched.pages,
		.unknown_origin_pages = l->unmatched.unknown_origin_pages,
		.unmatched_dropped = l->unmatched.dropped,
		.inner_pages = l->inner_pages,
		.vanished_pages = a->vanished,
		.vanished_dropped = l->vanished.dropped,
		.page_readings = l->page_events.folios,
		.base_pages = l->before.pins,
		.base_known = l->before.known,
		.last_ts_ns = l->time.latest_ns,
		.bytes = bytes_of(l),
	};
	for (unsigned i = 0; i < LEDGER_MATCH_MAX; i++)
		out->match_pages[i] = a->by_match[i];
}

int ledger__for_each_open(const struct ledger *l,
			  int (*fn)(const struct ledger_open *open, void *arg), void *arg)
{
	holders__refresh(&l->holders);
	for (u32 i = 1; i < l->calls.pool.top; i++) {
		const struct pin_call *c = open_calls__at(&l->calls, i);
		const struct last_release *last;
		struct ledger_open open;
		int err;

		if (!c->site)
			continue;
		last = open_calls__last_release(&l->calls, i);
		open = (struct ledger_open){ .site = &sites__at(&l->sites, c->site)->pub,
					     .call = i,
					     .call_id = c->call_id,
					     .ts_ns = c->ts_ns,
					     .bio = c->bio,
					     .pinned_pages = c->pinned,
					     .open_pages = c->open,
					     .worst_match = c->own.worst,
					     .last_release = last && !last->r.put ? &last->r : NULL,
					     .contested = open_calls__contested(&l->calls, i) };
		err = fn(&open, arg);
		if (err)
			return err;
	}
	return 0;
}

int ledger__for_each_run(const struct ledger *l, u32 call,
			 int (*fn)(const struct rec_run *run, void *arg), void *arg)
{
	if (!call || call >= l->calls.pool.top || !open_calls__at(&l->calls, call)->site)
		return 0;
	for (u32 i = call | OWN_RUN; i; i = open_runs__at(&l->runs, i)->call_next) {
		const struct open_run *r = open_runs__at(&l->runs, i);
		const struct block *b = block_at(&l->runs, r->block);
		struct rec_run run = { .pfn = key_base(b->key) + r->off,
				       .pages = r->len,
				       .order = r->order,
				       .flags = r->flags };
		int err = r->len ? fn(&run, arg) : 0;

		if (err)
			return err;
	}
	return 0;
}

int ledger__for_each_site(const struct ledger *l,
			  int (*fn)(const struct ledger_site *site, void *arg), void *arg)
{
	holders__refresh(&l->holders);
	for (u32 i = 1; i < l->sites.pool.top; i++) {
		const struct site *s = sites__at(&l->sites, i);
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
	for (size_t i = 0; i < l->unmatched.nr; i++) {
		int err = fn(&l->unmatched.list[i], arg);

		if (err)
			return err;
	}
	return 0;
}

int ledger__for_each_base(const struct ledger *l,
			  int (*fn)(const struct ledger_base *base, void *arg), void *arg)
{
	return before_start__for_each(&l->before, fn, arg);
}

int ledger__for_each_vanished(const struct ledger *l,
			      int (*fn)(const struct ledger_vanished *v, void *arg), void *arg)
{
	return vanished__for_each(&l->vanished, fn, arg);
}

int ledger__for_each_writeback(const struct ledger *l,
			       int (*fn)(const struct ledger_writeback *w, void *arg), void *arg)
{
	return writebacks__for_each(&l->writebacks, fn, arg);
}

bool ledger__page(const struct ledger *l, u64 pfn, struct rec_page *out, u64 *next)
{
	/* They are put in order when first asked for, which nobody can see. */
	return page_readings__find((struct page_readings *)&l->readings, pfn, out, next);
}

bool ledger__contradicts(const struct ledger *l, const struct rec_page *page)
{
	return page_events__contradicts(&l->page_events, page);
}

u64 ledger__base_pins(const struct ledger *l, u64 pfn)
{
	return before_start__pins(&l->before, pfn);
}
