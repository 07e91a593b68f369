// SPDX-License-Identifier: GPL-2.0
/* How far the kernel's clock is ahead of ours, from looks at both; who has which number where. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include "base/clock.h"
#include "kernel/self.h"
#include "record/ns_pids.h"

#define SEC ((s64)NSEC_PER_SEC)

/* Looks at both clocks, 3 us before and 2 us after the kernel's. */
static s64 ahead_after(s64 ahead)
{
	struct clock_bounds b = { 0 };

	for (u64 ours = 500 * NSEC_PER_SEC; ours < 500 * NSEC_PER_SEC + 16000; ours += 1000)
		clock_bounds__add(&b, ours - 3000, ours + ahead, ours + 2000);
	return clock_bounds__ahead(&b);
}

static void test_same_clock(void **state)
{
	(void)state;
	assert_int_equal(ahead_after(0), 0);
}

static void test_whole_seconds(void **state)
{
	(void)state;
	assert_int_equal(ahead_after(5 * SEC), 5 * SEC);
	assert_int_equal(ahead_after(-5 * SEC), -5 * SEC);
	assert_int_equal(ahead_after(-100000 * SEC), -100000 * SEC);
}

/* Then never later than it was, and by no more than a look takes. */
static void test_with_a_fraction(void **state)
{
	const s64 aheads[] = { 123456789, -123456789, 3 * SEC + 500000000, -7 * SEC - 1000000 };

	(void)state;
	for (size_t i = 0; i < sizeof(aheads) / sizeof(aheads[0]); i++) {
		s64 got = ahead_after(aheads[i]);

		assert_true(got <= aheads[i]);
		assert_true(got >= aheads[i] - 2000);
	}
}

static void test_pids(void **state)
{
	const struct rec_ns_pid thread = { .tid = 910, .tgid = 900, .ns_tid = 12, .ns_tgid = 7 };
	const struct rec_ns_pid again = { .tid = 900, .tgid = 900, .ns_tid = 8, .ns_tgid = 8 };
	struct event_task task = { .tid = 910, .tgid = 900 }, other = { .tid = 7, .tgid = 7 };
	struct ns_pids n = { 0 };

	(void)state;
	ns_pids__name(&n, &task);
	assert_int_equal(task.ns_tgid, 0);
	assert_int_equal(ns_pids__add(&n, &thread), 0);
	ns_pids__name(&n, &task);
	assert_int_equal(task.ns_tid, 12);
	assert_int_equal(task.ns_tgid, 7);
	ns_pids__name(&n, &other); /* 7 there is nobody's number outside */
	assert_int_equal(other.ns_tid, 0);
	assert_int_equal(ns_pids__outside(&n, 7), 900);
	assert_int_equal(ns_pids__outside(&n, 900), 0);
	assert_int_equal(ns_pids__add(&n, &again), 0); /* the number was given out again */
	assert_int_equal(ns_pids__find(&n, 900), 8);
	ns_pids__deinit(&n);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_same_clock),
		cmocka_unit_test(test_whole_seconds),
		cmocka_unit_test(test_with_a_fraction),
		cmocka_unit_test(test_pids),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
