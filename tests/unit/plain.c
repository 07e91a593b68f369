// SPDX-License-Identifier: GPL-2.0
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include "plain.h"

#define MIN_BITS 10

/* A pinned page, or one whose release waits for its pin. */
struct entry {
	u64 pfn;
	u64 ts_ns;
	u64 stack_id;
	u64 bio;
	u64 mm;
	u32 tid;
	u32 next;
	u16 api;
	u16 flags;
	u32 pad;
};

struct map {
	u32 *heads;
	u32 bits;
	u32 cnt;
};

struct plain {
	struct map pins, late;
	struct entry *entries; /* 1..top-1 were used; freed ones are a list */
	u32 cap, top, free;
	struct plain_totals t;
};

static const u8 family_of[HOOK_ID_MAX] = {
#define X(id, number, symbol, by, role, family, ...) [number] = HOOK_FAMILY_##family,
	PINACCT_HOOKS(X)
#undef X
};

static void *must(void *mem)
{
	if (!mem)
		abort();
	return mem;
}

static u32 *head_of(const struct map *m, u64 pfn)
{
	return &m->heads[pfn * 0x9e3779b97f4a7c15ull >> (64 - m->bits)];
}

static void map_init(struct map *m)
{
	m->bits = MIN_BITS;
	m->heads = must(calloc((size_t)1 << m->bits, sizeof(*m->heads)));
}

static void map_grow(struct plain *p, struct map *m)
{
	struct map old = *m;

	m->bits++;
	m->heads = must(calloc((size_t)1 << m->bits, sizeof(*m->heads)));
	for (size_t i = 0; i < (size_t)1 << old.bits; i++) {
		for (u32 idx = old.heads[i], next; idx; idx = next) {
			u32 *head = head_of(m, p->entries[idx].pfn);

			next = p->entries[idx].next;
			p->entries[idx].next = *head;
			*head = idx;
		}
	}
	free(old.heads);
}

struct plain *plain__new(void)
{
	struct plain *p = must(calloc(1, sizeof(*p)));

	map_init(&p->pins);
	map_init(&p->late);
	p->cap = 1024;
	p->entries = must(malloc(p->cap * sizeof(*p->entries)));
	p->top = 1;
	return p;
}

void plain__free(struct plain *p)
{
	free(p->pins.heads);
	free(p->late.heads);
	free(p->entries);
	free(p);
}

static void add(struct plain *p, struct map *m, u64 pfn, const struct event_call *c, u64 ts_ns)
{
	u32 idx = p->free, *head;

	if (idx) {
		p->free = p->entries[idx].next;
	} else {
		if (p->top == p->cap) {
			p->cap += p->cap / 2;
			p->entries = must(realloc(p->entries, p->cap * sizeof(*p->entries)));
		}
		idx = p->top++;
	}
	if (m->cnt >= (u64)1 << m->bits)
		map_grow(p, m);
	head = head_of(m, pfn);
	p->entries[idx] = (struct entry){ .pfn = pfn,
					  .ts_ns = ts_ns,
					  .stack_id = c->stack_id,
					  .bio = c->bio,
					  .mm = c->task.mm,
					  .tid = c->task.tid,
					  .api = c->api,
					  .flags = c->flags,
					  .next = *head };
	*head = idx;
	m->cnt++;
}

static void del(struct plain *p, struct map *m, u32 *link)
{
	u32 idx = *link;

	*link = p->entries[idx].next;
	p->entries[idx].next = p->free;
	p->free = idx;
	m->cnt--;
}

static int score_of(const struct entry *x, const struct event_call *c)
{
	return (c->bio && x->bio == c->bio) * 4 + (family_of[x->api] == family_of[c->api]) * 2 +
	       (c->task.mm && x->mm == c->task.mm && !(c->flags & PIN_F_IRQ));
}

/* Takes one pin off the page; of several the best, then the oldest. */
static bool take_page(struct plain *p, u64 pfn, const struct event_call *c, u64 ts_ns)
{
	u32 *best = NULL;
	int best_score = -1;

	for (u32 *link = head_of(&p->pins, pfn); *link; link = &p->entries[*link].next) {
		const struct entry *x = &p->entries[*link];
		int score;

		if (x->pfn != pfn)
			continue;
		score = score_of(x, c) + (x->ts_ns <= ts_ns) * 8;
		if (score > best_score ||
		    (score == best_score && x->ts_ns < p->entries[*best].ts_ns)) {
			best = link;
			best_score = score;
		}
	}
	if (!best)
		return false;
	del(p, &p->pins, best);
	p->t.open_pages--;
	p->t.ended_pages++;
	return true;
}

static void pin_page(struct plain *p, u64 pfn, const struct event_call *c, u64 ts_ns)
{
	p->t.pinned_pages++;
	for (u32 *link = p->late.cnt ? head_of(&p->late, pfn) : NULL; link && *link;
	     link = &p->entries[*link].next)
		if (p->entries[*link].pfn == pfn && p->entries[*link].ts_ns >= ts_ns) {
			del(p, &p->late, link);
			p->t.pending_pages--;
			p->t.ended_pages++;
			return;
		}
	add(p, &p->pins, pfn, c, ts_ns);
	p->t.open_pages++;
}

static void wait_for_pin(struct plain *p, u64 pfn, const struct event_call *c, u64 ts_ns)
{
	add(p, &p->late, pfn, c, ts_ns);
	p->t.pending_pages++;
}

static void unpin_folio(struct plain *p, const struct rec_run *r, const struct event_call *c,
			u64 ts_ns)
{
	u64 pages = r->order == RUN_ORDER_UNKNOWN ? 1 : (u64)1 << r->order, left = r->pages;
	u64 head = r->pfn & ~(pages - 1);

	for (u64 i = 0; i < pages && left; i++)
		while (left && take_page(p, head + i, c, ts_ns))
			left--;
	for (; left; left--)
		wait_for_pin(p, head, c, ts_ns);
}

static void unpin(struct plain *p, const struct rec_run *r, const struct event_call *c, u64 ts_ns)
{
	if (r->flags & RUN_FOLIO) {
		unpin_folio(p, r, c, ts_ns);
		return;
	}
	for (u64 i = 0; i < r->pages; i++)
		if (!take_page(p, r->pfn + i, c, ts_ns))
			wait_for_pin(p, r->pfn + i, c, ts_ns);
}

void plain__feed(struct plain *p, const struct event *e)
{
	const struct event_call *c = e->kind == EVENT_PIN ? &e->pin.call : &e->unpin.call;

	if (e->kind == EVENT_PIN) {
		for (u32 i = 0; i < c->nr_runs; i++)
			for (u64 page = 0; page < c->runs[i].pages; page++)
				pin_page(p, c->runs[i].pfn + page, c, e->ts_ns);
	} else if (e->kind == EVENT_UNPIN && !(c->flags & PIN_F_INNER)) {
		for (u32 i = 0; i < c->nr_runs; i++)
			unpin(p, &c->runs[i], c, e->ts_ns);
	}
}

void plain__totals(const struct plain *p, struct plain_totals *out)
{
	*out = p->t;
	out->bytes = sizeof(*p) + (u64)p->cap * sizeof(*p->entries) +
		     (((u64)1 << p->pins.bits) + ((u64)1 << p->late.bits)) * sizeof(u32);
}
