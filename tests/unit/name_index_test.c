// SPDX-License-Identifier: GPL-2.0
/* Numbers by their names. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>
#include "base/name_index.h"

#define CNT 1000

static char names[CNT][16];

/* The first number of that name, as callers look for it. */
static u32 find(const struct name_index *idx, const char *name)
{
	u32 i;

	for (i = name_index__first(idx, name); i != NAME_INDEX_END; i = idx->next[i])
		if (!strcmp(names[i], name))
			break;
	return i;
}

static void test_names(void **state)
{
	struct name_index idx;
	u32 i;

	(void)state;
	assert_int_equal(name_index__init(&idx, CNT), 0);
	for (i = 0; i < CNT; i++) {
		snprintf(names[i], sizeof(names[i]), "name_%u", i);
		assert_int_equal(find(&idx, names[i]), NAME_INDEX_END);
		name_index__add(&idx, names[i], i);
	}
	for (i = 0; i < CNT; i++)
		assert_int_equal(find(&idx, names[i]), i);
	assert_int_equal(find(&idx, "name_"), NAME_INDEX_END);
	assert_int_equal(find(&idx, ""), NAME_INDEX_END);
	name_index__deinit(&idx);
}

/* Of one name: all are found, the last one added first. */
static void test_same_name(void **state)
{
	struct name_index idx;
	u32 i;

	(void)state;
	assert_int_equal(name_index__init(&idx, 3), 0);
	for (i = 0; i < 3; i++) {
		strcpy(names[i], "same");
		name_index__add(&idx, names[i], i);
	}
	assert_int_equal(name_index__first(&idx, "same"), 2);
	assert_int_equal(idx.next[2], 1);
	assert_int_equal(idx.next[1], 0);
	assert_int_equal(idx.next[0], NAME_INDEX_END);
	name_index__deinit(&idx);
}

static void test_nothing(void **state)
{
	struct name_index idx;

	(void)state;
	assert_int_equal(name_index__init(&idx, 0), 0);
	assert_int_equal(name_index__first(&idx, "any"), NAME_INDEX_END);
	name_index__deinit(&idx);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_same_name),
		cmocka_unit_test(test_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
