// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "base/array.h"
#include "base/clock.h"
#include "capture/counters.h"
#include "ledger/page_facts.h"
#include "base/log.h"
#include "capture/pages.h"
#include "base/progress.h"
#include "live/owner_checks.h"
#include "live/page_checks.h"

/* One reading is of so many pages at most; each costs the kernel 2000 instructions or so. */
#define SUSPECTS_MAX (1u << 18)
#define SCAN_MAX     (1u << 20)
/*
 * Between two looks at a page that contradicts: a count on its way (a batch of the LRU) has arrived
 * then.
 */
#define SECOND_LOOK_NS 50000000ull
/* After a loss the next reading is not before, and readings get a tenth of our time at most. */
#define REREAD_PAUSE_NS 500000000ull
#define REREAD_SHARE	10

static bool open_reader(struct page_checks *s)
{
	char why[512];

	if (s->pages || s->refused)
		return s->pages;
	s->pages = pages__open(capture__kernel(s->capture), why, sizeof(why));
	if (!s->pages) {
		s->refused = true;
		log_warn("pages cannot be asked, so the ledger has to be believed: %s", why);
	}
	return s->pages;
}

void page_checks__deinit(struct page_checks *s)
{
	pages__close(s->pages);
	s->pages = NULL;
}

static int send(struct page_checks *s, struct rec_page *pages, size_t n, enum page_phase phase)
{
	int err = 0;

	for (size_t i = 0; i < n && !err; i++) {
		pages[i].h.sz = sizeof(pages[i]);
		pages[i].h.kind = REC_PAGE;
		pages[i].phase = phase;
		err = capture__send(s->capture, &pages[i].h);
	}
	return err;
}

/* ---- at the start ---- */

struct scan {
	struct page_checks *s;
	struct rec_page *found;
	size_t nr, cap;
	bool whole;
	struct progress progress;
};

static bool keep(struct scan *scan, const struct rec_page *page)
{
	/* runs of folios, of 96 bytes */
	if (scan->nr == SCAN_MAX || ARRAY_GROW(scan->found, scan->nr, scan->cap))
		return false;
	scan->found[scan->nr++] = *page;
	return true;
}

static int take_batch(const struct rec_page *pages, size_t n, const struct pages_progress *progress,
		      void *arg)
{
	struct scan *scan = arg;

	for (size_t i = 0; i < n && scan->whole; i++)
		scan->whole = keep(scan, &pages[i]);
	scan->nr = pages__fold(scan->found, scan->nr);
	progress__tell(&scan->progress, progress->done, progress->total);
	/* hooks are on: their records must not wait */
	return capture__poll(scan->s->capture, 0);
}

int page_checks__at_start(struct page_checks *s)
{
	struct scan scan = { .s = s, .whole = true };
	int err;

	if (!open_reader(s))
		return 0;
	progress__begin(&scan.progress, "looking for pages that are pinned already");
	err = pages__scan(s->pages, true, take_batch, &scan);
	progress__end(&scan.progress);
	/* what happened while it was read goes first: see page_facts.h */
	if (!err)
		err = capture__sync(s->capture);
	if (!err)
		err = send(s, scan.found, scan.nr, PAGE_PHASE_START);
	if (!err)
		err = owner_checks__send(s->capture, scan.found, scan.nr, PAGE_PHASE_START, false);
	if (!err)
		err = capture__mark(s->capture, MARK_SCANNED, scan.whole, NULL);
	if (!scan.whole)
		log_warn(
			"more than %u runs of pinned folios: pins of before the start are counted, not known",
			SCAN_MAX / 2);
	free(scan.found);
	return err;
}

/* ---- at the end ---- */

struct gather {
	const struct ledger *ledger;
	u64 *pfns;
	size_t nr, cap;
	bool too_many;
	int err;
};

static int by_pfn(const void *a, const void *b)
{
	u64 x = *(const u64 *)a, y = *(const u64 *)b;

	return x < y ? -1 : x > y;
}

static size_t sort_unique(u64 *pfns, size_t n)
{
	size_t kept = 0;

	if (n)
		qsort(pfns, n, sizeof(*pfns), by_pfn);
	for (size_t i = 0; i < n; i++)
		if (!kept || pfns[kept - 1] != pfns[i])
			pfns[kept++] = pfns[i];
	return kept;
}

/* After a loss many calls may have pins of the same few pages. */
static int add_pfn(struct gather *g, u64 pfn)
{
	if (g->nr == g->cap) {
		g->nr = sort_unique(g->pfns, g->nr);
		if (g->nr >= SUSPECTS_MAX) {
			g->too_many = true;
			return 1;
		}
		/* a full array that has many of the same is not full any more */
		if (2 * g->nr >= g->cap && array__grow(&g->pfns, &g->cap, sizeof(*g->pfns)))
			return g->err = -ENOMEM;
	}
	g->pfns[g->nr++] = pfn;
	return 0;
}

/* A folio once where its size is known; of a run over several small ones every page. */
static int add_run(const struct rec_run *run, void *arg)
{
	u64 pfn = run->pfn, end = run->pfn + run->pages;
	bool known = run->order != RUN_ORDER_UNKNOWN && run->order < 31;
	int err;

	if (known && run->order) {
		u64 head = pfn >> run->order << run->order;

		err = add_pfn(arg, head);
		pfn = head + ((u64)1 << run->order);
		if (err || run->flags & RUN_FOLIO)
			return err;
	} else if (run->flags & RUN_FOLIO) {
		end = pfn + 1;
	}
	for (err = 0; pfn < end && !err; pfn++)
		err = add_pfn(arg, pfn);
	return err;
}

static int add_open(const struct ledger_open *open, void *arg)
{
	struct gather *g = arg;

	return ledger__for_each_run(g->ledger, open->call, add_run, g);
}

static int add_unmatched(const struct ledger_unmatched *u, void *arg)
{
	return u->unknown_origin ? 0 : add_run(&u->run, arg);
}

/* Page frames of one folio gave one answer each. */
static size_t one_a_folio(struct rec_page *pages, u64 *pfns, size_t n)
{
	size_t kept = 0;

	for (size_t i = 0; i < n; i++) {
		if (kept && pages[kept - 1].pfn == pages[i].pfn)
			continue;
		pages[kept] = pages[i];
		pfns[kept++] = pages[i].pfn;
	}
	return kept;
}

/* The rings fill meanwhile, so they are read meanwhile. */
static int pause_before_second_look(struct page_checks *s)
{
	u64 until = now_ns() + SECOND_LOOK_NS, now;
	int err = 0;

	while (!err && (now = now_ns()) < until)
		err = capture__poll(s->capture, (until - now) / 1000000 + 1);
	return err;
}

/*
 * A page that contradicts the ledger is read once more, a while later: what is said against
 * somebody was seen twice. The later answer counts.
 */
static int look_again(struct page_checks *s, const struct ledger *l, struct rec_page *pages,
		      size_t n)
{
	bool waited = false;
	int err = capture__sync(s->capture);

	for (size_t i = 0; i < n && !err; i++) {
		if (!ledger__contradicts(l, &pages[i]))
			continue;
		if (!waited)
			err = pause_before_second_look(s);
		waited = true;
		if (!err)
			err = pages__read(s->pages, &pages[i].pfn, 1, &pages[i]);
	}
	return err;
}

static int read_pages(struct page_checks *s, const struct ledger *l, u64 *pfns, size_t n,
		      enum page_phase phase)
{
	struct rec_page *pages = calloc(n, sizeof(*pages));
	int err = pages ? pages__read(s->pages, pfns, n, pages) : -ENOMEM;

	if (!err) {
		n = one_a_folio(pages, pfns, n);
		err = look_again(s, l, pages, n);
	}
	if (!err)
		err = capture__sync(s->capture);
	n = err ? 0 : pages__fold(pages, n);
	if (!err)
		err = send(s, pages, n, phase);
	if (!err && phase == PAGE_PHASE_SUSPECT)
		err = owner_checks__send(s->capture, pages, n, phase, true);
	free(pages);
	return err;
}

/* Releases without a pin are asked for at the end only: that is evidence, and explains nothing. */
static int read_suspects(struct page_checks *s, const struct ledger *l, enum page_phase phase)
{
	struct gather g = { .ledger = l };
	int err = capture__poll(s->capture, 0);

	if (err)
		return err;
	ledger__for_each_open(l, add_open, &g);
	if (!g.err && !g.too_many && phase == PAGE_PHASE_SUSPECT)
		ledger__for_each_unmatched(l, add_unmatched, &g);
	if (g.too_many && phase == PAGE_PHASE_SUSPECT)
		log_warn("more than %u pages are pinned: the others are not asked", SUSPECTS_MAX);
	g.nr = sort_unique(g.pfns, g.nr);
	if (!g.err && g.nr && open_reader(s))
		err = read_pages(s, l, g.pfns, g.nr, phase);
	free(g.pfns);
	return g.err ? g.err : err;
}

int page_checks__at_end(struct page_checks *s, const struct ledger *l)
{
	return read_suspects(s, l, PAGE_PHASE_SUSPECT);
}

int page_checks__after_loss(struct page_checks *s, const struct ledger *l, u64 lost)
{
	u64 begin = now_ns(), took;
	int err;

	if (lost == s->lost || begin < s->next_ns)
		return 0;
	s->lost = lost;
	err = read_suspects(s, l, PAGE_PHASE_LOSS);
	took = now_ns() - begin;
	s->next_ns =
		begin + took +
		(took * REREAD_SHARE > REREAD_PAUSE_NS ? took * REREAD_SHARE : REREAD_PAUSE_NS);
	return err;
}
