// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>
#include "scenario.h"

static struct ledger_totals totals_of(const struct session *s)
{
	struct ledger_totals totals;

	ledger__totals(session__ledger(s), &totals);
	return totals;
}

static void empty_session(void **state)
{
	struct session *s = scenario__new("");

	(void)state;
	assert_non_null(session__ledger(s));
	assert_non_null(session__stacks(s));
	assert_null(session__meta(s));
	assert_null(session__vmstat(s, VMSTAT_START));
	assert_null(session__vmstat(s, 99));
	assert_null(session__mark(s, MARK_END));
	assert_null(session__mark(s, (enum mark_kind)99));
	assert_null(session__hook(s, 0));
	assert_int_equal(session__lost(s, LOSS_RING_PIN), 0);
	assert_int_equal(session__lost(s, (enum loss_reason)99), 0);
	session__free(s);
	session__free(NULL);
}

static void keeps_what_describes_the_run(void **state)
{
	struct session *s = scenario__new("meta release=6.12 page=16384 command=\"true x\"\n"
					  "hook pin_user_pages attached fexit\n"
					  "hook unpin_folio missing none\n"
					  "mark ts=1s start\n"
					  "mark ts=2s cmd-start value=42\n"
					  "mark ts=3s name text=one\n"
					  "mark ts=4s name text=two\n");

	(void)state;
	assert_string_equal(session__meta(s)->release, "6.12");
	assert_string_equal(session__meta(s)->command, "true x");
	assert_int_equal(session__meta(s)->page_bytes, 16384);
	assert_int_equal(session__hook(s, 0)->api, HOOK_PIN_USER_PAGES);
	assert_int_equal(session__hook(s, 1)->state, HOOK_STATE_MISSING);
	assert_null(session__hook(s, 2));
	assert_int_equal(session__mark(s, MARK_CMD_START)->value, 42);
	assert_int_equal(session__mark(s, MARK_START)->h.ts_ns, 1000000000);
	assert_string_equal(session__mark(s, MARK_NAME)->text, "two");
	session__free(s);
}

static void feeds_ledger_and_stacks(void **state)
{
	struct session *s = scenario__new(
		"meta\n"
		"stack kernel id=7 0xffffffff81000010\n"
		"sym 0xffffffff81000010 drv_map+16\n"
		"pin ts=1s tid=5 tgid=5 mm=0x5 api=pin_user_pages stack=7 call=1 runs=100+4\n"
		"unpin ts=2s tid=5 tgid=5 mm=0x5 api=unpin_user_pages call=2 runs=100+1\n");
	const struct event_stack *st = stacks__get(session__stacks(s), 7);

	(void)state;
	assert_int_equal(totals_of(s).pinned_pages, 4);
	assert_int_equal(totals_of(s).open_pages, 3);
	assert_non_null(st);
	assert_string_equal(stacks__sym(session__stacks(s), 0, st->ips[0])->name, "drv_map");
	session__free(s);
}

static void first_start_and_last_end(void **state)
{
	struct session *s = scenario__new("vmstat start acquired=1\n"
					  "vmstat start acquired=2\n"
					  "vmstat end acquired=3\n"
					  "vmstat end acquired=4\n");

	(void)state;
	assert_int_equal(session__vmstat(s, VMSTAT_START)->vm_acquired, 1);
	assert_int_equal(session__vmstat(s, VMSTAT_END)->vm_acquired, 4);
	session__free(s);
}

static void losses_add_up_and_saturate(void **state)
{
	struct session *s = scenario__new("lost reason=ring-pin count=3\n"
					  "lost reason=ring-pin count=4 cpu=1\n"
					  "lost reason=stack count=1\n"
					  "lost reason=scratch count=0xffffffffffffffff\n"
					  "lost reason=scratch count=1\n");

	(void)state;
	assert_int_equal(session__lost(s, LOSS_RING_PIN), 7);
	assert_int_equal(session__lost(s, LOSS_STACK), 1);
	/* Not 0: that would read as "nothing was lost". */
	assert_true(session__lost(s, LOSS_SCRATCH) == UINT64_MAX);
	session__free(s);
}

#define FOREIGN_RELEASE                                                                            \
	"unpin ts=1s tid=8 tgid=8 mm=0x8 api=unpin_user_pages call=1 runs=100+6\n"                 \
	"mark ts=9s end\n"

static void meta_tells_of_pins_from_before(void **state)
{
	static const struct {
		const char *meta;
		u64 unknown_origin;
	} cases[] = {
		{ "meta preexisting=0\n", 0 },
		{ "meta preexisting=6\n", 6 },
		/* Below zero: cannot know, so no release can be blamed. */
		{ "meta preexisting=-2\n", 6 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct session *s = scenario__new(cases[i].meta);

		assert_int_equal(scenario__feed(s, FOREIGN_RELEASE), 0);
		assert_int_equal(totals_of(s).unmatched_pages, 6);
		assert_int_equal(totals_of(s).unknown_origin_pages, cases[i].unknown_origin);
		session__free(s);
	}
}

static void meta_only_once_and_in_time(void **state)
{
	struct session *s = scenario__new("hook pin_user_pages attached fexit\nmeta\n");

	(void)state;
	assert_int_equal(scenario__feed(s, "meta\n"), -EBADMSG);
	assert_string_equal(session__error(s), "a second meta record");
	assert_int_equal(scenario__feed(s, "mark ts=1s start\n"), 0);
	assert_string_equal(session__error(s), "");
	session__free(s);

	s = scenario__new("mark ts=1s start\n");
	assert_int_equal(scenario__feed(s, "meta\n"), -EBADMSG);
	session__free(s);
}

static void refuses_malformed_records(void **state)
{
	struct session *s = scenario__new("");
	struct rec_lost lost = { .h = { .sz = sizeof(lost), .kind = REC_LOST },
				 .reason = LOSS_MAX };

	(void)state;
	assert_int_equal(session__feed(s, &lost.h, sizeof(lost)), -EBADMSG);
	assert_string_not_equal(session__error(s), "");
	lost.reason = LOSS_RING_PIN;
	/* The record ends behind the data: for a session that is damage too. */
	assert_int_equal(session__feed(s, &lost.h, sizeof(lost) - 8), -EBADMSG);
	lost.count = 5;
	assert_int_equal(session__feed(s, &lost.h, sizeof(lost)), 0);
	assert_int_equal(session__lost(s, LOSS_RING_PIN), 5);
	session__free(s);
}

static void bounds_hook_rows(void **state)
{
	struct session *s = scenario__new("");
	int err = 0, rows = 0;

	(void)state;
	for (; !err && rows < 10000; rows++)
		err = scenario__feed(s, "hook pin_user_pages attached fexit\n");
	assert_int_equal(err, -EBADMSG);
	assert_true(rows > 40);
	session__free(s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(empty_session),
		cmocka_unit_test(keeps_what_describes_the_run),
		cmocka_unit_test(feeds_ledger_and_stacks),
		cmocka_unit_test(first_start_and_last_end),
		cmocka_unit_test(losses_add_up_and_saturate),
		cmocka_unit_test(meta_tells_of_pins_from_before),
		cmocka_unit_test(meta_only_once_and_in_time),
		cmocka_unit_test(refuses_malformed_records),
		cmocka_unit_test(bounds_hook_rows),
	};

	return cmocka_run_group_tests_name("session", tests, NULL, NULL);
}
