// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include "base/clock.h"
#include "base/compare.h"
#include "report/flame_cost.h"

#define PAGE_BYTES_DEFAULT 4096

/* Pages that a site keeps in place, [start, end): whole folios where their order is known. */
struct span {
	size_t site;
	u64 start, end;
};

struct numbered {
	const struct ledger_site *site;
	size_t number;
};

struct tally {
	const struct report *r;
	const struct flame_opts *o;
	struct numbered *sites; /* by address */
	u64 *costs;
	struct span *spans;
	size_t nr_spans, cap;
	size_t site; /* whose runs are walked */
};

static int by_address(const void *a, const void *b)
{
	const struct numbered *x = a, *y = b;

	COMPARE((uintptr_t)x->site, (uintptr_t)y->site);
	return 0;
}

static int by_place(const void *a, const void *b)
{
	const struct span *x = a, *y = b;

	COMPARE(x->site, y->site);
	COMPARE(x->start, y->start);
	COMPARE(x->end, y->end);
	return 0;
}

static u64 page_bytes(const struct report *r)
{
	return r->meta && r->meta->page_bytes ? r->meta->page_bytes : PAGE_BYTES_DEFAULT;
}

static u64 page_msec(u64 pages, u64 ns)
{
	return (double)pages * (double)ns / NSEC_PER_MSEC;
}

/* The folio of the first page is known; what follows it in the run has the same order, or 0. */
static int add_span(const struct rec_run *run, void *arg)
{
	struct tally *t = arg;
	u64 folio = run->order < 63 ? (u64)1 << run->order : 1;
	u64 end = run->flags & RUN_FOLIO ? run->pfn + 1 : run->pfn + run->pages;

	if (t->nr_spans == t->cap) {
		size_t cap = t->cap ? 2 * t->cap : 256;
		struct span *spans = reallocarray(t->spans, cap, sizeof(*spans));

		if (!spans)
			return -ENOMEM;
		t->spans = spans;
		t->cap = cap;
	}
	t->spans[t->nr_spans++] =
		(struct span){ t->site, run->pfn & ~(folio - 1), (end + folio - 1) & ~(folio - 1) };
	return 0;
}

static int add_open(const struct ledger_open *open, void *arg)
{
	struct tally *t = arg;
	struct numbered key = { .site = open->site }, *found;

	found = bsearch(&key, t->sites, t->r->nr_sites, sizeof(*t->sites), by_address);
	if (!found)
		return 0; /* filtered */
	switch (t->o->cost) {
	case FLAME_PAGES:
		t->costs[found->number] += open->open_pages;
		return 0;
	case FLAME_PINS:
		t->costs[found->number]++;
		return 0;
	case FLAME_PAGE_SECONDS:
		if (t->r->end_ns > open->ts_ns)
			t->costs[found->number] +=
				page_msec(open->open_pages, t->r->end_ns - open->ts_ns);
		return 0;
	default:
		t->site = found->number;
		return ledger__for_each_run(session__ledger(t->r->session), open->call_id, add_span,
					    t);
	}
}

/* Spans of one site that overlap are memory that is held once. */
static void add_held(struct tally *t)
{
	u64 end = 0;

	if (t->nr_spans)
		qsort(t->spans, t->nr_spans, sizeof(*t->spans), by_place);
	for (size_t i = 0; i < t->nr_spans; i++) {
		const struct span *s = &t->spans[i];

		if (i && s[-1].site != s->site)
			end = 0;
		if (s->end <= end)
			continue;
		t->costs[s->site] +=
			(s->end - (s->start > end ? s->start : end)) * page_bytes(t->r);
		end = s->end;
	}
}

static int add_open_pins(struct tally *t)
{
	int err;

	t->sites = calloc(t->r->nr_sites, sizeof(*t->sites));
	if (!t->sites)
		return -ENOMEM;
	for (size_t i = 0; i < t->r->nr_sites; i++)
		t->sites[i] = (struct numbered){ t->r->sites[i], i };
	qsort(t->sites, t->r->nr_sites, sizeof(*t->sites), by_address);
	err = ledger__for_each_open(session__ledger(t->r->session), add_open, t);
	if (!err)
		add_held(t);
	free(t->sites);
	free(t->spans);
	return err;
}

static u64 cost_of_run(const struct ledger_site *site, enum flame_cost cost)
{
	switch (cost) {
	case FLAME_PAGES:
		return site->pinned_pages;
	case FLAME_PINS:
		return site->calls;
	default:
		return site->page_seconds * 1000;
	}
}

int flame_cost__sites(const struct report *r, const struct flame_opts *o, u64 **costs)
{
	struct tally t = { .r = r, .o = o };
	int err = 0;

	*costs = calloc(r->nr_sites + 1, sizeof(**costs));
	if (!*costs)
		return -ENOMEM;
	t.costs = *costs;
	if (o->scope == FLAME_RUN)
		for (size_t i = 0; i < r->nr_sites; i++)
			t.costs[i] = cost_of_run(r->sites[i], o->cost);
	/* what is open has been held until now: page-seconds of a run are of all its pins */
	if (r->nr_sites && (o->scope == FLAME_OPEN || o->cost == FLAME_PAGE_SECONDS))
		err = add_open_pins(&t);
	if (err) {
		free(*costs);
		*costs = NULL;
	}
	return err;
}
