// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include "base/clock.h"
#include "base/compare.h"
#include "report/flame_cost.h"

struct numbered {
	const struct ledger_site *site;
	size_t number;
};

struct tally {
	const struct report *r;
	const struct flame_opts *o;
	struct numbered *sites; /* by address */
	u64 *costs;
};

static int by_address(const void *a, const void *b)
{
	const struct numbered *x = a, *y = b;

	COMPARE((uintptr_t)x->site, (uintptr_t)y->site);
	return 0;
}

static u64 page_msec(u64 pages, u64 ns)
{
	return (double)pages * (double)ns / NSEC_PER_MSEC;
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
	default: /* what is held is no sum over calls */
		return 0;
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
	free(t->sites);
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
	else if (o->cost == FLAME_HELD)
		for (size_t i = 0; i < r->nr_sites; i++)
			t.costs[i] = report__held_bytes(r, r->sites[i]);
	/* what is open has been held until now: page-seconds of a run are of all its pins */
	if (r->nr_sites && (o->scope == FLAME_OPEN || o->cost == FLAME_PAGE_SECONDS))
		err = add_open_pins(&t);
	if (err) {
		free(*costs);
		*costs = NULL;
	}
	return err;
}
