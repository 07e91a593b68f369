// SPDX-License-Identifier: GPL-2.0
/*
 * Work goes with what is fed. Streams that a file may hold and no kernel makes are fed at one size
 * and at four times that: what takes more than nine times the processor time is refused, since the
 * square takes sixteen times. Each shape took the square, or the cube, once.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <time.h>
#include <cmocka.h>
#include "ledger/ledger.h"
#include "ledger/page_facts.h"

#define SIZE	8000
#define GROWTH	9
#define GRACE_S 0.5

struct feeder {
	struct ledger *l;
	u64 ts_ns;
	u64 call_id;
};

static void pin(struct feeder *f, u64 pfn, u32 pages, const struct event_task *task, u16 flags)
{
	struct rec_run run = { .pfn = pfn, .pages = pages };
	struct event e = { .kind = EVENT_PIN, .ts_ns = f->ts_ns++ };

	e.pin.call = (struct event_call){ .call_id = f->call_id++,
					  .api = HOOK_PIN_USER_PAGES_FAST,
					  .flags = flags,
					  .nr_runs = 1,
					  .runs = &run,
					  .task = *task };
	assert_int_equal(ledger__feed(f->l, &e), 0);
}

static void unpin(struct feeder *f, u64 pfn, u64 ts_ns)
{
	struct rec_run run = { .pfn = pfn, .pages = 1 };
	struct event e = { .kind = EVENT_UNPIN, .ts_ns = ts_ns };

	e.unpin.call = (struct event_call){ .call_id = f->call_id++,
					    .api = HOOK_UNPIN_USER_PAGE,
					    .nr_runs = 1,
					    .runs = &run,
					    .task = { .tid = 7, .tgid = 7, .comm = "kworker" } };
	assert_int_equal(ledger__feed(f->l, &e), 0);
}

static struct event_task task_of(u32 tid, u64 mm)
{
	return (struct event_task){ .tid = tid, .tgid = tid, .mm = mm, .comm = "many" };
}

static int count_run(const struct rec_run *run, void *arg)
{
	*(u64 *)arg += run->pages;
	return 0;
}

struct count {
	const struct ledger *l;
	u64 pages;
};

static int count_runs(const struct ledger_open *open, void *arg)
{
	struct count *c = arg;

	return ledger__for_each_run(c->l, open->call, count_run, &c->pages);
}

static void one_call_id(struct feeder *f, u32 n)
{
	struct count c = { .l = f->l };
	struct event_task task = task_of(9, 9);

	for (u32 i = 0; i < n; i++) {
		f->call_id = 7;
		pin(f, 1000ull * i, 1, &task, PIN_F_MORE);
	}
	assert_int_equal(ledger__for_each_open(f->l, count_runs, &c), 0);
	assert_int_equal(c.pages, n);
}

static void one_page_of_many_address_spaces(struct feeder *f, u32 n)
{
	struct ledger_totals t;

	for (u32 i = 0; i < n; i++) {
		struct event_task task = task_of(1000 + i, 1000 + i);

		pin(f, 100, 1, &task, 0);
	}
	for (u32 i = 0; i < n; i++)
		unpin(f, 100, f->ts_ns++);
	ledger__totals(f->l, &t);
	assert_int_equal(t.ended_pages, n);
}

static void pins_that_come_late(struct feeder *f, u32 n)
{
	struct event_task task = task_of(9, 9);
	struct ledger_totals t;

	for (u32 i = 0; i < n; i++)
		unpin(f, i % 512, n + i);
	for (u32 i = 0; i < n; i++)
		pin(f, i % 512, 1, &task, 0);
	ledger__totals(f->l, &t);
	assert_int_equal(t.ended_pages + t.pending_pages, n);
}

static void threads_of_one_number(struct feeder *f, u32 n)
{
	for (u32 i = 0; i < n; i++) {
		struct event_task task = task_of(9, 1000 + i);

		pin(f, i, 1, &task, 0);
	}
	for (u32 i = 0; i < n; i++) {
		struct event e = { .kind = EVENT_EXIT, .ts_ns = 1 };

		e.task.tid = e.task.tgid = 9;
		assert_int_equal(ledger__feed(f->l, &e), 0);
	}
}

/* Each is a child of the one before, and all of them hold a page that does not show the pin. */
static void a_chain_of_processes(struct feeder *f, u32 n)
{
	for (u32 i = 0; i < n; i++) {
		struct event_task task = task_of(1000 + i, 1000 + i);
		struct event e = { .kind = EVENT_FORK, .ts_ns = f->ts_ns++ };

		e.task.tid = e.task.tgid = 1000 + i;
		e.task.parent = 999 + i;
		assert_int_equal(ledger__feed(f->l, &e), 0);
		pin(f, 1000ull * i, 1, &task, 0);
	}
	for (u32 i = 0; i < n; i++) {
		struct rec_page page = { .h.ts_ns = f->ts_ns,
					 .pfn = 1000ull * i,
					 .folios = 1,
					 .kind = PAGE_KIND_ANON,
					 .phase = PAGE_PHASE_SUSPECT,
					 .refcount = 1 };
		struct event e = { .kind = EVENT_PAGE, .ts_ns = f->ts_ns++, .page = &page };

		assert_int_equal(ledger__feed(f->l, &e), 0);
	}
}

static double seconds_for(void (*shape)(struct feeder *f, u32 n), u32 n)
{
	struct feeder f = { .l = ledger__new(&(struct ledger_opts){ .reorder_ns = 1ull << 40 }) };
	clock_t start = clock();

	assert_non_null(f.l);
	shape(&f, n);
	ledger__free(f.l);
	return (double)(clock() - start) / CLOCKS_PER_SEC;
}

static void grows_with_the_input(void **state)
{
	void (*shape)(struct feeder * f, u32 n) = *(void (**)(struct feeder *, u32)) * state;
	double small = seconds_for(shape, SIZE), large = seconds_for(shape, 4 * SIZE);

	if (large > GROWTH * small + GRACE_S)
		fail_msg("%u: %.2f s, %u: %.2f s", SIZE, small, 4 * SIZE, large);
}

static void (*const shapes[])(struct feeder *f, u32 n) = {
	one_call_id,	      one_page_of_many_address_spaces,
	pins_that_come_late,  threads_of_one_number,
	a_chain_of_processes,
};

int main(void)
{
	const char *const names[] = { "one_call_id", "one_page_of_many_address_spaces",
				      "pins_that_come_late", "threads_of_one_number",
				      "a_chain_of_processes" };
	struct CMUnitTest tests[sizeof(shapes) / sizeof(*shapes)];

	for (size_t i = 0; i < sizeof(shapes) / sizeof(*shapes); i++) {
		tests[i] = (struct CMUnitTest)cmocka_unit_test_prestate(grows_with_the_input,
									(void *)&shapes[i]);
		tests[i].name = names[i];
	}
	return cmocka_run_group_tests_name("bounded", tests, NULL, NULL);
}
