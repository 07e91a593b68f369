// SPDX-License-Identifier: GPL-2.0
/* From readings of the pin counters to the least difference, and when that is relied on. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include "capture/least_net.h"

#define MS    1000000ull
#define BATCH 16
#define CPUS  4

struct series {
	struct least_net l;
	struct net_reading r[BATCH];
	u64 now_ns, moved;
};

static struct series series(s64 expected)
{
	struct series s = { 0 };

	least_net__init(&s.l, expected, CPUS);
	return s;
}

/* What is different between kernel and hooks: `net` pages. Each reading later than the last. */
static void set_net(struct series *s, size_t i, s64 net)
{
	s->moved++;
	s->r[i] = (struct net_reading){
		.seen_acquired = 1000 + s->moved,
		.vm_acquired = 5000 + s->moved + (u64)net,
		.vm_released = 5000 + s->moved,
		.seen_released = 1000 + s->moved,
	};
}

static void add(struct series *s)
{
	s->now_ns += 2 * MS;
	least_net__add(&s->l, s->now_ns, s->r, BATCH);
}

/* A batch of which every `every`th reading has `least`, the others more. */
static void add_busy(struct series *s, s64 least, size_t every)
{
	for (size_t i = 0; i < BATCH; i++)
		set_net(s, i, i % every ? least + 1 + (s64)(i % 7) : least);
	add(s);
}

static void test_as_expected(void **state)
{
	struct series s = series(-3);

	(void)state;
	for (int i = 0; i < 3; i++) {
		assert_false(least_net__is_exact(&s.l));
		add_busy(&s, -3, 5);
	}
	assert_true(least_net__is_exact(&s.l));
	assert_int_equal(least_net__value(&s.l)->net, -3);
	assert_int_equal(least_net__slack(&s.l), 0);
}

/* Something is different, and nothing moves: it may be a pin in progress that waits. */
static void test_calm(void **state)
{
	struct series s = series(0);

	(void)state;
	for (size_t i = 0; i < BATCH; i++) {
		set_net(&s, i, 7);
		s.r[i] = s.r[0];
	}
	for (int i = 0; i < 25; i++) {
		assert_false(least_net__is_exact(&s.l));
		add(&s);
	}
	assert_false(least_net__is_exact(&s.l));
	add(&s);
	assert_true(least_net__is_exact(&s.l));
	assert_int_equal(least_net__value(&s.l)->net, 7);
	/* the waiting pin is done after all: that which was exact is not the least */
	set_net(&s, 3, 2);
	add(&s);
	add(&s);
	assert_int_equal(least_net__value(&s.l)->net, 2);
	assert_false(least_net__is_exact(&s.l));
}

/*
 * A processor stood still for a whole batch between taking its part from itself and adding it to
 * the node's: every reading is too small, and by the next batch it is over.
 */
static void test_stalled_fold(void **state)
{
	struct series s = series(16);

	(void)state;
	add_busy(&s, 16, 2);
	for (size_t i = 0; i < BATCH; i++)
		set_net(&s, i, 4);
	add(&s);
	add_busy(&s, 16, 2);
	add_busy(&s, 16, 2);
	assert_int_equal(least_net__value(&s.l)->net, 16);
	assert_true(least_net__is_exact(&s.l));
}

static void test_busy(void **state)
{
	struct series s = series(0);
	int batches = 0;

	(void)state;
	while (!least_net__is_exact(&s.l) && batches < 100) {
		add_busy(&s, 9, 4);
		batches++;
	}
	/* 64 + 8 for each CPU, of 4 in a batch */
	assert_int_equal(batches, (64 + 8 * CPUS) / 4);
	assert_int_equal(least_net__value(&s.l)->net, 9);
}

/* All in one batch: a task that lost its CPU in the midst of a pin looks like this. */
static void test_several_batches(void **state)
{
	struct series s = series(0);

	(void)state;
	for (int i = 0; i < 7; i++)
		add_busy(&s, 9, 1);
	assert_true(least_net__value(&s.l)->sightings > 64 + 8 * CPUS);
	assert_false(least_net__is_exact(&s.l));
	add_busy(&s, 9, 1);
	assert_true(least_net__is_exact(&s.l));
}

static void test_never_quiet(void **state)
{
	struct series s = series(0);

	(void)state;
	for (int i = 0; i < 20; i++) {
		for (size_t n = 0; n < BATCH; n++)
			set_net(&s, n, 40 + (n * 13 + i * 7) % 60);
		add(&s);
	}
	assert_false(least_net__is_exact(&s.l));
	assert_int_equal(least_net__slack(&s.l), s.l.most - least_net__value(&s.l)->net);
	assert_true(least_net__slack(&s.l) > 0);
}

/* While a CPU adds its part to its node's a reading may be too low, and does not count. */
static void test_fold_in_between(void **state)
{
	struct series s = series(0);

	(void)state;
	add_busy(&s, 0, 3);
	for (size_t i = 0; i < BATCH; i++)
		set_net(&s, i, i == 5 || i == 9 ? -125 : 0);
	s.r[5].folds_after = 1; /* in the midst of it */
	for (size_t i = 6; i < BATCH; i++)
		s.r[i].folds_before = s.r[i].folds_after = 1;
	for (size_t i = 10; i < BATCH; i++) /* behind it: the node's part moves by the next */
		s.r[i].folds_before = s.r[i].folds_after = 2;
	add(&s);
	assert_int_equal(least_net__value(&s.l)->net, 0);
	assert_int_equal(s.l.valid, 2 * (BATCH - 1) - 3);
	/* the last of a batch has no next one */
	set_net(&s, BATCH - 1, -125);
	add(&s);
	assert_int_equal(least_net__value(&s.l)->net, 0);
}

static void test_nothing_valid(void **state)
{
	struct series s = series(0);

	(void)state;
	for (size_t i = 0; i < BATCH; i++) {
		set_net(&s, i, 0);
		s.r[i].folds_before = i;
		s.r[i].folds_after = i;
	}
	add(&s);
	assert_int_equal(s.l.valid, 0);
	assert_false(least_net__is_exact(&s.l));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_as_expected),	cmocka_unit_test(test_calm),
		cmocka_unit_test(test_stalled_fold),	cmocka_unit_test(test_busy),
		cmocka_unit_test(test_several_batches), cmocka_unit_test(test_never_quiet),
		cmocka_unit_test(test_fold_in_between), cmocka_unit_test(test_nothing_valid),
	};

	return cmocka_run_group_tests_name("least_net", tests, NULL, NULL);
}
