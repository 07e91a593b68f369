// SPDX-License-Identifier: GPL-2.0
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <errno.h>
#include <string.h>
#include "kernel/memory_ranges.h"

static int parse(struct memory_ranges *m, const char *iomem)
{
	FILE *f = fmemopen((void *)iomem, strlen(iomem), "r");
	int err;

	assert_non_null(f);
	err = memory_ranges__parse(m, f, 4096);
	fclose(f);
	return err;
}

/* By address, only RAM, whole pages, what touches joined; a driver's memory is nested. */
static void test_ram(void **state)
{
	struct memory_ranges m;

	(void)state;
	assert_int_equal(parse(&m, "100000000-13fffffff : System RAM\n"
				   "00001000-0009fbff : System RAM\n"
				   "000a0000-000bffff : PCI Bus 0000:00\n"
				   "00100000-001fffff : System RAM\n"
				   "  00100000-00180000 : Kernel code\n"
				   "00200000-7fffffff : System RAM\n"
				   "180000000-18fffffff : Persistent Memory\n"
				   "  180000000-187ffffff : System RAM (kmem)\n"),
			 0);
	assert_int_equal(m.nr, 4);
	assert_int_equal(m.at[0].start, 1);
	assert_int_equal(m.at[0].end, 0x9f); /* the last page is not whole */
	assert_int_equal(m.at[1].start, 0x100);
	assert_int_equal(m.at[1].end, 0x80000);
	assert_int_equal(memory_ranges__pages(&m), 0x9e + (0x80000 - 0x100) + 0x40000 + 0x8000);
	memory_ranges__deinit(&m);
	assert_null(m.at);
}

static void test_has(void **state)
{
	static const u64 in[] = { 1, 0x9f, 0x100, 0x7ffff, 0x100000, 0x13ffff };
	static const u64 out[] = { 0, 0xa0, 0xff, 0x80000, 0xfffff, 0x140000, UINT64_MAX };
	struct memory_ranges m;

	(void)state;
	assert_int_equal(parse(&m, "00001000-0009ffff : System RAM\n"
				   "00100000-7fffffff : System RAM\n"
				   "100000000-13fffffff : System RAM\n"),
			 0);
	for (size_t i = 0; i < sizeof(in) / sizeof(in[0]); i++)
		if (!memory_ranges__has(&m, in[i]))
			fail_msg("%#llx is in", (unsigned long long)in[i]);
	for (size_t i = 0; i < sizeof(out) / sizeof(out[0]); i++)
		if (memory_ranges__has(&m, out[i]))
			fail_msg("%#llx is out", (unsigned long long)out[i]);
	memory_ranges__deinit(&m);
}

/* To one without CAP_SYS_ADMIN all addresses are 0. */
static void test_none(void **state)
{
	struct memory_ranges m;

	(void)state;
	assert_int_equal(parse(&m, "00000000-00000000 : System RAM\n"
				   "00000000-00000000 : System RAM\n"),
			 -ENOENT);
	assert_int_equal(parse(&m, "not a line of iomem\n"), -ENOENT);
	assert_null(m.at);
	assert_false(memory_ranges__has(&m, 1));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_ram),
		cmocka_unit_test(test_has),
		cmocka_unit_test(test_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
