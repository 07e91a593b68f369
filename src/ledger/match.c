// SPDX-License-Identifier: GPL-2.0
/*
 * Several candidates are told apart by a score, its bits the rules in their order. Among equal
 * scores the one that was pinned first wins.
 */
#include "ledger/match.h"

#define SCORE_TIME   16 /* pinned before the release began: others cannot be meant */
#define SCORE_BIO    8
#define SCORE_FAMILY 4
#define SCORE_MM     2
#define SCORE_GONE   1
#define NO_SCORE     (-1)

/* So many candidates are compared at most; the oldest come first on a list. */
#define CANDIDATES_MAX 4096

/* What is looked for: pages [start, end) by identity, or pins of the folio there. */
struct want {
	struct release *r;
	u64 start, end;
	u64 base; /* of the block */
	u8 order; /* of the folio; unknown: whichever folio holds `start` */
	bool pages;
	bool one_page; /* of a list of pages, its folio not known */
};

/* The pages of one run that answer a want, and the folio that makes them one. */
struct part {
	u64 start, end;
	u64 folio;
	u8 order;
};

struct pick {
	u32 *tail;
	u32 prev, run; /* 0 = no candidate */
	u32 call;
	int score; /* NO_SCORE while there is nothing to compare with */
	int rival; /* best score of another call; NO_SCORE = none */
	u32 rival_call;
	u64 end;    /* the choice holds for pages [want.start, end) */
	u32 looked; /* candidates seen */
	u32 parts;  /* runs with pins of the wanted folio; 2 = two or more */
};

static int score_of(const struct match *m, const struct release *r, const struct pin_call *c)
{
	const struct ledger_holder *holder = sites__at(m->sites, c->site)->pub.holder;
	int score = r->ts_ns >= c->ts_ns ? SCORE_TIME : 0;

	if (r->bio && c->bio == r->bio)
		score |= SCORE_BIO;
	if (c->own.family == r->family)
		score |= SCORE_FAMILY;
	/* An address space that is gone releases nothing; its number may be another's by now. */
	if (holder->mm_gone_ns && holder->mm_gone_ns <= r->ts_ns)
		score |= SCORE_GONE;
	else if (r->mm && holder->task.mm == r->mm)
		score |= SCORE_MM;
	return score;
}

static enum ledger_match how(const struct pick *p)
{
	int differ = p->score ^ p->rival;

	if (p->rival == NO_SCORE || differ & SCORE_TIME)
		return LEDGER_MATCH_ONLY;
	if (p->score & SCORE_BIO)
		return LEDGER_MATCH_BIO;
	if (differ & SCORE_FAMILY)
		return LEDGER_MATCH_FAMILY;
	if (differ & SCORE_MM)
		return LEDGER_MATCH_MM;
	if (differ & SCORE_GONE)
		return LEDGER_MATCH_GONE;
	return LEDGER_MATCH_OLDEST;
}

/* No other candidate could change the choice, nor what it is called. */
static bool is_decided(const struct match *m, const struct want *w, const struct pick *p)
{
	bool some_gone = m->sites->holders->nr_gone;
	int best = SCORE_TIME | SCORE_FAMILY;

	best |= w->r->mm ? SCORE_MM : some_gone ? SCORE_GONE : 0;

	if (p->looked >= CANDIDATES_MAX)
		return true;
	if (p->rival == NO_SCORE || !(p->score & SCORE_TIME))
		return false;
	return p->score & SCORE_BIO || (!w->r->bio && p->score == best && p->rival == best);
}

/* Does the run hold pins of the wanted folio, and which? */
static bool part_of(const struct want *w, const struct open_run *r, struct part *out)
{
	u64 start = w->base + r->off, end = start + r->len;
	u64 folio, folio_end;
	bool known = folio_range(start, r->order, &folio, &folio_end);

	*out = (struct part){ w->start, w->end, w->start, w->order };
	/* Of two orders the larger one is right: it was read from the folio itself. */
	if (known && folio < w->end && folio_end > w->start &&
	    (w->order == RUN_ORDER_UNKNOWN || r->order > w->order))
		*out = (struct part){ folio, folio_end, folio, r->order };
	if (r->flags & RUN_FOLIO && known) {
		start = folio;
		end = folio_end;
	}
	if (start >= out->end || end <= out->start)
		return false;
	if (start > out->start)
		out->start = start;
	if (end < out->end)
		out->end = end;
	return true;
}

static void consider(const struct match *m, const struct want *w, u32 call, u32 *tail, u32 prev,
		     u32 run, struct pick *p)
{
	int score = NO_SCORE;

	if (call == p->call && p->run)
		return;
	if (p->run || w->r->late)
		score = score_of(m, w->r, open_calls__at(m->calls, call));
	if (w->r->late && !(score & SCORE_TIME))
		return;
	p->looked++;
	if (p->run && p->score == NO_SCORE)
		p->score = score_of(m, w->r, open_calls__at(m->calls, p->call));
	if (p->run && (score < p->score ||
		       (score == p->score && open_calls__at(m->calls, call)->ts_ns >=
						     open_calls__at(m->calls, p->call)->ts_ns))) {
		if (score > p->rival) {
			p->rival = score;
			p->rival_call = call;
		}
		return;
	}
	p->rival = p->run ? p->score : NO_SCORE;
	p->rival_call = p->call;
	p->tail = tail;
	p->prev = prev;
	p->run = run;
	p->call = call;
	p->score = score;
}

/* Runs that hold page want->start. Narrows pick->end to where the answer changes. */
static void look_for_page(const struct match *m, const struct want *w, u32 *tail, struct pick *p)
{
	bool one = w->end - w->start == 1;
	u32 at = w->start - w->base; /* offsets in a block have 32 bits */
	u32 prev, idx = *tail;
	const struct open_run *r = open_runs__at(m->runs, idx);

	do {
		u64 end;

		prev = idx;
		idx = r->next;
		r = open_runs__at(m->runs, idx);
		if (at - r->off >= r->len) { /* wraps when the run begins behind `at` */
			if (!one && r->off > at && w->base + r->off < p->end &&
			    !(r->flags & RUN_FOLIO))
				p->end = w->base + r->off;
			continue;
		}
		if (r->flags & RUN_FOLIO)
			continue;
		end = w->base + r->off + r->len;
		if (end < p->end)
			p->end = end;
		consider(m, w, open_runs__call(m->runs, idx), tail, prev, idx, p);
		if (one && is_decided(m, w, p))
			return;
	} while (idx != *tail);
}

/* Runs that hold pins of the wanted folio. */
static void look_for_folio(const struct match *m, const struct want *w, u32 *tail, struct pick *p)
{
	u32 prev, idx = *tail;
	const struct open_run *r = open_runs__at(m->runs, idx);
	struct part part;

	do {
		prev = idx;
		idx = r->next;
		r = open_runs__at(m->runs, idx);
		if (!part_of(w, r, &part))
			continue;
		p->parts++;
		consider(m, w, open_runs__call(m->runs, idx), tail, prev, idx, p);
		if (is_decided(m, w, p)) {
			p->parts = 2; /* there may be more: nobody looked */
			return;
		}
	} while (idx != *tail);
}

static void look_at_list(const struct match *m, const struct want *w, u32 *tail, struct pick *p)
{
	if (!*tail)
		return;
	if (w->pages)
		look_for_page(m, w, tail, p);
	else
		look_for_folio(m, w, tail, p);
}

/* Bits [first, last] of a word. */
static u64 bits_between(unsigned first, unsigned last)
{
	return (~(u64)0 >> (63 - last)) & (~(u64)0 << first);
}

/* One page can only be in its cell. */
static void look_at_cell(const struct match *m, const struct want *w, const struct block *b,
			 struct pick *p)
{
	struct cells *c = block_cells(m->runs, b);
	u64 i = (w->start - w->base) >> cell_bits(b);

	if (i < CELLS && c->tail[i])
		look_for_page(m, w, &c->tail[i], p);
}

static void look_at_cells(const struct match *m, const struct want *w, const struct block *b,
			  struct pick *p)
{
	unsigned bits = cell_bits(b);
	struct cells *c = block_cells(m->runs, b);
	u64 first = (w->start - w->base) >> bits, last = (w->end - 1 - w->base) >> bits;
	u64 todo;

	if (last >= CELLS)
		last = CELLS - 1;
	if (first > last)
		return;
	todo = c->used & bits_between(first, last);
	/* A run's folio may reach to `start` though the run itself does not. */
	if (!w->pages && w->order == RUN_ORDER_UNKNOWN)
		todo = c->used;
	for (; todo; todo &= todo - 1) {
		unsigned i = __builtin_ctzll(todo);
		u64 cell_start = w->base + ((u64)i << bits);

		if (!c->tail[i]) {
			c->used &= ~((u64)1 << i);
			continue;
		}
		if (w->pages && cell_start >= p->end)
			break;
		if (w->pages && cell_start > w->start) {
			/*
			 * What begins in that cell may narrow the choice: end it there rather than
			 * look.
			 */
			p->end = cell_start;
			break;
		}
		look_at_list(m, w, &c->tail[i], p);
	}
}

static bool sole_on_list(const struct match *m, const struct want *w, u32 *tail, struct pick *p)
{
	u32 at = w->start - w->base, prev, idx = *tail;
	const struct open_run *r;
	u64 end;

	if (!idx)
		return false;
	r = open_runs__at(m->runs, idx);
	do {
		prev = idx;
		idx = r->next;
		r = open_runs__at(m->runs, idx);
		if (at - r->off >= r->len || r->flags & RUN_FOLIO)
			continue;
		end = w->base + r->off + r->len;
		if (end < p->end)
			p->end = end;
		consider(m, w, open_runs__call(m->runs, idx), tail, prev, idx, p);
		return true;
	} while (idx != *tail);
	return false;
}

/* In a block where no page is pinned twice. */
static void pick_sole(const struct match *m, const struct want *w, struct block *b,
		      const struct page_map *map, struct pick *p)
{
	struct cells *c = block_cells(m->runs, b);
	u32 at = w->start - w->base, next = page_map__next(map, at);

	if (next > at) {
		if (next < BLOCK_PAGES && w->base + next < p->end)
			p->end = w->base + next;
		return;
	}
	if (!c || !sole_on_list(m, w, &c->tail[at >> cell_bits(b)], p))
		sole_on_list(m, w, &b->tail, p);
}

/* The best run of the block, p->run. */
static void pick_run(const struct match *m, const struct want *w, u32 block, struct pick *p)
{
	struct block *b = block_at(m->runs, block);
	bool one = !w->pages || w->end - w->start == 1;
	const struct page_map *map = w->pages ? block_map(m->runs, b) : NULL;

	p->run = 0;
	p->call = 0;
	p->score = p->rival = NO_SCORE;
	p->rival_call = 0;
	p->end = w->end;
	p->looked = 0;
	p->parts = 0;
	if (map) {
		pick_sole(m, w, b, map, p);
		return;
	}
	look_at_list(m, w, &b->tail, p);
	if (!block_cells(m->runs, b) || (p->run && one && is_decided(m, w, p)))
		return;
	if (w->pages && one)
		look_at_cell(m, w, b, p);
	else
		look_at_cells(m, w, b, p);
}

static void remember(struct match *m, const struct release *r, u32 call, u64 pfn, u64 pages,
		     u64 key)
{
	const struct pin_call *c = open_calls__at(m->calls, call);
	struct past_pin h = { .pin_ts_ns = c->ts_ns,
			      .pin_stack_id = sites__at(m->sites, c->site)->pub.stack_id,
			      .unpin_ts_ns = r->ts_ns,
			      .unpin_stack_id = r->stack_id };

	if (r->by_page && !r->stack_id)
		return; /* nobody released or freed: nothing to compare a later release with */
	history__add(m->history, key, pfn, pages, &h);
}

/* The release may have been of the rival, of another process: the rival is to know. */
static void note_rival(struct match *m, const struct pick *p, const struct release *r, u64 pages,
		       enum ledger_match rule)
{
	const struct open_calls *calls = m->calls;
	const struct sites *sites = m->sites;
	const struct site *chosen = sites__at(sites, open_calls__at(calls, p->call)->site);
	const struct site *rival = sites__at(sites, open_calls__at(calls, p->rival_call)->site);
	const struct event_task *other = &chosen->pub.holder->task;

	if (other->tgid != rival->pub.holder->task.tgid)
		open_calls__note_contested(m->calls, p->rival_call, r, other, pages, rule);
}

/* Pages of the picked call end; their run is gone already. */
static void end_pages(struct match *m, const struct pick *p, struct release *r, u64 pages)
{
	enum ledger_match rule = how(p);

	if (rule >= LEDGER_MATCH_GONE && !r->by_page)
		note_rival(m, p, r, pages, rule);
	accounts__end(m->accounts, p->call, r, pages, rule);
}

/* Cuts the picked run so that pages [start, end) are a run of their own: p->run then. */
static void isolate(struct match *m, struct pick *p, u64 base, u64 start, u64 end)
{
	struct open_run *r = open_runs__at(m->runs, p->run);

	if (end - base < (u64)r->off + r->len)
		open_runs__split(m->runs, p->tail, p->run, end - base);
	if (start - base > r->off) {
		p->prev = p->run;
		p->run = open_runs__split(m->runs, p->tail, p->run, start - base);
	} else if (p->prev == p->run) {
		/* It was alone on its list: what was split off is on both sides of it now. */
		p->prev = *p->tail;
	}
}

/* Pages [start, end) of the picked run are pinned no longer. */
static void take_pages(struct match *m, struct pick *p, u64 base, u64 start, u64 end)
{
	struct open_run *r = open_runs__at(m->runs, p->run);
	u64 run_start = base + r->off;

	open_runs__forget(m->runs, r->block, start - base, end - start);
	if (start == run_start && end < run_start + r->len) {
		r->order = order_behind(run_start, r->order, end);
		r->off += end - start;
		r->len -= end - start;
		return;
	}
	if (start > run_start && end == run_start + r->len) {
		r->len -= end - start;
		return;
	}
	if (start > run_start) {
		open_runs__split(m->runs, p->tail, p->run, end - base);
		r->len -= end - start;
		return;
	}
	open_runs__del(m->runs, p->tail, p->prev, p->run);
}

void match__pages(struct match *m, struct release *r, const struct span *s,
		  void (*miss)(void *arg, u64 pfn, u64 pages), void *arg)
{
	struct want w = { .r = r,
			  .start = s->pfn,
			  .end = s->pfn + s->pages,
			  .base = key_base(s->key),
			  .order = s->order,
			  .pages = true };
	u64 end = w.end, missed = w.start; /* [missed, w.start) was not found */

	while (w.start < end) {
		u32 block = open_runs__block(m->runs, s->key);
		struct pick p;

		if (!block)
			break;
		pick_run(m, &w, block, &p);
		if (p.run) {
			if (missed < w.start)
				miss(arg, missed, w.start - missed);
			missed = p.end;
			remember(m, r, p.call, w.start, p.end - w.start, s->key);
			take_pages(m, &p, w.base, w.start, p.end);
			end_pages(m, &p, r, p.end - w.start);
		}
		w.start = p.end;
	}
	if (missed < end)
		miss(arg, missed, end - missed);
}

/* Takes up to `pins` of the picked run's pins on the folio. Returns how many. */
static u64 take_pins(struct match *m, const struct want *w, struct pick *p, u64 key, u64 pins)
{
	struct open_run *run = open_runs__at(m->runs, p->run);
	struct part part;
	u64 have;

	part_of(w, run, &part);
	have = run->flags & RUN_FOLIO ? run->len : part.end - part.start;
	if (w->one_page && part.order != RUN_ORDER_UNKNOWN) {
		/* Consecutive pages: no more of them than the folio has from start on. */
		u64 room = part.folio + ((u64)1 << part.order) - w->start;

		pins = pins < room ? pins : room;
	}
	pins = pins < have ? pins : have;
	remember(m, w->r, p->call, part.start, part.end - part.start, key);
	if (run->flags & RUN_FOLIO) {
		run->len -= pins;
		if (!run->len)
			open_runs__del(m->runs, p->tail, p->prev, p->run);
	} else if (pins == have || part.order == RUN_ORDER_UNKNOWN ||
		   block_key(part.folio, part.order) != key) {
		take_pages(m, p, w->base, part.start, part.start + pins);
	} else {
		isolate(m, p, w->base, part.start, part.end);
		open_runs__blur(m->runs, p->tail, p->prev, p->run, part.folio, part.order,
				have - pins);
	}
	end_pages(m, p, w->r, pins);
	if (p->parts > 1 && part.order <= BLOCK_PAGES_BITS)
		open_runs__learn(m->runs, key, part.folio, part.order);
	return pins;
}

u64 match__folio(struct match *m, struct release *r, const struct span *folio, u64 pins)
{
	struct want w = { .r = r,
			  .start = folio->pfn,
			  .end = folio->pfn + (folio->flags & RUN_FOLIO ? folio->pages : 1),
			  .base = key_base(folio->key),
			  .order = folio->order,
			  .one_page = folio->order == RUN_ORDER_UNKNOWN &&
				      !(folio->flags & RUN_FOLIO) };
	u64 taken = 0;

	if (folio->order != RUN_ORDER_UNKNOWN)
		folio_range(folio->pfn, folio->order, &w.start, &w.end);
	while (taken < pins) {
		u32 block = open_runs__block(m->runs, folio->key);
		struct pick p;

		if (!block)
			break;
		pick_run(m, &w, block, &p);
		if (!p.run)
			break;
		taken += take_pins(m, &w, &p, folio->key, pins - taken);
		/* Where the folio ends is not known: the next page may be another folio's. */
		if (w.one_page)
			break;
	}
	return taken;
}

/* Each choice begins where a run begins or ends, and makes two new runs at most. */
u64 match__splits(const struct match *m, const struct span *s)
{
	u32 block = open_runs__block(m->runs, s->key);
	u64 cnt = block ? 2 * (u64)block_at(m->runs, block)->cnt + 1 : 0;

	return 4 * (cnt < s->pages ? cnt : s->pages) + 4;
}
