// SPDX-License-Identifier: GPL-2.0
/* Rules about releases, and about the run as a whole. */
#include <inttypes.h>
#include <stdio.h>
#include "judge/evidence.h"
#include "audit/filter.h"
#include "judge/rules_impl.h"

/* Faults among the unmatched releases that the ledger still knows in detail. */
struct unmatched_walk {
	struct eval *e;
	u64 listed_pages;
	struct ledger_unmatched last;
};

/* The ledger lists parts; those of one release follow one another, and have its time. */
static bool same_call(const struct ledger_unmatched *a, const struct ledger_unmatched *b)
{
	return a->ts_ns == b->ts_ns && a->task.tid == b->task.tid && a->api == b->api &&
	       a->stack_id == b->stack_id;
}

static int take_unmatched(const struct ledger_unmatched *u, void *arg)
{
	struct unmatched_walk *walk = arg;
	struct eval *e = walk->e;
	struct finding one = {
		.id = FINDING_UNPIN_UNMATCHED,
		.pages = u->run.pages,
		.calls = 1,
		.first_ns = u->ts_ns,
		.age_ns = eval__since(e, u->ts_ns),
		.holder = u->task,
		.api = u->api,
		.flags = u->flags,
		.stack_id = u->stack_id,
		.release_stack_id = u->prev_unpin_stack_id,
		.release_ts_ns = u->prev_unpin_ts_ns,
		.prev_stack_id = u->prev_pin_stack_id,
		.sample = u->run,
	};
	struct finding *oldest;
	int err;

	if (u->unknown_origin)
		return 0;
	/* the pin was lost: the witnesses say so. What the page itself contradicts stands. */
	if (e->trust.loss_explained && !u->nopin)
		return 0;
	if (u->nopin && !u->prev_unpin_ts_ns)
		one.id = FINDING_GET_UNPIN;
	if (walk->listed_pages && same_call(&walk->last, u))
		one.calls = 0;
	walk->last = *u;
	walk->listed_pages += u->run.pages;
	if (!filter__release(&e->filter, u))
		return 0;
	err = grouping__add(&e->found, &one, 0, &oldest);
	if (oldest)
		evidence__unmatched(oldest, u);
	return err;
}

/* The ledger keeps so many in detail and no more; the others must not get lost without a word. */
static int add_unlisted(struct eval *e, u64 pages)
{
	const struct finding one = {
		.id = FINDING_UNPIN_UNMATCHED,
		.pages = pages,
		.calls = 1,
	};
	struct finding *oldest;
	int err = grouping__add(&e->found, &one, 0, &oldest);

	if (oldest)
		snprintf(oldest->evidence, sizeof(oldest->evidence),
			 "%" PRIu64 " pages in releases too many to keep in detail", pages);
	return err;
}

int find_unmatched(struct eval *e)
{
	struct unmatched_walk walk = { .e = e };
	struct ledger_totals totals;
	u64 faulty;
	int err;

	err = ledger__for_each_unmatched(e->ledger, take_unmatched, &walk);
	if (err)
		return err;
	ledger__totals(e->ledger, &totals);
	faulty = totals.unmatched_pages - totals.unknown_origin_pages;
	if (totals.unmatched_dropped && !e->trust.loss_explained && faulty > walk.listed_pages)
		return add_unlisted(e, faulty - walk.listed_pages);
	return 0;
}

int find_unreconciled(struct eval *e)
{
	const struct witness *w = &e->trust.witness;
	struct finding one = { .id = FINDING_UNRECONCILED, .calls = 1 };
	struct finding *oldest;
	int err;

	if (!w->unexplained || e->trust.loss_explained)
		return 0;
	one.pages = w->unexplained < 0 ? -(u64)w->unexplained : (u64)w->unexplained;
	err = grouping__add(&e->found, &one, 0, &oldest);
	if (oldest)
		evidence__unreconciled(oldest, w);
	return err;
}
