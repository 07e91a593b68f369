// SPDX-License-Identifier: GPL-2.0
/* What CI systems read: KTAP, JUnit's XML, GitHub's annotations. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "report_world.h"

#define LEAK_HEAD                                                                                  \
	"leak: 64 pages (256 KiB) still pinned by io_hold[1234] (exited), "                        \
	"1 call, oldest 2.1 s ago"
#define VMSTAT_LINE "vmstat: acquired 512 seen 512, released 512 seen 512, net 0 explained"
#define CLEAN_LINE                                                                                 \
	"SUMMARY: clean; 0 findings; 512 pages pinned, 512 released, 0 open; lost 0; stacks 12"

/* How often a part is in the output of a format. */
static unsigned occurs(struct world *w, const char *format, const char *part)
{
	char *text = world_render(w, format);
	unsigned cnt = 0;

	for (const char *at = text; (at = strstr(at, part)); at += strlen(part))
		cnt++;
	free(text);
	return cnt;
}

static void assert_lacks(struct world *w, const char *format, const char *part)
{
	char *text = world_render(w, format);

	if (strstr(text, part))
		fail_msg("'%s' is in:\n%s", part, text);
	free(text);
}

static void add_risk(struct world *w, bool counts)
{
	w->findings[1] = w->findings[0];
	w->findings[1].id = FINDING_LONG_HELD;
	w->r.nr_findings = 2;
	w->r.verdict.count[FINDING_LONG_HELD] = 1;
	w->r.verdict.nr_findings += counts;
}

static void make_doubtful(struct world *w)
{
	w->r.verdict.kind = VERDICT_INCONCLUSIVE;
	strcpy(w->r.verdict.why, "3 records lost");
	w->r.verdict.nr_findings = 0;
}

static void ktap_clean(void **state)
{
	struct world *w = *state;

	w->r.verdict.have_cmd = w->r.verdict.cmd_ended = true;
	world_assert_text(*state, "ktap",
			  "TAP version 13\n"
			  "1..13\n"
			  "ok 1 - leak\n"
			  "ok 2 - orphan\n"
			  "ok 3 - get-unpin\n"
			  "ok 4 - pin-put\n"
			  "ok 5 - unpin-unmatched\n"
			  "ok 6 - partial-release\n"
			  "ok 7 - freed-pinned\n"
			  "ok 8 - stolen-pin\n"
			  "ok 9 - long-held\n"
			  "ok 10 - missing-longterm\n"
			  "ok 11 - longterm-file\n"
			  "ok 12 - writeback-pinned\n"
			  "ok 13 - witness\n"
			  "# " VMSTAT_LINE "\n"
			  "# " CLEAN_LINE "\n"
			  "# Totals: pass:13 fail:0 xfail:0 xpass:0 skip:0 error:0\n");
}

static void ktap_fault(void **state)
{
	struct world *w = *state;

	world_one_leak(w);
	w->r.verdict.have_cmd = w->r.verdict.cmd_ended = true;
	w->r.verdict.cmd_status = 3 << 8;
	world_assert_has(w, "ktap",
			 "1..13\n# " LEAK_HEAD "\n#     pinned by pin_user_pages_fast()");
	world_assert_has(w, "ktap", "\n#         io_pin_pages+0x8a\n");
	world_assert_has(w, "ktap", "\nnot ok 1 - leak # 1 finding: 64 pages (256 KiB)\nok 2 - ");
	world_assert_has(w, "ktap", "\nok 13 - witness\n# command: exit status 3\n# vmstat");
	world_assert_has(w, "ktap", "pass:12 fail:1 xfail:0 xpass:0 skip:0 error:0\n");
	w->r.verdict.cmd_status = 9;
	world_assert_has(w, "ktap", "\n# command: killed by signal 9\n");
}

/* Every line but the results, the plan and the version is a comment, whatever names say. */
static void ktap_hostile(void **state)
{
	struct world *w = *state;
	char *text, *save = NULL;

	world_one_leak(w);
	w->r.verdict.have_cmd = w->r.verdict.cmd_ended = true;
	memcpy(w->findings[0].holder.comm, "\nok 9 - x\r\033[2J", 14);
	text = world_render(w, "ktap");
	assert_null(strchr(text, '\033'));
	assert_null(strchr(text, '\r'));
	for (char *line = strtok_r(text, "\n", &save); line; line = strtok_r(NULL, "\n", &save))
		if (strncmp(line, "# ", 2) && strncmp(line, "TAP ", 4) && strncmp(line, "1..13", 5))
			assert_true(!strncmp(line, "ok ", 3) || !strncmp(line, "not ok ", 7));
	free(text);
	assert_int_equal(occurs(w, "ktap", "\nok "), 12);
	assert_int_equal(occurs(w, "ktap", "\nnot ok "), 1);
}

static void risks(void **state)
{
	struct world *w = *state;

	w->r.verdict.have_cmd = w->r.verdict.cmd_ended = true;
	world_one_leak(w);
	add_risk(w, false);
	world_assert_has(w, "ktap", "\nok 9 - long-held # 1 risk: 64 pages (256 KiB)\n");
	world_assert_has(w, "ktap", "\n# long-held: 64 pages (256 KiB) held long by io_hold");
	world_assert_has(w, "junit", "failures=\"1\" errors=\"0\" skipped=\"0\"");
	world_assert_has(w, "junit", "name=\"long-held\">\n      <system-out>long-held: 64 pages");
	world_assert_has(w, "github", "::warning title=long-held%3A 1 risk%3A 64 pages");
	/* --fail-on risk */
	w->r.verdict.nr_findings = 2;
	world_assert_has(w, "ktap", "\nnot ok 9 - long-held # 1 finding: 64 pages (256 KiB)\n");
	world_assert_has(w, "junit", "failures=\"2\" errors=\"0\" skipped=\"0\"");
	world_assert_has(w, "github", "::error title=long-held%3A 1 finding%3A 64 pages");
	assert_lacks(w, "github", "::warning");
}

static void doubt(void **state)
{
	struct world *w = *state;

	world_one_leak(w);
	w->r.verdict.have_cmd = w->r.verdict.cmd_ended = true;
	make_doubtful(w);
	world_assert_has(w, "ktap",
			 "\nnot ok 1 - leak # 1 uncertain finding: 64 pages (256 KiB)\n");
	world_assert_has(w, "ktap", "\nok 2 - orphan # SKIP inconclusive: 3 records lost\n");
	world_assert_has(w, "ktap", "\nnot ok 13 - witness # inconclusive: 3 records lost\n");
	world_assert_has(w, "ktap", "pass:0 fail:1 xfail:0 xpass:0 skip:11 error:1\n");
	world_assert_has(w, "junit", "tests=\"13\" failures=\"1\" errors=\"1\" skipped=\"11\"");
	world_assert_has(w, "junit",
			 "<error message=\"inconclusive: 3 records lost\" type=\"inconclusive\">");
	world_assert_has(w, "github",
			 "::error title=pinacct%3A inconclusive::inconclusive: 3 records lost\n");
	world_assert_has(w, "github", "::warning title=leak%3A 1 uncertain finding%3A");
	assert_int_equal(occurs(w, "github", "::error"), 1);
	/* a finding that the doubt does not explain stands */
	w->r.verdict.nr_findings = 1;
	world_assert_has(w, "github", "::error title=leak%3A 1 finding%3A");
}

static void without_command(void **state)
{
	world_assert_has(*state, "ktap",
			 "\nok 1 - leak # SKIP without a command no pin is known to be over\n"
			 "ok 2 - orphan\n");
	world_assert_has(*state, "junit", "skipped=\"1\"");
}

/* A view leaves tests out; the table of holders has no findings, and then it is all of them. */
static void views(void **state)
{
	struct world *w = *state;

	w->r.verdict.have_cmd = w->r.verdict.cmd_ended = true;
	world_one_leak(w);
	w->o.view = VIEW_MISMATCHES;
	world_assert_has(w, "ktap",
			 "1..6\nok 1 - get-unpin\nok 2 - pin-put\nok 3 - unpin-unmatched\n");
	w->o.view = VIEW_HOLDERS;
	world_assert_has(w, "ktap", "\nnot ok 1 - leak #");
	/* a kind without a rule of its own is a test once it is found */
	w->o.view = VIEW_ALL;
	w->findings[0].id = FINDING_EXTRACT_MODE;
	w->r.verdict.count[FINDING_LEAK] = 0;
	w->r.verdict.count[FINDING_EXTRACT_MODE] = 1;
	world_assert_has(w, "ktap", "1..14\n");
	world_assert_has(w, "ktap", "\nnot ok 9 - extract-mode # 1 finding");
}

static void top(void **state)
{
	struct world *w = *state;

	world_one_leak(w);
	w->findings[2] = w->findings[1] = w->findings[0];
	w->r.nr_findings = w->r.verdict.nr_findings = w->r.verdict.count[FINDING_LEAK] = 3;
	w->o.top = 1;
	assert_int_equal(occurs(w, "ktap", "# leak: "), 1);
	world_assert_has(
		w, "ktap",
		"\n# and 2 findings more\nnot ok 1 - leak # 3 findings: 192 pages (768 KiB)\n");
	w->o.top = 0;
	assert_int_equal(occurs(w, "ktap", "# leak: "), 3);
}

static void junit_head(void **state)
{
	struct world *w = *state;
	struct rec_meta meta = { .realtime_offset_ns = UINT64_C(1755000000) * SEC,
				 .release = "6.12<&>",
				 .command = "dd \"of=a\"\n",
				 .stacks = STACKS_EXACT };

	w->r.meta = &meta;
	w->r.verdict.have_cmd = w->r.verdict.cmd_ended = true;
	world_assert_has(w, "junit",
			 "<testsuites tests=\"13\" failures=\"0\" errors=\"0\" skipped=\"0\">\n"
			 "  <testsuite name=\"pinacct\" tests=\"13\" failures=\"0\" errors=\"0\" "
			 "skipped=\"0\" time=\"9.000\" timestamp=\"2025-08-12T12:00:01\">\n");
	world_assert_has(w, "junit", "<property name=\"kernel\" value=\"6.12&lt;&amp;&gt;\"/>");
	world_assert_has(w, "junit",
			 "<property name=\"command\" value=\"dd &quot;of=a&quot;\\x0a\"/>");
	world_assert_has(w, "junit", "<property name=\"verdict\" value=\"clean\"/>");
	world_assert_has(w, "junit", "    <testcase classname=\"pinacct\" name=\"orphan\"/>\n");
	world_assert_has(w, "junit",
			 "<system-out>" VMSTAT_LINE "\n" CLEAN_LINE "\n</system-out>\n"
			 "  </testsuite>\n</testsuites>\n");
	/* another machine's idea of time must not break the file */
	meta.realtime_offset_ns = UINT64_MAX - SEC;
	world_assert_has(w, "junit", " time=\"9.000\"");
}

static void junit_hostile(void **state)
{
	struct world *w = *state;

	world_one_leak(w);
	w->r.verdict.have_cmd = w->r.verdict.cmd_ended = true;
	strcpy(w->findings[0].holder.comm, "]]><a b=\"'\033&");
	strcpy(w->findings[0].evidence, "not \xef\xbf\xbe and \xef\xbf\xbf, \xff");
	world_assert_has(w, "junit", "by ]]&gt;&lt;a b=\"'\\x1b&amp;[1234]");
	world_assert_has(w, "junit", "evidence: not \\xef\\xbf\\xbe and \\xef\\xbf\\xbf, \\xff\n");
	world_assert_has(w, "junit",
			 "<failure message=\"1 finding: 64 pages (256 KiB)\" type=\"leak\">leak: ");
}

static void github(void **state)
{
	struct world *w = *state;

	w->r.verdict.have_cmd = w->r.verdict.cmd_ended = true;
	world_assert_text(w, "github", VMSTAT_LINE "\n" CLEAN_LINE "\n");
	world_one_leak(w);
	strcpy(w->findings[0].evidence, "100% of\r\n::error::it");
	world_assert_has(w, "github",
			 "::error title=leak%3A 1 finding%3A 64 pages (256 KiB)::" LEAK_HEAD
			 "%0A    pinned by ");
	/* cleaned first, then escaped: "%" for sure, and no line of its own */
	world_assert_has(w, "github", "evidence: 100%25 of\\x0d\\x0a::error::it%0A");
	assert_int_equal(occurs(w, "github", "\n"), 3);
}

static void suppressed(void **state)
{
	static const char file[] = "leak:io_pin_pages # known, 50%\norphan:* # never\n";
	struct world *w = *state;
	struct suppressions *s;
	char err[128];

	s = suppressions__parse(file, "file", err, sizeof(err));
	assert_non_null(s);
	w->r.nr_findings = 1;
	w->r.verdict.have_cmd = w->r.verdict.cmd_ended = true;
	w->findings[0].suppressed = suppressions__match(s, &w->findings[0], w->stacks);
	assert_true(w->findings[0].suppressed);
	w->o.suppress = s;
	world_assert_has(w, "ktap", "\nok 1 - leak\n");
	world_assert_has(w, "ktap",
			 "\n# suppressed: 1 call, 64 pages: leak:io_pin_pages  # known, 50%\n");
	world_assert_has(w, "junit",
			 "<property name=\"suppressed\" value=\"1 call, 64 pages: "
			 "leak:io_pin_pages  # known, 50%\"/>");
	world_assert_has(w, "github",
			 "::notice title=pinacct%3A suppressed::1 call, 64 pages: "
			 "leak:io_pin_pages  # known, 50%25\n");
	assert_lacks(w, "ktap", "orphan:*");
	assert_lacks(w, "github", "orphan:*");
	suppressions__free(s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		world_test(ktap_clean),	   world_test(ktap_fault), world_test(ktap_hostile),
		world_test(risks),	   world_test(doubt),	   world_test(without_command),
		world_test(views),	   world_test(top),	   world_test(junit_head),
		world_test(junit_hostile), world_test(github),	   world_test(suppressed),
	};

	return cmocka_run_group_tests_name("report_ci", tests, NULL, NULL);
}
