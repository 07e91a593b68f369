// SPDX-License-Identifier: GPL-2.0
/* What people read: the two last lines, and exact texts of reports made by hand. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "base/format.h"
#include "report_world.h"

#define LAST_CLEAN                                                                                 \
	"vmstat: acquired 512 seen 512, released 512 seen 512, net 0 explained\n"                  \
	"SUMMARY: clean; 0 findings; 512 pages pinned, 512 released, 0 open; lost 0; stacks 12\n"

static void names(void **state)
{
	const struct renderer *r;
	unsigned cnt = 0;

	(void)state;
	for (; (r = renderer__at(cnt)); cnt++)
		assert_ptr_equal(renderer__find(r->name), r);
	assert_int_equal(cnt, 6);
	assert_null(renderer__find("svg"));
	assert_null(renderer__find(""));
}

static void vmstat_lines(void **state)
{
	struct verdict v = { .vm_acquired = 9,
			     .seen_acquired = 8,
			     .vm_released = 7,
			     .seen_released = 6,
			     .net_pages = -2 };
	char line[256];

	(void)state;
	verdict__vmstat_line(&v, line, sizeof(line));
	assert_string_equal(line, "vmstat: not sampled");
	v.have_vmstat = true;
	verdict__vmstat_line(&v, line, sizeof(line));
	assert_string_equal(line, "vmstat: acquired 9 seen 8, released 7 seen 6, net -2 "
				  "UNEXPLAINED");
	v.vmstat_explained = true;
	verdict__vmstat_line(&v, line, sizeof(line));
	assert_string_equal(line, "vmstat: acquired 9 seen 8, released 7 seen 6, net -2 explained");
	v.vmstat_slack = 3;
	verdict__vmstat_line(&v, line, sizeof(line));
	assert_string_equal(line, "vmstat: acquired 9 seen 8, released 7 seen 6, net -2 "
				  "explained to within 3 pages");
}

static void summary_lines(void **state)
{
	static const struct {
		struct verdict v;
		const char *line;
	} cases[] = {
		{ { .kind = VERDICT_CLEAN,
		    .pinned_pages = 512,
		    .released_pages = 512,
		    .stacks = 12 },
		  "SUMMARY: clean; 0 findings; 512 pages pinned, 512 released, 0 open; lost 0; "
		  "stacks 12" },
		{ { .kind = VERDICT_CLEAN, .count[FINDING_LONG_HELD] = 1, .pinned_pages = 1 },
		  "SUMMARY: clean; 0 findings; 1 risk (long-held 1); 1 page pinned, 0 released, "
		  "0 open; lost 0; stacks 0" },
		{ { .kind = VERDICT_FINDINGS,
		    .nr_findings = 2,
		    .count[FINDING_LEAK] = 1,
		    .count[FINDING_ORPHAN] = 1,
		    .open_pages = 3 },
		  "SUMMARY: 2 findings (leak 1, orphan 1); 0 pages pinned, 0 released, 3 open; "
		  "lost 0; stacks 0" },
		{ { .kind = VERDICT_FINDINGS,
		    .nr_findings = 1,
		    .count[FINDING_LEAK] = 1,
		    .count[FINDING_LONG_HELD] = 2,
		    .count[FINDING_GET_FOR_DATA] = 1 },
		  "SUMMARY: 1 finding (leak 1); 3 risks (long-held 2, get-for-data 1); 0 pages "
		  "pinned, 0 released, 0 open; lost 0; stacks 0" },
		/* --fail-on risk */
		{ { .kind = VERDICT_FINDINGS,
		    .nr_findings = 3,
		    .count[FINDING_LEAK] = 1,
		    .count[FINDING_LONG_HELD] = 2 },
		  "SUMMARY: 3 findings (leak 1, long-held 2); 0 pages pinned, 0 released, 0 open; "
		  "lost 0; stacks 0" },
		{ { .kind = VERDICT_INCONCLUSIVE,
		    .why = "3 pin records lost",
		    .nr_findings = 1,
		    .count[FINDING_LEAK] = 1,
		    .lost = 3 },
		  "SUMMARY: inconclusive: 3 pin records lost; 1 finding (leak 1); 0 pages pinned, "
		  "0 released, 0 open; lost 3; stacks 0" },
		/* a doubt that may explain what was found */
		{ { .kind = VERDICT_INCONCLUSIVE,
		    .why = "3 pin records lost",
		    .count[FINDING_LEAK] = 1,
		    .count[FINDING_ORPHAN] = 2,
		    .lost = 3 },
		  "SUMMARY: inconclusive: 3 pin records lost; 0 findings, 3 uncertain (leak 1, "
		  "orphan 2); 0 pages pinned, 0 released, 0 open; lost 3; stacks 0" },
		{ { .kind = VERDICT_INCONCLUSIVE,
		    .why = "net -2 UNEXPLAINED",
		    .count[FINDING_UNRECONCILED] = 1 },
		  "SUMMARY: inconclusive: net -2 UNEXPLAINED; 0 findings; 0 pages pinned, 0 "
		  "released, 0 open; lost 0; stacks 0" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char line[512], tight[24];

		verdict__summary_line(&cases[i].v, line, sizeof(line));
		assert_string_equal(line, cases[i].line);
		verdict__summary_line(&cases[i].v, tight, sizeof(tight));
		assert_int_equal(strlen(tight), sizeof(tight) - 1);
		assert_memory_equal(tight, cases[i].line, sizeof(tight) - 1);
	}
}

static void clean_text_is_short(void **state)
{
	world_assert_text(*state, "text", LAST_CLEAN);
	((struct world *)*state)->o.color = true;
	world_assert_text(*state, "text", LAST_CLEAN);
	((struct world *)*state)->o.view = VIEW_LEAKS;
	world_assert_text(*state, "text", LAST_CLEAN);
}

#define LAST_LEAK                                                                                  \
	"vmstat: acquired 512 seen 512, released 512 seen 512, net 0 explained\n"                  \
	"SUMMARY: 1 finding (leak 1); 512 pages pinned, 448 released, 64 open; lost 0; "           \
	"stacks 12\n"

static void leak_text(void **state)
{
	world_one_leak(*state);
	world_assert_text(
		*state, "text",
		"leak: 64 pages (256 KiB) still pinned by io_hold[1234] (exited), 1 call, "
		"oldest 2.1 s ago\n"
		"    pinned by pin_user_pages_fast() with FOLL_LONGTERM|FOLL_WRITE, from:\n"
		"        io_pin_pages+0x8a\n"
		"        io_sqe_buffer_register+0x11c\n"
		"    user stack:\n"
		"        register buffers;x+0x1b [io_hold] io_hold.c:42\n"
		"        main+0x7 [io_hold] io_hold.c:42\n"
		"    file: ext4 8:1 inode 12 | iterator: ubuf, dest (read)\n"
		"    last release by unpin_user_pages() in kworker/1:2[55], 1.0 s ago, from:\n"
		"        fuse_release+0x10 [fuse]\n"
		"        0x9999\n"
		"    case: 2 of pin_user_pages.rst, long term\n"
		"    evidence: 448 of 512 pages were released\n"
		"    remedy: look for the path that should have released the pin taken at this "
		"stack\n"
		"\n" LAST_LEAK);
}

/* Nothing is known but that it happened. */
static void bare_finding_text(void **state)
{
	struct world *w = *state;

	world_one_leak(w);
	w->findings[0] = (struct finding){ .id = FINDING_LEAK,
					   .pages = 1,
					   .bytes = 4096,
					   .calls = 2,
					   .api = 99,
					   .stack_id = 404 };
	world_assert_text(
		w, "text",
		"leak: 1 page (4 KiB) still pinned by [0], 2 calls, oldest 0 ns ago\n"
		"    pinned by unknown() (stack not recorded)\n"
		"    remedy: look for the path that should have released the pin taken at this "
		"stack\n"
		"\n" LAST_LEAK);
}

static void unmatched_text(void **state)
{
	struct world *w = *state;
	struct finding *f = &w->findings[0];

	w->r.nr_findings = 1;
	*f = (struct finding){ .id = FINDING_UNPIN_UNMATCHED,
			       .pages = 2,
			       .bytes = 8192,
			       .calls = 1,
			       .age_ns = 185 * SEC,
			       .holder = w->other.task,
			       .api = HOOK_UNPIN_USER_PAGE,
			       .stack_id = 2,
			       .prev_stack_id = 1,
			       .release_api = HOOK_UNPIN_USER_PAGES,
			       .release_ts_ns = 9 * SEC };
	w->r.verdict.have_cmd = true;
	world_assert_text(
		w, "text",
		"unpin-unmatched: 2 pages (8 KiB) unpinned without a pin by dd[77/78] (not of "
		"the command), 1 call, first 3 min 5 s ago\n"
		"    released by unpin_user_page(), from:\n"
		"        fuse_release+0x10 [fuse]\n"
		"        0x9999\n"
		"    pinned before, from:\n"
		"        pin_user_pages_fast+0x22\n"
		"        io_pin_pages+0x8a\n"
		"        io_sqe_buffer_register+0x11c\n"
		"    released before by unpin_user_pages() in an interrupt, 1.0 s ago (no stack)\n"
		"    remedy: compare the two releases: one of them is too many\n"
		"\n" LAST_CLEAN);
	w->o.view = VIEW_LEAKS;
	world_assert_text(w, "text", LAST_CLEAN);
	w->o.view = VIEW_MISMATCHES;
	world_assert_has(w, "text", "unpin-unmatched: 2 pages");
}

#define TABLE_HEAD                                                                                  \
	"    OPEN      HELD     PINNED    CALLS     LONGEST  HOLDER                 BY            " \
	"          FS      CALLERS\n"
#define ROW_HOLD                                                                                         \
	"      64         -        576        2      350 ms  io_hold[1234]          pin_user_pages_fast" \
	"     ext4    io_pin_pages < io_sqe_buffer_register\n"
#define ROW_DD                                                                                      \
	"       1         -          9        9           -  dd[77/78]              pin_user_pages" \
	"          -       -\n"

static void holders_text(void **state)
{
	struct world *w = *state;

	w->r.nr_sites = 3;
	w->sites[1].open_pages = 0;
	w->sites[1].pinned_pages = 10;
	w->o.view = VIEW_HOLDERS;
	w->o.top = 2;
	world_assert_text(w, "text", TABLE_HEAD ROW_HOLD ROW_DD "and 1 row more\n\n" LAST_CLEAN);
	w->o.sort = SORT_CALLS;
	world_assert_text(w, "text", TABLE_HEAD ROW_DD ROW_HOLD "and 1 row more\n\n" LAST_CLEAN);
}

/* What a finding tells of is not listed again. */
static void leaks_view_lists_what_else_is_open(void **state)
{
	struct world *w = *state;

	world_one_leak(w);
	w->r.nr_sites = 3;
	w->sites[1].stack_id = 2; /* of no finding, and nothing is open there */
	w->sites[1].open_pages = 0;
	w->o.view = VIEW_LEAKS;
	world_assert_has(w, "text",
			 "also open, and no finding:\n" TABLE_HEAD ROW_DD "\n" LAST_LEAK);
	w->o.view = VIEW_ALL;
	world_assert_has(w, "text", "taken at this stack\n\n" LAST_LEAK);
}

static void sorted_and_cut(void **state)
{
	struct world *w = *state;
	char *text, *risk, *small, *big;

	w->findings[1] = w->findings[2] = w->findings[0];
	w->findings[0].id = FINDING_LONG_HELD;
	w->findings[0].pages = 9999;
	w->findings[1].pages = 3;
	w->findings[1].age_ns = 99 * SEC;
	w->r.nr_findings = 3;
	text = world_render(w, "text");
	big = strstr(text, "leak: 64 pages");
	small = strstr(text, "leak: 3 pages");
	risk = strstr(text, "long-held: 9999 pages (256 KiB) held long by io_hold[1234] (exited), "
			    "1 call, longest 2.1 s\n");
	assert_true(big && small && risk && big < small && small < risk);
	free(text);
	w->o.sort = SORT_AGE;
	w->o.top = 1;
	text = world_render(w, "text");
	assert_null(strstr(text, "leak: 64 pages"));
	assert_non_null(strstr(text, "leak: 3 pages"));
	assert_non_null(strstr(text, "and 2 findings more, with 10063 pages\n"));
	free(text);
	w->o.top = 0;
	w->findings[1].suppressed = true;
	text = world_render(w, "text");
	assert_null(strstr(text, "leak: 3 pages"));
	free(text);
}

static void notes(void **state)
{
	struct world *w = *state;
	struct verdict *v = &w->r.verdict;

	v->have_cmd = v->interrupted = v->incomplete = true;
	v->cmd_status = 3 << 8;
	v->others_open_pages = 1;
	v->unknown_origin_pages = 20;
	v->lost_by[LOSS_RING_PIN] = 4;
	v->lost_by[15] = 5;
	w->r.totals.match_pages[LEDGER_MATCH_ONLY] = 500;
	w->r.totals.match_pages[LEDGER_MATCH_MM] = 12;
	world_assert_text(w, "text",
			  "command: exit status 3\n"
			  "interrupted: the run ended early, by a signal\n"
			  "incomplete: the recording was cut off, what came after is not here\n"
			  "others: 1 page open, held by tasks outside the command\n"
			  "unknown origin: 20 pages, pinned before the start\n"
			  "attributed by rule 3, same mm: 12 pages of several holders\n"
			  "lost: 4 ring-pin (pin records that found their ring full)\n"
			  "lost: 5 unknown (a reason of a later version)\n" LAST_CLEAN);
	v->cmd_status = 9;
	world_assert_has(w, "text", "command: killed by signal 9\n");
}

static void feed(struct world *w, struct rec_hdr *h, u16 kind, size_t sz)
{
	h->kind = kind;
	h->sz = (u32)sz;
	assert_int_equal(session__feed(w->session, h, sz), 0);
}

static void verbose_text(void **state)
{
	struct world *w = *state;
	struct rec_hook hook = { .api = HOOK_UNPIN_FOLIO,
				 .state = HOOK_STATE_FAILED,
				 .mech = HOOK_MECH_FENTRY,
				 .error = -EBUSY };
	struct rec_meta meta = { .nr_cpus = 2, .stacks = STACKS_CACHED };

	strcpy(hook.symbol, "unpin_folio");
	feed(w, &hook.h, REC_HOOK, sizeof(hook));
	hook.error = INT32_MIN;
	feed(w, &hook.h, REC_HOOK, sizeof(hook));
	strcpy(meta.release, "6.12.0");
	strcpy(meta.machine, "x86_64");
	strcpy(meta.command, "true");
	w->r.meta = &meta;
	world_one_leak(w);
	w->o.verbose = true;
	world_assert_has(w, "text",
			 "run: 6.12.0 x86_64, 2 cpus, stacks cached, 9.0 s: true\n"
			 "hook: unpin_folio failed, fentry: Device or resource busy\n"
			 "hook: unpin_folio failed, fentry\n"
			 "\n"
			 "leak: ");
	world_assert_has(w, "text", "        0000000000002000 io_pin_pages+0x8a\n");
	world_assert_has(w, "text", " (named by blkdev_read_iter)");
	world_assert_has(w, "text", "    pages: 64 from pfn 0x1234, key 0x0000000000000abc\n");
}

static void suppressions_used(void **state)
{
	static const char lines[] = "leak:io_pin_pages  # known since 6.12\n"
				    "leak:never_seen  # stale\n";
	struct world *w = *state;
	struct suppressions *s = suppressions__parse(lines, "test", NULL, 0);

	assert_non_null(s);
	w->o.suppress = s;
	world_assert_text(w, "text", LAST_CLEAN);
	assert_true(suppressions__match(s, &w->findings[0], w->stacks));
	world_assert_text(
		w, "text",
		"suppressions used:\n"
		"    1 call, 64 pages: leak:io_pin_pages  # known since 6.12\n" LAST_CLEAN);
	w->o.verbose = true;
	world_assert_has(w, "text", "    unused, 0 pages: leak:never_seen  # stale\n");
	suppressions__free(s);
}

/* Whoever names a task does not get to draw on the reader's terminal. */
static void names_cannot_forge(void **state)
{
	struct world *w = *state;
	char *text;

	world_one_leak(w);
	memcpy(w->findings[0].holder.comm, "\033[2J\nSUMMARY: c\xff", 15);
	text = world_render(w, "text");
	assert_null(strchr(text, '\033'));
	assert_null(strstr(text, "\nSUMMARY: c\\xff"));
	assert_non_null(strstr(text, "by \\x1b[2J\\x0aSUMMARY: c"));
	free(text);
	w->o.color = true;
	world_assert_has(w, "text", "\033[1;31mleak:\033[0m 64 pages");
}

static void write_errors(void **state)
{
	struct world *w = *state;
	const struct renderer *r;

	world_one_leak(w);
	w->r.nr_sites = 3;
	w->o.view = VIEW_LEAKS;
	for (size_t i = 0; (r = renderer__at(i)); i++) {
		for (int buffered = 0; buffered < 2; buffered++) {
			FILE *out = fopen("/dev/full", "w");

			assert_non_null(out);
			if (!buffered)
				setvbuf(out, NULL, _IONBF, 0);
			assert_int_equal(r->render(&w->r, &w->o, out), -ENOSPC);
			fclose(out);
		}
	}
}

static void numbers(void **state)
{
	static const struct {
		u64 num;
		const char *text;
	} durations[] =
		{
			{0, "0 ns"},
			{999, "999 ns"},
			{1999, "1 us"},
			{350000000, "350 ms"},
			{2199999999, "2.1 s"},
			{59999999999, "59.9 s"},
			{60 * SEC, "1 min 0 s"},
			{185 * SEC, "3 min 5 s"},
			{3600 * SEC, "1 h 0 min"},
			{90061 * SEC, "1 d 1 h"},
			{UINT64_MAX, "213503 d 23 h"},
		},
	  bytes[] = {
		  {0, "0 B"},
		  {1023, "1023 B"},
		  {1024, "1 KiB"},
		  {262144, "256 KiB"},
		  {1572864, "1.5 MiB"},
		  {UINT64_C(3) << 30, "3 GiB"},
		  {1048575, "1023.9 KiB"},
		  {UINT64_MAX, "15.9 EiB"},
	  };
	char buf[TEXT_NUM_BYTES];

	(void)state;
	for (size_t i = 0; i < sizeof(durations) / sizeof(durations[0]); i++)
		assert_string_equal(text_duration(durations[i].num, buf), durations[i].text);
	for (size_t i = 0; i < sizeof(bytes) / sizeof(bytes[0]); i++)
		assert_string_equal(text_bytes(bytes[i].num, buf), bytes[i].text);
}

static void clean_texts(void **state)
{
	static const struct {
		const char *src, *want;
	} cases[] = {
		{ "", "" },
		{ "plain text;", "plain text;" },
		{ "\t", "\\x09" },
		{ "\x7f", "\\x7f" },
		{ "\xc3\xa9", "\xc3\xa9" },		    /* e acute */
		{ "\xe2\x82\xac", "\xe2\x82\xac" },	    /* the euro */
		{ "\xf0\x9f\x93\x8c", "\xf0\x9f\x93\x8c" }, /* a pin */
		{ "\xc2\x9b", "\\xc2\\x9b" },		    /* C1: CSI */
		{ "\xc3", "\\xc3" },
		{ "\xe2\x82", "\\xe2\\x82" },
		{ "\xf0\x9f\x93", "\\xf0\\x9f\\x93" },
		{ "\xc0\xaf", "\\xc0\\xaf" },			/* overlong */
		{ "\xe0\x80\xaf", "\\xe0\\x80\\xaf" },		/* overlong */
		{ "\xed\xa0\x80", "\\xed\\xa0\\x80" },		/* a surrogate */
		{ "\xf4\x90\x80\x80", "\\xf4\\x90\\x80\\x80" }, /* beyond Unicode */
		{ "\x80z", "\\x80z" },
	};
	char buf[64], tight[4];

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_string_equal(text_clean(cases[i].src, buf, sizeof(buf)), cases[i].want);
	assert_string_equal(text_clean("abcdef", tight, sizeof(tight)), "abc");
	assert_string_equal(text_clean("ab\xc3\xa9", tight, sizeof(tight)), "ab");
	assert_string_equal(text_clean("\n", tight, sizeof(tight)), "");
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(names),
		cmocka_unit_test(vmstat_lines),
		cmocka_unit_test(summary_lines),
		world_test(clean_text_is_short),
		world_test(leak_text),
		world_test(bare_finding_text),
		world_test(unmatched_text),
		world_test(holders_text),
		world_test(leaks_view_lists_what_else_is_open),
		world_test(sorted_and_cut),
		world_test(notes),
		world_test(verbose_text),
		world_test(suppressions_used),
		world_test(names_cannot_forge),
		world_test(write_errors),
		cmocka_unit_test(numbers),
		cmocka_unit_test(clean_texts),
	};

	return cmocka_run_group_tests_name("report", tests, NULL, NULL);
}
