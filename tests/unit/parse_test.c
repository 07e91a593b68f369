// SPDX-License-Identifier: GPL-2.0
/* Durations and sizes of the command line. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include "cmd/opts.h"

static const struct {
	const char *text;
	u64 ns;
} durations[] = {
	{ "350ms", 350000000 },
	{ "2s", 2000000000 },
	{ "2", 2000000000 },
	{ "1.5m", 90000000000 },
	{ "2min", 120000000000 },
	{ "1h", 3600000000000 },
	{ "7us", 7000 },
	{ "9ns", 9 },
	{ "0", 0 },
	{ "0.25s", 250000000 },
	{ "2500h", UINT64_C(9000000000000000) },
};

static const struct {
	const char *text;
	u64 bytes;
} sizes[] = {
	{ "0", 0 },	  { "4096", 4096 },    { "64K", 65536 },
	{ "64k", 65536 }, { "16M", 16777216 }, { "1G", 1 << 30 },
	{ "1.5K", 1536 }, { "2MiB", 2 << 20 }, { "4T", UINT64_C(4) << 40 },
};

static const char *const no_durations[] = { "",	     "s",   "-1s", "1x",  "1 s", "1s ",	    "ms",
					    "1e30s", "inf", "nan", "1ss", "1d",	 "2600000h" };
static const char *const no_sizes[] = { "",    "K",   "-1",  "1KB",  "1X",    "1 K",
					"1Ki", "inf", "nan", "1e30", "1KiBs", "9000000T" };

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static void test_durations(void **state)
{
	u64 ns;

	(void)state;
	for (size_t i = 0; i < COUNT(durations); i++) {
		assert_int_equal(parse_duration(durations[i].text, &ns), 0);
		assert_int_equal(ns, durations[i].ns);
	}
	for (size_t i = 0; i < COUNT(no_durations); i++)
		if (parse_duration(no_durations[i], &ns) != -EINVAL)
			fail_msg("'%s' is taken for a duration", no_durations[i]);
}

static void test_sizes(void **state)
{
	u64 bytes;

	(void)state;
	for (size_t i = 0; i < COUNT(sizes); i++) {
		assert_int_equal(parse_size(sizes[i].text, &bytes), 0);
		assert_int_equal(bytes, sizes[i].bytes);
	}
	for (size_t i = 0; i < COUNT(no_sizes); i++)
		if (parse_size(no_sizes[i], &bytes) != -EINVAL)
			fail_msg("'%s' is taken for a size", no_sizes[i]);
}

static void test_pfns(void **state)
{
	static const struct {
		const char *text;
		struct pfn_range pfns;
	} good[] = { { "0", { 0, 1 } },
		     { "5-9", { 5, 5 } },
		     { "0x1000-0x1fff", { 0x1000, 0x1000 } },
		     { "16-0x10", { 16, 1 } },
		     { "1-0xffffffffffffffff", { 1, UINT64_MAX } } };
	static const char *const bad[] = { "",
					   "x",
					   "-",
					   "5-",
					   "-5",
					   "7-3",
					   "0x",
					   "5-9-",
					   "5 - 9",
					   "0x10-g",
					   "0-0xffffffffffffffff" };
	struct pfn_range pfns;

	(void)state;
	for (size_t i = 0; i < COUNT(good); i++) {
		assert_int_equal(parse_pfns(good[i].text, &pfns), 0);
		assert_int_equal(pfns.first, good[i].pfns.first);
		assert_int_equal(pfns.pages, good[i].pfns.pages);
	}
	for (size_t i = 0; i < COUNT(bad); i++)
		if (parse_pfns(bad[i], &pfns) != -EINVAL)
			fail_msg("'%s' is taken for page frames", bad[i]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_durations),
		cmocka_unit_test(test_pfns),
		cmocka_unit_test(test_sizes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
