// SPDX-License-Identifier: GPL-2.0
/*
 * Streams that no kernel makes, and streams that go on for ever: the ledger's
 * books must balance whatever it is fed, and its size must not follow the
 * number of tasks and files that were ever seen. -n STEPS, -s SEED.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>
#include <cmocka.h>
#include "ledger/ledger_check.h"

#define STEPS	 100000
#define RUNS_MAX 4
#define MIB	 (1024 * 1024)

static struct {
	u64 steps;
	u64 seed;
} opts = { STEPS, 0 };

static u64 next_rand(u64 *state)
{
	*state = *state * 6364136223846793005ull + 1442695040888963407ull;
	return *state >> 16;
}

/* Now and then one of few, so that garbage meets garbage. */
static u64 odd_number(u64 *r)
{
	static const u64 some[] = { 0,	     1,	      2,       511,	   512,		  513,
				    0x40000, 0x40001, 0x7ffff, UINT32_MAX, UINT64_MAX / 2 };

	return next_rand(r) % 8 ? some[next_rand(r) % (sizeof(some) / sizeof(*some))]
				: next_rand(r);
}

static struct rec_run odd_run(u64 *r)
{
	static const u8 orders[] = { 0, 0, 1, 4, 9, 9, 10, 18, 30, 31, 200, RUN_ORDER_UNKNOWN };
	struct rec_run run = { .pfn = odd_number(r),
			       .pages = next_rand(r) % 4 ? 1 + next_rand(r) % 1000 : odd_number(r),
			       .order = orders[next_rand(r) % sizeof(orders)],
			       .flags = next_rand(r) % 4 ? 0 : next_rand(r) % 4 };

	/* What decode() promises: pages, and no wrap. */
	if (!run.pages)
		run.pages = 1;
	if (run.pfn + run.pages < run.pfn)
		run.pfn -= UINT32_MAX;
	return run;
}

static void odd_page(u64 *r, struct rec_page *page)
{
	static const u8 orders[] = { 0, 0, 0, 1, 4, 9, 9, 10, 18, 30 };

	*page = (struct rec_page){
		.h.ts_ns = odd_number(r),
		.pfn = odd_number(r) >> 1,
		.folios = next_rand(r) % 8 ? 1 + next_rand(r) % 4
					   : 1 + next_rand(r) % PAGE_FOLIOS_MAX,
		.order = orders[next_rand(r) % sizeof(orders)],
		.kind = next_rand(r) % PAGE_KIND_MAX,
		.phase = 1 + next_rand(r) % PAGE_PHASE_LOSS,
		.refcount = next_rand(r) % 2 ? (s32)next_rand(r) : (s32)(next_rand(r) % 4096) - 10,
		.pincount = next_rand(r) % 2 ? (s32)next_rand(r) : (s32)(next_rand(r) % 16) - 2,
		.mapcount = (s32)(next_rand(r) % 8) - 1,
		.flags = next_rand(r) % 4 ? 0 : PAGE_F_UNSTABLE,
	};
}

static void odd_event(u64 *r, struct event *e, struct rec_run *runs, struct rec_mark *mark)
{
	static struct rec_writeback writeback;
	static struct rec_page page;
	static const enum event_kind kinds[] = { EVENT_PIN,	 EVENT_PIN,	EVENT_PIN,
						 EVENT_UNPIN,	 EVENT_UNPIN,	EVENT_FORK,
						 EVENT_EXIT,	 EVENT_MM_GONE, EVENT_MARK,
						 EVENT_LOST,	 EVENT_SKIPPED, EVENT_PAGE,
						 EVENT_WRITEBACK };
	struct event_call *c;

	*e = (struct event){ .kind = kinds[next_rand(r) % (sizeof(kinds) / sizeof(*kinds))],
			     .ts_ns = odd_number(r) };
	if (e->kind == EVENT_MARK) {
		*mark = (struct rec_mark){ .mark = next_rand(r) % 8, .value = next_rand(r) % 20 };
		e->mark = mark;
	} else if (e->kind == EVENT_PAGE || e->kind == EVENT_WRITEBACK) {
		odd_page(r, &page);
		writeback = (struct rec_writeback){ .h.ts_ns = page.h.ts_ns,
						    .pfn = page.pfn,
						    .order = page.order };
		if (e->kind == EVENT_PAGE)
			e->page = &page;
		else
			e->writeback = &writeback;
	} else if (e->kind != EVENT_PIN && e->kind != EVENT_UNPIN) {
		e->task.tid = next_rand(r) % 20;
		e->task.tgid = next_rand(r) % 20;
		e->task.parent = next_rand(r) % 20;
		e->task.mm = next_rand(r) % 8;
		e->task.group_dead = next_rand(r) % 2;
	} else {
		c = e->kind == EVENT_PIN ? &e->pin.call : &e->unpin.call;
		c->call_id = next_rand(r) % 64;
		c->bio = next_rand(r) % 4;
		c->api = next_rand(r) % 200;
		c->flags = next_rand(r);
		c->nr_runs = next_rand(r) % (RUNS_MAX + 1);
		for (u32 i = 0; i < c->nr_runs; i++)
			runs[i] = odd_run(r);
		c->runs = runs;
		c->task.tid = next_rand(r) % 20;
		c->task.tgid = next_rand(r) % 20;
		c->task.mm = next_rand(r) % 8;
	}
}

static int ask(const struct ledger_open *o, void *arg)
{
	*(u64 *)arg += o->open_pages;
	return 0;
}

static void garbage(void **state)
{
	u64 r = opts.seed, open;
	struct ledger *l = NULL;

	(void)state;
	for (u64 i = 0; i < opts.steps; i++) {
		struct rec_run runs[RUNS_MAX];
		struct rec_mark mark;
		struct ledger_totals t;
		struct event e;

		if (!(i % 2000)) { /* begin anew: a full ledger is slow to audit */
			ledger__free(l);
			l = ledger__new(NULL);
			assert_non_null(l);
		}
		odd_event(&r, &e, runs, &mark);
		assert_int_equal(ledger__feed(l, &e), 0);
		if (i % 50)
			continue;
		if (ledger__check(l))
			fail_msg("seed %llu, step %llu: %s", (unsigned long long)opts.seed,
				 (unsigned long long)i, ledger__check(l));
		open = 0;
		ledger__for_each_open(l, ask, &open);
		ledger__totals(l, &t);
		assert_int_equal(open, t.open_pages);
	}
	ledger__free(l);
}

static int sum_calls(const struct ledger_site *s, void *arg)
{
	*(u64 *)arg += s->calls;
	return 0;
}

static int count_workload(const struct ledger_site *s, void *arg)
{
	*(u64 *)arg += s->holder->workload ? s->calls : 0;
	return 0;
}

/* A daemon's month: tasks come, pin, unpin and go; every second one is of the workload. */
static void many_short_tasks(void **state)
{
	struct ledger *l = ledger__new(&(struct ledger_opts){ .reorder_ns = 1000 });
	struct rec_mark mark = { .mark = MARK_CMD_START, .value = 2 };
	struct rec_run run = { .pfn = 100, .pages = 4 };
	u64 calls = 0, workload = 0;
	struct ledger_totals t;

	(void)state;
	assert_non_null(l);
	assert_int_equal(ledger__feed(l, &(struct event){ .kind = EVENT_MARK, .mark = &mark }), 0);
	for (u32 i = 10; i < 10 + opts.steps; i++) {
		struct event_call call = {
			.call_id = i,
			.stack_id = i % 3,
			.api = HOOK_PIN_USER_PAGES,
			.nr_runs = 1,
			.runs = &run,
			.task = { .tid = i, .tgid = i, .mm = i, .comm = "short" }
		};
		struct event pin = { .kind = EVENT_PIN, .ts_ns = 100ull * i, .pin.call = call };
		struct event unpin = { .kind = EVENT_UNPIN,
				       .ts_ns = 100ull * i,
				       .unpin.call = call };
		struct event fork = { .kind = EVENT_FORK, .ts_ns = 100ull * i - 5 };
		struct event exit = { .kind = EVENT_EXIT, .ts_ns = 100ull * i + 5 };

		pin.pin.file.ino = i;
		fork.task.tid = fork.task.tgid = exit.task.tid = exit.task.tgid = i;
		fork.task.parent = i % 2 ? 2 : 3;
		exit.task.group_dead = 1;
		assert_int_equal(ledger__feed(l, &fork), 0);
		assert_int_equal(ledger__feed(l, &pin), 0);
		assert_int_equal(ledger__feed(l, &unpin), 0);
		assert_int_equal(ledger__feed(l, &exit), 0);
	}
	ledger__totals(l, &t);
	assert_null(ledger__check(l));
	assert_int_equal(t.open_pages + t.unmatched_pages + t.pending_pages, 0);
	assert_int_equal(t.ended_pages, 4 * opts.steps);
	ledger__for_each_site(l, sum_calls, &calls);
	ledger__for_each_site(l, count_workload, &workload);
	assert_int_equal(calls, opts.steps);
	assert_int_equal(workload, opts.steps / 2);
	assert_in_range(t.bytes, 1, 8 * MIB);
	ledger__free(l);
}

/* Long after the limit of what is kept in detail, memory stays what it was. */
static void many_releases_of_unknown_origin(void **state)
{
	struct ledger *l = ledger__new(&(struct ledger_opts){ .reorder_ns = 1000 });
	struct ledger_totals t;

	(void)state;
	assert_non_null(l);
	for (u64 i = 0; i < opts.steps; i++) {
		struct rec_run run = { .pfn = 3 * i, .pages = 1 };
		struct event e = { .kind = EVENT_UNPIN, .ts_ns = i };

		e.unpin.call = (struct event_call){
			.call_id = i, .api = HOOK_UNPIN_USER_PAGE, .nr_runs = 1, .runs = &run
		};
		assert_int_equal(ledger__feed(l, &e), 0);
	}
	ledger__totals(l, &t);
	assert_int_equal(t.unmatched_pages + t.pending_pages, opts.steps);
	assert_in_range(t.pending_pages, 1, 1001);
	assert_in_range(t.bytes, 1, 4 * MIB);
	ledger__free(l);
}

/* 1 TiB pinned in 2 MiB runs, each its own call: the size that the ledger was made for. */
static void one_tebibyte(void **state)
{
	struct ledger *l = ledger__new(NULL);
	struct ledger_totals t;

	(void)state;
	assert_non_null(l);
	for (u64 i = 0; i < 524288; i++) {
		struct rec_run run = { .pfn = (i + 1) << 9, .pages = 512, .order = 9 };
		struct event e = { .kind = EVENT_PIN, .ts_ns = i };

		e.pin.call = (struct event_call){ .call_id = i, .nr_runs = 1, .runs = &run };
		assert_int_equal(ledger__feed(l, &e), 0);
	}
	ledger__totals(l, &t);
	assert_int_equal(t.open_runs, 524288);
	assert_int_equal(t.open_pages, 524288ull * 512);
	assert_in_range(t.bytes, 1, 64 * MIB);
	ledger__free(l);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(garbage),
		cmocka_unit_test(many_short_tasks),
		cmocka_unit_test(many_releases_of_unknown_origin),
		cmocka_unit_test(one_tebibyte),
	};
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
	return cmocka_run_group_tests_name("ledger_hostile", tests, NULL, NULL);
}
