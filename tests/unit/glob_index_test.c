// SPDX-License-Identifier: GPL-2.0
/* The index against asking each glob; and that it asks for few of many. */
#include <fnmatch.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>
#include "base/glob_index.h"

#define GLOBS	   400
#define NAMES	   20000
#define GLOB_BYTES 12

struct question {
	char (*globs)[GLOB_BYTES];
	u64 asked;
};

static bool matches(u32 number, const char *name, void *arg)
{
	struct question *q = arg;

	q->asked++;
	return !fnmatch(q->globs[number], name, 0);
}

static u32 by_hand(char (*globs)[GLOB_BYTES], u32 nr, const char *name)
{
	u32 i = 0;

	while (i < nr && fnmatch(globs[i], name, 0))
		i++;
	return i;
}

static void random_text(char *text, const char *of, unsigned of_nr)
{
	unsigned len = random() % (GLOB_BYTES - 1);

	for (unsigned i = 0; i < len; i++)
		text[i] = of[random() % of_nr];
	text[len] = '\0';
}

static void as_asking_each(void **state)
{
	static char globs[GLOBS][GLOB_BYTES];
	struct question q = { .globs = globs };
	struct glob_index g = { 0 };
	unsigned found = 0;

	(void)state;
	srandom(20261127);
	for (u32 i = 0; i < GLOBS; i++) {
		/* the empty one matches the empty name only */
		random_text(globs[i], "abcabcabc*?[]\\", 14);
		assert_int_equal(glob_index__add(&g, globs[i], i), 0);
	}
	glob_index__sort(&g);
	for (int i = 0; i < NAMES; i++) {
		char name[GLOB_BYTES];
		u32 want, limit = i % 2 ? GLOBS : random() % GLOBS;

		random_text(name, "abc", 3);
		want = by_hand(globs, limit, name);
		found += want < limit;
		assert_int_equal(glob_index__first(&g, name, limit, matches, &q), want);
	}
	assert_in_range(found, NAMES / 10, NAMES * 99 / 100);
	glob_index__deinit(&g);
}

static void nothing_in_it(void **state)
{
	struct glob_index g = { 0 };

	(void)state;
	glob_index__sort(&g);
	assert_int_equal(glob_index__first(&g, "name", 7, matches, NULL), 7);
	glob_index__deinit(&g);
}

/* How many globs are asked for n names of n globs: each matches its own, or none does. */
static u64 asked(u32 n, const char *form, const char *name_form)
{
	char(*globs)[GLOB_BYTES] = calloc(n, GLOB_BYTES);
	struct question q = { .globs = globs };
	struct glob_index g = { 0 };

	assert_non_null(globs);
	for (u32 i = 0; i < n; i++) {
		snprintf(globs[i], GLOB_BYTES, form, i);
		assert_int_equal(glob_index__add(&g, globs[i], i), 0);
	}
	glob_index__sort(&g);
	for (u32 i = 0; i < n; i++) {
		char name[32];

		snprintf(name, sizeof(name), name_form, i);
		glob_index__first(&g, name, n, matches, &q);
	}
	glob_index__deinit(&g);
	free(globs);
	return q.asked;
}

static void four_times_as_many_ask_four_times(void **state)
{
	static const struct {
		const char *form, *name_form;
	} cases[] = {
		{ "f%07u", "f%07u" },	  { "f%07u*", "f%07u_tail" }, { "*f%07u", "head_f%07u" },
		{ "*%07u*", "a_%07u_b" }, { "f%07u", "g%07u" },	      { "f%07u?", "f%07u" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		u64 one = asked(2000, cases[i].form, cases[i].name_form);
		u64 four = asked(8000, cases[i].form, cases[i].name_form);

		assert_in_range(one, 0, 2 * 2000);
		assert_in_range(four, 0, 2 * 8000);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(as_asking_each),
		cmocka_unit_test(nothing_in_it),
		cmocka_unit_test(four_times_as_many_ask_four_times),
	};

	return cmocka_run_group_tests_name("glob index", tests, NULL, NULL);
}
