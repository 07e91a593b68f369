// SPDX-License-Identifier: GPL-2.0
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <errno.h>
#include <string.h>
#include <pinacct/bpf_shared.h>
#include "capture/expand_list.h"

/* A record with room for a list behind it, and what came out. */
struct record {
	union {
		struct rec_hdr h;
		struct rec_pin pin;
		struct rec_unpin unpin;
		u8 bytes[sizeof(struct rec_pin) + 2 * LIST_PER_CHUNK * sizeof(u64)];
	};
};

static struct record out;
static unsigned calls;

static int take(void *arg, const struct rec_hdr *rec)
{
	assert_true(rec->sz <= sizeof(out));
	memcpy(&out, rec, rec->sz);
	calls++;
	return *(int *)arg;
}

static int expand(const struct record *in, int answer)
{
	calls = 0;
	memset(&out, 0, sizeof(out));
	return expand_list(&in->h, take, &answer);
}

static struct record pin_of(const u64 *pfns, u32 nr)
{
	struct record r = { .pin = { .h = { .kind = REC_PIN,
					    .sz = sizeof(struct rec_pin) + nr * sizeof(u64) },
				     .flags = PIN_F_LIST | PIN_F_LONGTERM,
				     .nr_runs = nr,
				     .fs = "ext4" } };

	memcpy(r.pin.fs + 5, "rubbish", 7);
	memcpy(r.bytes + sizeof(r.pin), pfns, nr * sizeof(u64));
	return r;
}

/* Neighbours join, holes go, no run crosses 2 MiB, and the order stays. */
static void test_runs(void **state)
{
	static const u64 pfns[] = { 510, 511, 512, 513, LIST_HOLE, 514, 9, 9, 8 };
	static const struct rec_run wanted[] = {
		{ .pfn = 510, .pages = 2 }, { .pfn = 512, .pages = 3 }, { .pfn = 9, .pages = 1 },
		{ .pfn = 9, .pages = 1 },   { .pfn = 8, .pages = 1 },
	};
	const struct record in = pin_of(pfns, 9);
	const struct rec_run *runs = (const void *)(out.bytes + sizeof(struct rec_pin));

	(void)state;
	assert_int_equal(expand(&in, 0), 0);
	assert_int_equal(calls, 1);
	assert_int_equal(out.pin.flags, PIN_F_LONGTERM);
	assert_int_equal(out.pin.nr_runs, 5);
	assert_int_equal(out.h.sz, sizeof(struct rec_pin) + 5 * sizeof(struct rec_run));
	for (unsigned i = 0; i < 5; i++) {
		assert_int_equal(runs[i].pfn, wanted[i].pfn);
		assert_int_equal(runs[i].pages, wanted[i].pages);
		assert_int_equal(runs[i].order, RUN_ORDER_UNKNOWN);
	}
	assert_memory_equal(out.pin.fs, "ext4\0\0\0\0\0\0\0\0", 12);
}

static void test_release(void **state)
{
	const u64 pfns[] = { 4, 5, LIST_HOLE };
	struct record in = { .unpin = { .h = { .kind = REC_UNPIN,
					       .sz = sizeof(struct rec_unpin) + sizeof(pfns) },
					.flags = PIN_F_LIST,
					.nr_runs = 3 } };

	(void)state;
	memcpy(in.bytes + sizeof(in.unpin), pfns, sizeof(pfns));
	assert_int_equal(expand(&in, 0), 0);
	assert_int_equal(out.unpin.nr_runs, 1);
	assert_int_equal(out.unpin.flags, 0);
	assert_int_equal(out.h.sz, sizeof(struct rec_unpin) + sizeof(struct rec_run));
}

/* A list of the most that there can be; one more is refused, as is one longer than its record. */
static void test_lengths(void **state)
{
	u64 pfns[LIST_PER_CHUNK + 1];
	struct record in;

	(void)state;
	for (unsigned i = 0; i <= LIST_PER_CHUNK; i++)
		pfns[i] = 2 * i;
	in = pin_of(pfns, LIST_PER_CHUNK);
	assert_int_equal(expand(&in, 0), 0);
	assert_int_equal(out.pin.nr_runs, LIST_PER_CHUNK);
	in = pin_of(pfns, LIST_PER_CHUNK + 1);
	assert_int_equal(expand(&in, 0), -EBADMSG);
	in = pin_of(pfns, 4);
	in.pin.nr_runs = 5;
	assert_int_equal(expand(&in, 0), -EBADMSG);
	assert_int_equal(calls, 0);
}

/* Records without a list go through as they are; what the taker says comes back. */
static void test_others(void **state)
{
	static const u64 run[2];
	struct record in = pin_of(run, 2);
	struct record task = { .h = { .kind = REC_EXIT, .sz = sizeof(struct rec_task) } };

	(void)state;
	in.pin.flags = 0;
	in.pin.nr_runs = 1;
	assert_int_equal(expand(&in, 7), 7);
	assert_memory_equal(&out, &in, in.h.sz);
	assert_int_equal(expand(&task, -EIO), -EIO);
	assert_int_equal(calls, 1);
	assert_memory_equal(&out, &task, task.h.sz);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_runs),
		cmocka_unit_test(test_release),
		cmocka_unit_test(test_lengths),
		cmocka_unit_test(test_others),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
