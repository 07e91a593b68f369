// SPDX-License-Identifier: GPL-2.0
/* Releases that no pin explains, and what was last settled at their pages. */
#include <stdlib.h>
#include "ledger/ledger_impl.h"

/* Sets of a few entries; the newest of a set replaces the oldest, roughly. */
#define HISTORY_WAYS	 4
#define HISTORY_SET_BITS 12
#define HISTORY_ENTRIES	 (HISTORY_WAYS << HISTORY_SET_BITS)

static struct history_entry *history_set(const struct ledger *l, u64 key)
{
	return &l->history[(hash_mix(key) >> (64 - HISTORY_SET_BITS)) * HISTORY_WAYS];
}

u64 history__bytes(const struct ledger *l)
{
	return l->history ? HISTORY_ENTRIES * sizeof(*l->history) : 0;
}

void history__note(struct ledger *l, u64 key, u64 pfn, u64 pages, const struct history *h)
{
	struct history_entry *e;

	if (!l->history)
		l->history = calloc(HISTORY_ENTRIES, sizeof(*l->history));
	if (!l->history)
		return; /* evidence only */
	e = &history_set(l, key)[l->history_turn++ % HISTORY_WAYS];
	*e = (struct history_entry){ .pfn = pfn, .pages = pages, .h = *h };
}

void history__find(const struct ledger *l, const struct span *s, u64 before_ns, struct history *out)
{
	u64 start, end;

	*out = (struct history){ 0 };
	if (!l->history)
		return;
	if (!folio_range(s->pfn, s->order, &start, &end))
		start = end = s->pfn;
	if (end < s->pfn + s->pages)
		end = s->pfn + s->pages;
	for (unsigned i = 0; i < HISTORY_WAYS; i++) {
		const struct history_entry *e = &history_set(l, s->key)[i];

		if (!e->pages || e->pfn >= end || e->pfn + e->pages <= start)
			continue;
		if (e->h.unpin_ts_ns <= before_ns && e->h.unpin_ts_ns >= out->unpin_ts_ns)
			*out = e->h;
	}
}

/* Where to keep one more: at the end, else, for a fault, in place of one that may be none. */
static struct ledger_unmatched *unmatched_slot(struct ledger *l, bool unknown_origin)
{
	if (l->nr_unmatched == l->cap_unmatched && l->cap_unmatched < l->opts.max_unmatched) {
		u32 cap = l->cap_unmatched ? 2 * l->cap_unmatched : 16;
		struct ledger_unmatched *more;

		if (cap > l->opts.max_unmatched)
			cap = l->opts.max_unmatched;
		more = realloc(l->unmatched, cap * sizeof(*more));
		if (more) {
			l->unmatched = more;
			l->cap_unmatched = cap;
		}
	}
	if (l->nr_unmatched < l->cap_unmatched)
		return &l->unmatched[l->nr_unmatched++];
	l->t.unmatched_dropped++;
	if (unknown_origin)
		return NULL;
	while (l->unmatched_faults < l->nr_unmatched &&
	       !l->unmatched[l->unmatched_faults].unknown_origin)
		l->unmatched_faults++;
	if (l->unmatched_faults == l->nr_unmatched)
		return NULL;
	return &l->unmatched[l->unmatched_faults++];
}

/* The pages right behind those of the last entry, of the same release: one entry. */
static bool goes_on(const struct ledger_unmatched *u, const struct release *r,
		    const struct rec_run *run, const struct history *h, bool unknown_origin,
		    bool nopin)
{
	return u->ts_ns == r->ts_ns && u->stack_id == r->stack_id && u->task.tid == r->task->tid &&
	       u->api == r->api && u->unknown_origin == unknown_origin && u->nopin == nopin &&
	       !(u->run.flags | run->flags) && u->run.pfn + u->run.pages == run->pfn &&
	       u->prev_pin_ts_ns == h->pin_ts_ns && u->prev_unpin_ts_ns == h->unpin_ts_ns &&
	       (u64)u->run.pages + run->pages <= UINT32_MAX;
}

static void add_one(struct ledger *l, const struct release *r, const struct rec_run *run,
		    const struct history *h, bool unknown_origin)
{
	bool nopin = settle__is_nopin(l, r->call_id, run);
	struct ledger_unmatched *u;

	l->t.unmatched_pages += run->pages;
	if (unknown_origin)
		l->t.unknown_origin_pages += run->pages;
	u = l->nr_unmatched ? &l->unmatched[l->nr_unmatched - 1] : NULL;
	if (u && goes_on(u, r, run, h, unknown_origin, nopin)) {
		u->run.pages += run->pages;
		return;
	}
	u = unmatched_slot(l, unknown_origin);
	if (!u)
		return;
	*u = (struct ledger_unmatched){ .ts_ns = r->ts_ns,
					.run = *run,
					.stack_id = r->stack_id,
					.task = *r->task,
					.api = r->api,
					.flags = r->flags,
					.unknown_origin = unknown_origin,
					.nopin = nopin,
					.prev_pin_ts_ns = h->pin_ts_ns,
					.prev_pin_stack_id = h->pin_stack_id,
					.prev_unpin_ts_ns = h->unpin_ts_ns,
					.prev_unpin_stack_id = h->unpin_stack_id };
}

/* How many of these pages may be of pins from before the hooks. */
static u64 unknown_part(const struct ledger *l, u64 pages, const struct history *h)
{
	u64 left = l->opts.preexisting_pages;

	if (left ==
	    UINT64_MAX) /* how many there were cannot be known: all but what we know better */
		return h->unpin_ts_ns || h->pin_ts_ns ? 0 : pages;
	left = left > l->t.unknown_origin_pages ? left - l->t.unknown_origin_pages : 0;
	return pages < left ? pages : left;
}

struct adding {
	const struct release *r;
	const struct history *h;
};

static void add_part(struct ledger *l, const struct span *part, bool unknown, void *arg)
{
	const struct adding *a = arg;
	struct rec_run run = {
		.pfn = part->pfn, .pages = part->pages, .order = part->order, .flags = part->flags
	};

	add_one(l, a->r, &run, a->h, unknown);
}

void unmatched__add(struct ledger *l, const struct release *r, const struct span *s,
		    const struct history *h)
{
	struct adding adding = { .r = r, .h = h };
	struct rec_run run = {
		.pfn = s->pfn, .pages = s->pages, .order = s->order, .flags = s->flags
	};
	u64 unknown;

	if (settle__is_nopin(l, r->call_id, &run)) {
		add_one(l, r, &run, h, false); /* there was no pin, of before or of now */
		return;
	}
	if (settle__base_known(l, r->ts_ns)) {
		settle__split_unmatched(l, s, add_part, &adding);
		return;
	}
	unknown = unknown_part(l, s->pages, h);
	if (unknown) {
		run.pages = unknown;
		add_one(l, r, &run, h, true);
	}
	if (unknown == s->pages)
		return;
	if (!(s->flags & RUN_FOLIO)) {
		run.pfn += unknown;
		run.order = order_behind(s->pfn, s->order, run.pfn);
	}
	run.pages = s->pages - unknown;
	add_one(l, r, &run, h, false);
}

void unmatched__deinit(struct ledger *l)
{
	free(l->history);
	free(l->unmatched);
}
