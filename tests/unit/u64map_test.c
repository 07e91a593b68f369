// SPDX-License-Identifier: GPL-2.0
/*
 * The map against a plain array, over a random schedule of few keys, so that they collide and go.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>
#include "base/u64map.h"

#define KEYS 4096

static void test_as_an_array(void **state)
{
	static u64 want[KEYS]; /* value, 0 = none */
	struct u64map m = { 0 };
	size_t nr = 0;

	(void)state;
	srandom(20261124);
	for (int step = 0; step < 200000; step++) {
		u64 key = 1 + random() % (KEYS - 1);
		u64 *got = u64map__get(&m, key << 12);

		assert_int_equal(got ? *got : 0, want[key]);
		if (random() % 2) {
			nr += !want[key];
			want[key] = 1 + random();
			assert_int_equal(u64map__set(&m, key << 12, want[key]), 0);
		} else {
			nr -= !!want[key];
			want[key] = 0;
			u64map__del(&m, key << 12);
		}
		assert_int_equal(m.nr, nr);
	}
	u64map__deinit(&m);
}

static void test_no_key(void **state)
{
	struct u64map m = { 0 };

	(void)state;
	assert_int_equal(u64map__set(&m, 0, 5), 0);
	assert_null(u64map__get(&m, 0));
	u64map__del(&m, 0);
	u64map__del(&m, 7);
	assert_int_equal(m.nr, 0);
	u64map__deinit(&m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_as_an_array),
		cmocka_unit_test(test_no_key),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
