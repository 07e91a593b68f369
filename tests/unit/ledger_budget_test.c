// SPDX-License-Identifier: GPL-2.0
/*
 * The ledger's size, to the byte, and that it and the plain matcher of replay_bench come to the
 * same answer on the same recording. How fast it is: make bench-replay.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>
#include "record/decode.h"
#include "ledger/ledger.h"
#include "plain.h"
#include "replay_stream.h"

#define RUN_BYTES 64
#define MIB	  (1024 * 1024)

static void replay(const struct stream_opts *opts, struct ledger *l, struct plain *p)
{
	struct stream *s = stream__new(opts);
	const struct rec_hdr *rec;
	struct event e;

	while ((rec = stream__next(s))) {
		assert_int_equal(decode(rec, rec->sz, &e, NULL), rec->sz);
		assert_int_equal(ledger__feed(l, &e), 0);
		if (p)
			plain__feed(p, &e);
	}
	stream__free(s);
}

/* So many calls of a lane, all of them open. */
static struct ledger_totals hold(enum stream_lane lane, u32 calls)
{
	struct stream_opts opts = { .seed = 1, .records = calls };
	struct ledger *l = ledger__new(NULL);
	struct ledger_totals t;

	opts.share[lane] = 1;
	opts.open[lane] = calls;
	assert_non_null(l);
	replay(&opts, l, NULL);
	ledger__totals(l, &t);
	ledger__free(l);
	return t;
}

static void a_page_a_call(void **state)
{
	struct ledger_totals t = hold(STREAM_ONE, 1 << 19);

	(void)state;
	assert_true(t.open_runs > 500000); /* but for those whose release was seen first */
	assert_in_range(t.bytes, 1, RUN_BYTES * t.open_runs);
}

static void scattered_pages(void **state)
{
	struct ledger_totals t = hold(STREAM_LIST, 1 << 13);

	(void)state;
	assert_int_equal(t.open_runs, 1 << 18);
	assert_in_range(t.bytes, 1, RUN_BYTES * t.open_runs);
}

static void registrations_of_1_tib(void **state)
{
	struct ledger_totals t = hold(STREAM_REG, 1 << 14);

	(void)state;
	assert_int_equal(t.open_pages, (u64)1 << 28);
	assert_in_range(t.bytes, 1, RUN_BYTES * t.open_runs);
}

static void runs_of_2_mib_of_1_tib(void **state)
{
	struct ledger_totals t = hold(STREAM_HUGE, 1 << 19);

	(void)state;
	assert_int_equal(t.open_pages, (u64)1 << 28);
	assert_int_equal(t.open_calls, 1 << 19);
	assert_in_range(t.bytes, 1, 64 * MIB);
}

static u64 bytes_after(u64 records)
{
	struct stream_opts opts = stream__mix(1, records);
	struct ledger *l = ledger__new(NULL);
	struct ledger_totals t;

	opts.share[STREAM_REG] = 0; /* some thousand records until all of its calls are open */
	for (unsigned i = 0; i < STREAM_LANES_MAX; i++)
		opts.open[i] = 256;
	replay(&opts, l, NULL);
	ledger__totals(l, &t);
	ledger__free(l);
	return t.bytes;
}

/* What is released is used again: a daemon's ledger is as large as what was open at most. */
static void no_growth_with_records(void **state)
{
	u64 bytes = bytes_after(50000);

	(void)state;
	assert_in_range(bytes_after(200000), bytes, bytes + bytes / 20);
}

static void same_answer_as_plain(void **state)
{
	(void)state;
	for (u64 seed = 1; seed <= 3; seed++) {
		struct stream_opts opts = stream__mix(seed, 20000);
		struct ledger *l = ledger__new(NULL);
		struct plain *p = plain__new();
		struct ledger_totals t;
		struct plain_totals pt;

		for (unsigned i = 0; i < STREAM_LANES_MAX; i++)
			opts.open[i] = 8 << seed; /* so that most of it is released again */
		replay(&opts, l, p);
		ledger__totals(l, &t);
		plain__totals(p, &pt);
		assert_true(t.ended_pages > t.open_pages);
		assert_int_equal(t.pinned_pages, pt.pinned_pages);
		assert_int_equal(t.ended_pages, pt.ended_pages);
		assert_int_equal(t.open_pages, pt.open_pages);
		assert_int_equal(t.unmatched_pages, 0);
		assert_int_equal(pt.pending_pages, 0);
		plain__free(p);
		ledger__free(l);
	}
}

/* The recording has what the bench says it has, and is the same for the same seed. */
static void what_a_recording_has(void **state)
{
	u64 folios = 0, others = 0, early = 0, last_ts = 0, sums[2] = { 0 };

	(void)state;
	for (unsigned turn = 0; turn < 2; turn++) {
		struct stream_opts opts = stream__mix(7, 30000);
		struct stream *s = stream__new(&opts);
		const struct rec_hdr *rec;

		while ((rec = stream__next(s))) {
			const struct rec_unpin *u = (const void *)rec;

			for (u32 i = 0; i < rec->sz; i++)
				sums[turn] = sums[turn] * 31 + ((const u8 *)rec)[i];
			early += rec->kind == REC_PIN && rec->ts_ns < last_ts;
			last_ts = rec->ts_ns;
			if (rec->kind != REC_UNPIN)
				continue;
			others += !u->mm;
			folios += ((const struct rec_run *)(u + 1))->flags & RUN_FOLIO;
		}
		stream__free(s);
	}
	assert_int_equal(sums[0], sums[1]);
	assert_true(folios > 1000 && others > 1000 && early > 100);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_page_a_call),	  cmocka_unit_test(scattered_pages),
		cmocka_unit_test(registrations_of_1_tib), cmocka_unit_test(runs_of_2_mib_of_1_tib),
		cmocka_unit_test(no_growth_with_records), cmocka_unit_test(same_answer_as_plain),
		cmocka_unit_test(what_a_recording_has),
	};

	return cmocka_run_group_tests_name("ledger_budget", tests, NULL, NULL);
}
