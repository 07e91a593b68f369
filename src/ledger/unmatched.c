// SPDX-License-Identifier: GPL-2.0
#include <stdlib.h>
#include "ledger/bounded_list.h"
#include "ledger/unmatched.h"

void unmatched__deinit(struct unmatched *u)
{
	free(u->list);
}

u64 unmatched__bytes(const struct unmatched *u)
{
	return u->cap * sizeof(*u->list);
}

/* Where to keep one more: at the end, else, for a fault, in place of one that may be none. */
static struct ledger_unmatched *free_entry(struct unmatched *u, bool unknown_origin)
{
	if (bounded_list__grow((void **)&u->list, &u->cap, u->nr, u->max, sizeof(*u->list),
			       u->no_memory))
		return &u->list[u->nr++];
	u->dropped++;
	if (unknown_origin)
		return NULL;
	while (u->faults < u->nr && !u->list[u->faults].unknown_origin)
		u->faults++;
	if (u->faults == u->nr)
		return NULL;
	return &u->list[u->faults++];
}

/* The pages right behind those of the last entry, of the same release: one entry. */
static bool goes_on(const struct ledger_unmatched *last, const struct ledger_unmatched *next)
{
	return last->ts_ns == next->ts_ns && last->stack_id == next->stack_id &&
	       last->task.tid == next->task.tid && last->api == next->api &&
	       last->unknown_origin == next->unknown_origin && last->nopin == next->nopin &&
	       !(last->run.flags | next->run.flags) &&
	       last->run.pfn + last->run.pages == next->run.pfn &&
	       last->prev_pin_ts_ns == next->prev_pin_ts_ns &&
	       last->prev_unpin_ts_ns == next->prev_unpin_ts_ns &&
	       (u64)last->run.pages + next->run.pages <= UINT32_MAX;
}

static void add_one(struct unmatched *u, const struct release *r, const struct rec_run *run,
		    const struct past_pin *pin, bool unknown_origin)
{
	const struct ledger_unmatched one = { .ts_ns = r->ts_ns,
					      .run = *run,
					      .stack_id = r->stack_id,
					      .task = *r->task,
					      .api = r->api,
					      .flags = r->flags,
					      .unknown_origin = unknown_origin,
					      .nopin = nopins__has(u->nopins, r->call_id, run),
					      .prev_pin_ts_ns = pin->pin_ts_ns,
					      .prev_pin_stack_id = pin->pin_stack_id,
					      .prev_unpin_ts_ns = pin->unpin_ts_ns,
					      .prev_unpin_stack_id = pin->unpin_stack_id };
	struct ledger_unmatched *entry;

	u->pages += run->pages;
	if (unknown_origin)
		u->unknown_origin_pages += run->pages;
	if (u->nr && goes_on(&u->list[u->nr - 1], &one)) {
		u->list[u->nr - 1].run.pages += run->pages;
		return;
	}
	entry = free_entry(u, unknown_origin);
	if (entry)
		*entry = one;
}

/* How many of these pages may be of pins from before the hooks, when only their number is known. */
static u64 unknown_part(const struct unmatched *u, u64 pages, const struct past_pin *pin)
{
	u64 left = u->preexisting_pages;

	if (left == UINT64_MAX) /* not even that: all pages of which no other pin is known */
		return pin->unpin_ts_ns || pin->pin_ts_ns ? 0 : pages;
	left = left > u->unknown_origin_pages ? left - u->unknown_origin_pages : 0;
	return pages < left ? pages : left;
}

struct adding {
	struct unmatched *u;
	const struct release *r;
	const struct past_pin *pin;
};

static void add_part(void *arg, const struct span *part, bool from_before)
{
	const struct adding *a = arg;
	struct rec_run run = {
		.pfn = part->pfn, .pages = part->pages, .order = part->order, .flags = part->flags
	};

	add_one(a->u, a->r, &run, a->pin, from_before);
}

void unmatched__add(struct unmatched *u, const struct release *r, const struct span *s,
		    const struct past_pin *pin)
{
	struct adding adding = { .u = u, .r = r, .pin = pin };
	struct rec_run run = {
		.pfn = s->pfn, .pages = s->pages, .order = s->order, .flags = s->flags
	};
	u64 unknown;

	if (nopins__has(u->nopins, r->call_id, &run)) {
		add_one(u, r, &run, pin, false); /* there was no pin, of before or of now */
		return;
	}
	if (before_start__known(u->before, r->ts_ns)) {
		before_start__split(u->before, s, add_part, &adding);
		return;
	}
	unknown = unknown_part(u, s->pages, pin);
	if (unknown) {
		run.pages = unknown;
		add_one(u, r, &run, pin, true);
	}
	if (unknown == s->pages)
		return;
	if (!(s->flags & RUN_FOLIO)) {
		run.pfn += unknown;
		run.order = order_behind(s->pfn, s->order, run.pfn);
	}
	run.pages = s->pages - unknown;
	add_one(u, r, &run, pin, false);
}
