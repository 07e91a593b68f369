// SPDX-License-Identifier: GPL-2.0
/* One stream out of several: in order of time, each CPU in its own order, nothing lost. */
#include <setjmp.h>
#include <stdbool.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>
#include "capture/merge.h"

#define CPUS	4
#define RECORDS 4000

struct seen {
	u64 nr[CPUS]; /* the next one of each CPU */
	u64 last_ts;
	u16 last_cpu;
	u64 cnt, stop_at;
	bool ordered; /* each CPU's times rise */
};

static int see(void *arg, const struct rec_hdr *rec)
{
	struct seen *s = arg;
	u64 nr = ((const struct rec_lost *)rec)->count;

	if (s->stop_at && s->cnt == s->stop_at)
		return -7;
	assert_int_equal(nr, s->nr[rec->cpu]++);
	if (s->ordered && s->cnt) {
		assert_true(rec->ts_ns >= s->last_ts);
		assert_true(rec->ts_ns > s->last_ts || rec->cpu >= s->last_cpu);
	}
	s->last_ts = rec->ts_ns;
	s->last_cpu = rec->cpu;
	s->cnt++;
	return 0;
}

static void add(struct merge *m, u16 cpu, u64 nr, u64 ts_ns)
{
	struct rec_lost rec = { .h = { sizeof(rec), REC_LOST, cpu, ts_ns }, .count = nr };

	assert_int_equal(merge__add(m, cpu, &rec.h), 0);
}

/* In bursts, with equal times, handed out in steps; `back` lets times fall now and then. */
static void play(u32 seed, u32 back)
{
	struct merge *m = merge__new(CPUS);
	struct seen s = { .ordered = !back };
	u64 nr[CPUS] = { 0 }, ts[CPUS] = { 0 };

	assert_non_null(m);
	srand(seed);
	for (u32 i = 0; i < RECORDS;) {
		u16 cpu = rand() % CPUS;
		u64 until = UINT64_MAX;

		for (u32 burst = rand() % 20; burst && i < RECORDS; burst--, i++) {
			ts[cpu] += rand() % 3;
			add(m, cpu, nr[cpu]++,
			    back && !(rand() % 8) && ts[cpu] > back ? ts[cpu] - back : ts[cpu]);
		}
		/* What comes later is not before any CPU's last. */
		for (u32 c = 0; c < CPUS; c++)
			until = ts[c] < until ? ts[c] : until;
		if (!(rand() % 4) && until)
			assert_int_equal(merge__emit(m, until - 1, see, &s), 0);
	}
	assert_int_equal(merge__emit(m, UINT64_MAX, see, &s), 0);
	assert_int_equal(s.cnt, RECORDS);
	assert_int_equal(merge__pending(m), 0);
	merge__free(m);
}

static void in_order_of_time(void **state)
{
	(void)state;
	for (u32 seed = 1; seed <= 20; seed++)
		play(seed, 0);
}

static void a_cpu_keeps_its_order(void **state)
{
	(void)state;
	for (u32 seed = 1; seed <= 20; seed++)
		play(seed, 5);
}

static void not_beyond_until(void **state)
{
	struct merge *m = merge__new(2);
	struct seen s = { .ordered = true };

	(void)state;
	for (u64 i = 0; i < 10; i++)
		add(m, 0, i, 10 + i);
	add(m, 1, 0, 30);
	assert_int_equal(merge__emit(m, 14, see, &s), 0);
	assert_int_equal(s.cnt, 5);
	assert_int_equal(merge__emit(m, 29, see, &s), 0);
	assert_int_equal(s.cnt, 10);
	assert_int_equal(merge__emit(m, 30, see, &s), 0);
	assert_int_equal(s.cnt, 11);
	merge__free(m);
}

static void stops_when_told(void **state)
{
	struct merge *m = merge__new(1);
	struct seen s = { .ordered = true, .stop_at = 3 };

	(void)state;
	for (u64 i = 0; i < 10; i++)
		add(m, 0, i, i);
	assert_int_equal(merge__emit(m, 100, see, &s), -7);
	assert_int_equal(s.cnt, 3);
	merge__free(m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(in_order_of_time),
		cmocka_unit_test(a_cpu_keeps_its_order),
		cmocka_unit_test(not_beyond_until),
		cmocka_unit_test(stops_when_told),
	};

	return cmocka_run_group_tests_name("merge", tests, NULL, NULL);
}
