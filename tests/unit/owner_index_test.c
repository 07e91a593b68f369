// SPDX-License-Identifier: GPL-2.0
/* Pages to owners: what OWNER records tell, in whatever order. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include "record/owner_index.h"

static struct rec_owner owner(u32 pid, u8 kind)
{
	return (struct rec_owner){ .pid = pid, .kind = kind, .fd = 3, .nr_runs = 1 };
}

static void add(struct owner_index *x, u32 pid, u64 pfn, u32 pages)
{
	const struct rec_owner o = owner(pid, OWNER_IO_URING);
	const struct rec_run run = { .pfn = pfn, .pages = pages };

	assert_int_equal(owner_index__add_record(x, &o, &run), 0);
}

static u32 holder(struct owner_index *x, u64 pfn, u64 pages)
{
	const struct rec_owner *o = owner_index__find(x, pfn, pages);

	return o ? o->pid : 0;
}

static void test_empty(void **state)
{
	struct owner_index x = { 0 };

	(void)state;
	assert_null(owner_index__find(&x, 0, UINT64_MAX));
	owner_index__deinit(&x);
}

static void test_found_by_page_and_folio(void **state)
{
	struct owner_index x = { 0 };

	(void)state;
	add(&x, 2, 1000, 10);
	add(&x, 1, 100, 1);
	assert_int_equal(holder(&x, 100, 1), 1);
	assert_int_equal(holder(&x, 101, 1), 0);
	assert_int_equal(holder(&x, 99, 1), 0);
	assert_int_equal(holder(&x, 999, 1), 0);
	assert_int_equal(holder(&x, 1009, 1), 2);
	assert_int_equal(holder(&x, 1010, 512), 0);
	assert_int_equal(holder(&x, 512, 512), 2); /* a folio with some of its pages */
	owner_index__deinit(&x);
}

/* One long registration with short ones inside must not hide what lies behind these. */
static void test_overlapping(void **state)
{
	struct owner_index x = { 0 };

	(void)state;
	add(&x, 1, 0, 1000);
	add(&x, 2, 10, 1);
	add(&x, 3, 990, 20);
	assert_int_equal(holder(&x, 500, 1), 1);
	assert_int_equal(holder(&x, 10, 1), 1);
	assert_int_equal(holder(&x, 999, 1), 1);
	assert_int_equal(holder(&x, 1005, 1), 3);
	owner_index__deinit(&x);
}

static void test_records_of_one_owner(void **state)
{
	struct owner_index x = { 0 };

	(void)state;
	add(&x, 1, 0, 1);
	add(&x, 1, 5, 1);
	assert_int_equal(x.nr_owners, 1);
	assert_int_equal(holder(&x, 5, 1), 1);
	add(&x, 2, 7, 1); /* after a search */
	assert_int_equal(x.nr_owners, 2);
	assert_int_equal(holder(&x, 7, 1), 2);
	owner_index__deinit(&x);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_empty),
		cmocka_unit_test(test_found_by_page_and_folio),
		cmocka_unit_test(test_overlapping),
		cmocka_unit_test(test_records_of_one_owner),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
