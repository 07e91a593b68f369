// SPDX-License-Identifier: GPL-2.0
/*
 * Random pins and releases against the model: every way to name pages, wrong
 * tasks, late records, releases without a pin. -n STEPS, -s SEED.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include <cmocka.h>
#include "ledger/ledger_check.h"
#include "model.h"

#define BASE	   0x40000ull
#define REORDER_NS 50
#define RUNS_MAX   3
#define PARTS_MAX  (RUNS_MAX * 512)
#define MIXED	   2048 /* so many pages of small folios of all sizes */
#define TASKS	   4
#define KEPT	   64 /* pin calls that a later release may mirror */
#define STEPS	   100000

static struct {
	u64 steps;
	u64 seed;
} opts = { STEPS, 0 };

struct pinned {
	struct rec_run runs[RUNS_MAX];
	u32 nr_runs;
};

struct world {
	bool whole; /* in mixed folios, releases only mirror pins, in whole runs */
	struct ledger *l;
	struct model m;
	u64 rand;
	u64 clock;
	u64 step;
	struct pinned kept[KEPT];
	u64 by_folio[MODEL_PAGES];
	u64 by_task[TASKS];
};

static u32 below(struct world *w, u32 n)
{
	w->rand = w->rand * 6364136223846793005ull + 1442695040888963407ull;
	return (w->rand >> 33) % n;
}

/* Small pages, small and large folios, two of 2 MiB, and one larger than that: order 11. */
static void make_folios(struct world *w)
{
	static const u8 mixed[] = { 0, 0, 2, 0, 4, 4, 0, 0, 3, 0 };
	u32 at = 0;

	for (unsigned i = 0; at < MIXED; i++) {
		u8 order = mixed[below(w, sizeof(mixed))];

		if (!(at & ((1u << order) - 1)))
			at = model__folio(&w->m, at, order);
	}
	at = model__folio(&w->m, at, 11);
	while (at < 7168)
		at = model__folio(&w->m, at, 9);
	while (at < MODEL_PAGES)
		at = model__folio(&w->m, at, 0);
}

/* A page; often one of few, so that pins meet. */
static u32 a_page(struct world *w)
{
	static const u32 hot[] = { 0, 1000, 2048, 2600, 4096, 5000, 7168, 8000 };

	return below(w, 4) ? hot[below(w, 8)] + below(w, 24) : below(w, MODEL_PAGES);
}

/* A run as the recorder would make it: it stays in a folio of 2 MiB and more, and else in 2 MiB. */
static struct rec_run a_run(struct world *w, bool pin)
{
	u32 page = a_page(w), pages = 1 + (below(w, 3) ? below(w, 4) : below(w, 300)), end;
	u8 order;
	struct rec_run r;

	while (w->whole && !pin && page < MIXED)
		page = a_page(w);
	order = w->m.order[page];
	r = (struct rec_run){ .pfn = BASE + page, .pages = pages, .order = order };
	if (!below(w, 3) && !(w->whole && page < MIXED)) {
		r.pfn = BASE + w->m.folio[page];
		r.pages = 1 + below(w, 1u << order);
		r.flags = RUN_FOLIO;
		return r;
	}
	end = order >= 9 ? w->m.folio[page] + (1u << order) : (page | 511) + 1;
	if (page + pages > end)
		r.pages = end - page;
	return r;
}

/*
 * The record tells the size of a run's first folio only. When pins of a later
 * one were taken off by folio, nobody can know that the run's pages there are
 * of the same folio: so releases that are to be compared begin anew there.
 */
static u32 cut_at_folios(const struct world *w, const struct rec_run *in, u32 n,
			 struct rec_run *out)
{
	u32 parts = 0;

	for (u32 i = 0; i < n; i++) {
		u32 page = in[i].pfn - BASE, end = page + in[i].pages;

		if (in[i].flags & RUN_FOLIO)
			out[parts++] = in[i];
		for (u32 p = page, next; p < end && !(in[i].flags & RUN_FOLIO); p = next) {
			u8 order = w->m.order[p];

			for (next = p; next < end && (order ? w->m.folio[next] == w->m.folio[p]
							    : !w->m.order[next]);)
				next++;
			out[parts++] = (struct rec_run){ .pfn = BASE + p,
							 .pages = next - p,
							 .order = order };
		}
	}
	return parts;
}

static void tell_model(struct world *w, bool pin, const struct rec_run *runs, u32 n, u64 ts_ns)
{
	for (u32 i = 0; i < n; i++) {
		u32 page = runs[i].pfn - BASE;

		for (u32 p = 0; p < runs[i].pages; p++) {
			u32 at = runs[i].flags & RUN_FOLIO ? page : page + p;

			if (pin)
				model__pin(&w->m, at, 1, ts_ns);
			else
				model__unpin(&w->m, at, 1, ts_ns);
		}
	}
	model__tick(&w->m, ts_ns);
}

/* The task of a pin goes with the place, so that what each holds can be compared. */
static u32 owner_of(u64 pfn)
{
	return (pfn - BASE) / 2048 % TASKS;
}

static void step(struct world *w)
{
	bool pin = below(w, 100) < 60;
	struct pinned *kept = &w->kept[below(w, KEPT)];
	struct pinned fresh = { .nr_runs = 1 + below(w, RUNS_MAX) };
	struct rec_run parts[PARTS_MAX];
	struct event e = { 0 };
	struct event_call *c;
	u32 who;

	/* What nobody mirrors any more would stay open for ever, and slow all down. */
	pin = pin && !(kept->nr_runs && (w->whole || below(w, 4)));
	e.kind = pin ? EVENT_PIN : EVENT_UNPIN;
	c = pin ? &e.pin.call : &e.unpin.call;
	for (u32 i = 0; i < fresh.nr_runs; i++) {
		fresh.runs[i] = a_run(w, pin);
		if (pin && owner_of(fresh.runs[i].pfn) != owner_of(fresh.runs[0].pfn))
			fresh.runs[i] = fresh.runs[0];
	}
	if (!pin && kept->nr_runs && (w->whole || below(w, 4))) {
		fresh = *kept;
		kept->nr_runs = 0;
	} else if (pin) {
		*kept = fresh;
	}
	who = pin ? owner_of(fresh.runs[0].pfn) : below(w, TASKS);
	c->call_id = w->step;
	c->bio = below(w, 3);
	c->api = pin ? HOOK_PIN_USER_PAGES : HOOK_UNPIN_USER_PAGES;
	c->api = below(w, 8) ? c->api : pin ? HOOK_MEMFD_PIN_FOLIOS : HOOK_UNPIN_FOLIOS;
	c->flags = !pin && !below(w, 4) ? PIN_F_IRQ : 0;
	c->task = (struct event_task){ .tid = 10 + who, .tgid = 10 + who, .mm = 100 + who };
	c->runs = fresh.runs;
	c->nr_runs = fresh.nr_runs;
	if (!pin && !w->whole) {
		c->runs = parts;
		c->nr_runs = cut_at_folios(w, fresh.runs, fresh.nr_runs, parts);
	}
	w->clock += below(w, 3);
	e.ts_ns = w->clock + below(w, 20);
	assert_int_equal(ledger__feed(w->l, &e), 0);
	tell_model(w, pin, c->runs, c->nr_runs, e.ts_ns);
}

static int count_run(const struct rec_run *r, void *arg)
{
	struct world *w = arg;
	u32 page = r->pfn - BASE;

	for (u32 p = 0; p < r->pages; p++)
		w->by_folio[w->m.folio[r->flags & RUN_FOLIO ? page : page + p]]++;
	return 0;
}

static int count_open(const struct ledger_open *o, void *arg)
{
	struct world *w = arg;

	w->by_task[o->site->holder->task.tid - 10] += o->open_pages;
	return ledger__for_each_run(w->l, o->call, count_run, w);
}

static void expect(struct world *w, const char *what, u64 model, u64 ledger)
{
	if (model != ledger)
		fail_msg("seed %llu, step %llu: %s: expected %llu, got %llu",
			 (unsigned long long)opts.seed, (unsigned long long)w->step, what,
			 (unsigned long long)model, (unsigned long long)ledger);
}

static void compare_totals(struct world *w)
{
	struct ledger_totals t;

	ledger__totals(w->l, &t);
	expect(w, "pinned", w->m.pinned, t.pinned_pages);
	expect(w, "released", w->m.released, t.released_pages);
	expect(w, "ended", w->m.ended, t.ended_pages);
	expect(w, "pending", w->m.pending, t.pending_pages);
	expect(w, "unmatched", w->m.unmatched, t.unmatched_pages);
}

static void compare_folios(struct world *w)
{
	const char *why = ledger__check(w->l);
	u64 by_task[TASKS] = { 0 };

	if (why)
		fail_msg("seed %llu, step %llu: audit: %s", (unsigned long long)opts.seed,
			 (unsigned long long)w->step, why);
	memset(w->by_folio, 0, sizeof(w->by_folio));
	memset(w->by_task, 0, sizeof(w->by_task));
	assert_int_equal(ledger__for_each_open(w->l, count_open, w), 0);
	for (u32 p = 0; p < MODEL_PAGES; p++) {
		if (w->m.open[p] != w->by_folio[p])
			printf("# at page %u, order %u:\n", p, w->m.order[p]);
		expect(w, "open of a folio", w->m.open[p], w->by_folio[p]);
		by_task[owner_of(BASE + p)] += w->m.open[p];
	}
	for (u32 i = 0; i < TASKS; i++)
		expect(w, "open of a task", by_task[i], w->by_task[i]);
}

static void schedule(bool whole)
{
	struct ledger_opts lo = { .reorder_ns = REORDER_NS, .max_unmatched = 64 };
	struct world *w = calloc(1, sizeof(*w));

	assert_non_null(w);
	w->whole = whole;
	w->l = ledger__new(&lo);
	w->rand = opts.seed;
	w->clock = 1000;
	assert_non_null(w->l);
	model__init(&w->m, BASE, REORDER_NS);
	make_folios(w);
	for (w->step = 1; w->step <= opts.steps; w->step++) {
		step(w);
		compare_totals(w);
		if (!(w->step % 256) || w->step < 256)
			compare_folios(w);
	}
	compare_folios(w);
	model__deinit(&w->m);
	ledger__free(w->l);
	free(w);
}

static void random_schedule(void **state)
{
	(void)state;
	schedule(false);
}

static void random_whole_runs(void **state)
{
	(void)state;
	schedule(true);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(random_schedule),
					    cmocka_unit_test(random_whole_runs) };
	int c;

	opts.seed = time(NULL);
	while ((c = getopt(argc, argv, "n:s:")) != -1) {
		if (c == 'n')
			opts.steps = strtoull(optarg, NULL, 0);
		else if (c == 's')
			opts.seed = strtoull(optarg, NULL, 0);
		else
			return 2;
	}
	printf("# -n %llu -s %llu\n", (unsigned long long)opts.steps,
	       (unsigned long long)opts.seed);
	return cmocka_run_group_tests_name("ledger_random", tests, NULL, NULL);
}
