// SPDX-License-Identifier: GPL-2.0
/* Two reports against each other: what is told, in which order, and how long many of them take. */
#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <cmocka.h>
#include "base/clock.h"
#include "record/event.h"
#include "report/diff.h"

static void compare(const struct report *a, const struct report *b, const char *want)
{
	struct diff_counts counts;
	char *text;
	size_t sz;
	FILE *out = open_memstream(&text, &sz);

	assert_non_null(out);
	assert_int_equal(diff__print(a, b, false, out, &counts), 0);
	fclose(out);
	assert_string_equal(text, want);
	free(text);
}

#define FAULT(number, where)                                                                       \
	{                                                                                          \
		.id = FINDING_##number, .key = (where), .api = HOOK_PIN_USER_PAGES_FAST            \
	}

/* A place is told once, in the order of its report; risks are none of its business. */
static void test_faults(void **state)
{
	struct finding before[] = { FAULT(LEAK, 3), FAULT(LEAK, 1), FAULT(ORPHAN, 9) };
	struct finding after[] = { FAULT(ORPHAN, 9),  FAULT(PIN_PUT, 7),   FAULT(LEAK, 8),
				   FAULT(PIN_PUT, 7), FAULT(LONG_HELD, 4), FAULT(LEAK, 1) };
	const struct report a = { .findings = before, .nr_findings = 3 };
	const struct report b = { .findings = after, .nr_findings = 6 };

	(void)state;
	compare(&a, &b,
		"worse    fault    pin-put of pin_user_pages_fast()\n"
		"worse    fault    leak of pin_user_pages_fast()\n"
		"better   fault    leak of pin_user_pages_fast()\n"
		"SUMMARY: 1 better, 2 worse, 0 other, 2 the same\n");
	compare(&a, &a, "SUMMARY: 0 better, 0 worse, 0 other, 3 the same\n");
}

#define ROW(name, way_in, result)                                                                  \
	{                                                                                          \
		.fs = name, .dir = PIN_DIR_DEST, .way = (way_in), .verdict = AUDIT_##result,       \
		.reason = "why"                                                                    \
	}

static void test_rows(void **state)
{
	struct audit_row before[] = { ROW("xfs", 1, CONVERTED), ROW("ext4", 1, UNCONVERTED),
				      ROW("nfs", 2, NOT_TRIED) };
	struct audit_row after[] = { ROW("nfs", 2, NOT_TRIED), ROW("ext4", 1, CONVERTED),
				     ROW("xfs", 1, VIOLATION), ROW("xfs", 2, CONVERTED) };
	const struct report a = { .audit = before, .nr_audit = 3 };
	const struct report b = { .audit = after, .nr_audit = 4 };
	struct diff_counts counts;
	FILE *out = fopen("/dev/null", "w");

	(void)state;
	assert_int_equal(diff__print(&a, &b, true, out, &counts), 0);
	fclose(out);
	assert_int_equal(counts.worse, 1);
	assert_int_equal(counts.better, 1);
	assert_int_equal(counts.other, 1);
	assert_int_equal(counts.same, 1);
}

static u64 cpu_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &ts);
	return (u64)ts.tv_sec * NSEC_PER_SEC + (u64)ts.tv_nsec;
}

/* n faults and n rows on either side, none of them shared; the least of three tries. */
static u64 time_of(size_t n)
{
	struct finding *faults = calloc(2 * n, sizeof(*faults));
	struct audit_row *rows = calloc(2 * n, sizeof(*rows));
	const struct report a = {
		.findings = faults, .nr_findings = n, .audit = rows, .nr_audit = n
	};
	const struct report b = {
		.findings = faults + n, .nr_findings = n, .audit = rows + n, .nr_audit = n
	};
	FILE *out = fopen("/dev/null", "w");
	struct diff_counts counts;
	u64 least = UINT64_MAX;

	assert_true(faults && rows && out);
	for (size_t i = 0; i < 2 * n; i++) {
		faults[i] = (struct finding)FAULT(LEAK, i * 0x9e3779b97f4a7c15);
		rows[i] = (struct audit_row)ROW("", 1, CONVERTED);
		snprintf(rows[i].fs, sizeof(rows[i].fs), "f%u", (unsigned)i);
	}
	for (int try = 0; try < 3; try++) {
		u64 began = cpu_ns(), took;

		assert_int_equal(diff__print(&a, &b, false, out, &counts), 0);
		took = cpu_ns() - began;
		least = took < least ? took : least;
	}
	assert_int_equal(counts.worse, n);
	assert_int_equal(counts.better, n);
	assert_int_equal(counts.other, 2 * n);
	fclose(out);
	free(faults);
	free(rows);
	return least;
}

/* Four times as many take four times as long and a little; of every pair compared it is 16 times.
 */
static void test_many(void **state)
{
	u64 few = time_of(5000), many = time_of(20000);

	(void)state;
	print_message("# 5,000 of each %" PRIu64 " us, 20,000 %" PRIu64 " us\n", few / 1000,
		      many / 1000);
	assert_true(many < 8 * few);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_faults),
		cmocka_unit_test(test_rows),
		cmocka_unit_test(test_many),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
