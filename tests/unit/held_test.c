// SPDX-License-Identifier: GPL-2.0
/* What pins keep in place: whole folios, each once. And arrays that grow. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>
#include "base/array.h"
#include "ledger/held.h"

/* Runs until one without pages; the pages that they hold. */
static u64 held_by(const struct rec_run *run)
{
	struct held h = { 0 };
	u64 pages;

	for (; run->pages; run++)
		assert_int_equal(held__add(&h, run), 0);
	pages = held__pages(&h);
	assert_int_equal(held__pages(&h), pages);
	held__deinit(&h);
	return pages;
}

#define HELD(...) held_by((const struct rec_run[]){ __VA_ARGS__, { .pages = 0 } })

static void test_folios(void **state)
{
	(void)state;
	/* pages of their own */
	assert_int_equal(HELD({ .pfn = 100, .pages = 4 }), 4);
	/* one page of a 2 MiB folio, by itself or by count */
	assert_int_equal(HELD({ .pfn = 1024 + 77, .pages = 1, .order = 9 }), 512);
	assert_int_equal(HELD({ .pfn = 1024, .pages = 3, .order = 9, .flags = RUN_FOLIO }), 512);
	assert_int_equal(HELD({ .pfn = 1024, .pages = 600, .order = 9, .flags = RUN_FOLIO }), 512);
	/* several folios of 16 KiB, the first and the last in part */
	assert_int_equal(HELD({ .pfn = 102, .pages = 4, .order = 2 }), 8);
	/* not known, or no order at all: the pages that are there */
	assert_int_equal(HELD({ .pfn = 102, .pages = 4, .order = RUN_ORDER_UNKNOWN }), 4);
	assert_int_equal(HELD({ .pfn = 102, .pages = 4, .order = 63 }), 4);
}

static void test_once(void **state)
{
	struct held h = { 0 }, all = { 0 };

	(void)state;
	/* 16,384 registrations of one page */
	for (int i = 0; i < 16384; i++)
		assert_int_equal(held__add(&h, &(struct rec_run){ .pfn = 7, .pages = 1 }), 0);
	assert_int_equal(h.nr, 1);
	assert_int_equal(held__pages(&h), 1);
	/* runs that overlap, the wider and the earlier one last */
	assert_int_equal(HELD({ .pfn = 200, .pages = 10 }, { .pfn = 100, .pages = 10 },
			      { .pfn = 205, .pages = 10 }, { .pfn = 90, .pages = 200 }),
			 200);
	/* two pages of one folio, of different calls; and a page beside it */
	assert_int_equal(HELD({ .pfn = 1024, .pages = 1, .order = 9 }, { .pfn = 1536, .pages = 1 },
			      { .pfn = 1030, .pages = 1, .order = 9 }),
			 513);
	/* of several holders: less than their sum */
	assert_int_equal(held__add(&all, &(struct rec_run){ .pfn = 6, .pages = 3 }), 0);
	assert_int_equal(held__add_all(&all, &h), 0);
	assert_int_equal(held__pages(&all), 3);
	held__deinit(&h);
	held__deinit(&all);
}

static void test_array(void **state)
{
	u64 *at = NULL;
	size_t nr = 0, cap = 0;

	(void)state;
	for (u64 i = 0; i < 1000; i++) {
		assert_int_equal(ARRAY_GROW(at, nr, cap), 0);
		assert_true(nr < cap);
		at[nr++] = i;
	}
	for (u64 i = 0; i < 1000; i++)
		assert_int_equal(at[i], i);
	assert_true(cap < 4 * nr);
	/* more than there can be: refused, and nothing is lost */
	cap = SIZE_MAX / 2 + 1;
	assert_int_equal(array__grow(&at, &cap, sizeof(*at)), -ENOMEM);
	cap = SIZE_MAX / 4;
	assert_int_equal(array__grow(&at, &cap, sizeof(*at)), -ENOMEM);
	assert_int_equal(cap, SIZE_MAX / 4);
	assert_int_equal(at[999], 999);
	free(at);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_folios),
		cmocka_unit_test(test_once),
		cmocka_unit_test(test_array),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
