// SPDX-License-Identifier: GPL-2.0
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <errno.h>
#include <string.h>
#include "kernel/memory_zones.h"

static int parse(struct memory_zones *z, const char *text)
{
	FILE *f = fmemopen((void *)text, strlen(text), "r");
	int err;

	assert_non_null(f);
	err = memory_zones__parse(z, f);
	fclose(f);
	return err;
}

static void test_zones_of_nodes(void **state)
{
	struct memory_zones z;

	(void)state;
	assert_int_equal(parse(&z, "Node 0, zone    DMA32\n"
				   "  per-node stats\n"
				   "        spanned  1000\n"
				   "  start_pfn:           4096\n"
				   "Node 0, zone   Device\n"
				   "        spanned  0\n"
				   "Node 1, zone  Movable\n"
				   "        spanned  100\n"
				   "  start_pfn:           8192\n"),
			 0);
	assert_int_equal(memory_zones__find(&z, 4096)->zone, PAGE_ZONE_DMA32);
	assert_int_equal(memory_zones__find(&z, 8291)->zone, PAGE_ZONE_MOVABLE);
	assert_int_equal(memory_zones__find(&z, 8291)->node, 1);
	assert_null(memory_zones__find(&z, 8292));
	assert_null(memory_zones__find(&z, 4095));
	memory_zones__deinit(&z);
}

static void test_none(void **state)
{
	struct memory_zones z;

	(void)state;
	assert_int_equal(parse(&z, "Node 0, zone   Normal\n"), -ENOENT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_zones_of_nodes),
		cmocka_unit_test(test_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
