// SPDX-License-Identifier: GPL-2.0
/* Which CPU writes to which channel: capture/channels.h. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include "capture/channels.h"

static void assigns(const char *online, unsigned nr_cpus, unsigned nr_channels, const u32 *of_cpu)
{
	u32 got[16];

	assert_int_equal(channels__assign(online, nr_cpus, got), nr_channels);
	assert_memory_equal(got, of_cpu, nr_cpus * sizeof(*got));
}

static void each_online_cpu_has_its_own(void **state)
{
	(void)state;
	assigns("0-3\n", 4, 4, (u32[]){ 0, 1, 2, 3 });
	assigns("0", 1, 1, (u32[]){ 0 });
}

static void those_that_come_later_share(void **state)
{
	(void)state;
	assigns("0-1\n", 6, 2, (u32[]){ 0, 1, 0, 1, 0, 1 });
	assigns("0,2,5-6\n", 8, 4, (u32[]){ 0, 0, 1, 1, 2, 2, 3, 3 });
}

/* The kernel never writes these; a channel too many is harmless, one too few is not. */
static void what_is_no_list_gives_all_their_own(void **state)
{
	const u32 own[] = { 0, 1, 2 };

	(void)state;
	assigns("", 3, 3, own);
	assigns("\n", 3, 3, own);
	assigns("0-", 3, 3, own);
	assigns("0 1", 3, 3, own);
	assigns("x", 3, 3, own);
	assigns("7-9\n", 3, 3, own);
}

static void a_cpu_named_twice_has_one(void **state)
{
	(void)state;
	assigns("0-1,1\n", 3, 2, (u32[]){ 0, 1, 0 });
	assigns("0-4000000000\n", 3, 3, (u32[]){ 0, 1, 2 });
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_online_cpu_has_its_own),
		cmocka_unit_test(those_that_come_later_share),
		cmocka_unit_test(what_is_no_list_gives_all_their_own),
		cmocka_unit_test(a_cpu_named_twice_has_one),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
