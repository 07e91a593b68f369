// SPDX-License-Identifier: GPL-2.0
/* JUnit's XML, the dialect that Jenkins, GitLab and xfstests' -R xunit agree on: one testsuite. */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include "report/report_ci.h"
#include "base/format.h"
#include "base/out.h"
#include "record/names.h"
#include "report/markup.h"

#define NSEC_PER_SEC UINT64_C(1000000000)

/* Cleaned as out__text() does it; that leaves nothing that XML 1.0 forbids. */
static void put_escaped(FILE *out, const char *text)
{
	for (; *text; text++) {
		size_t len = text_printable(text);

		if (markup__entity(*text)) {
			out__raw(out, markup__entity(*text));
		} else if (len) {
			fwrite(text, 1, len, out);
			text += len - 1;
		} else {
			out__printf(out, "\\x%02x", (unsigned char)*text);
		}
	}
}

/* The text of an element: lines that are clean already, each with its end. */
static void put_lines(FILE *out, const char *text)
{
	for (; *text; text++) {
		if (*text != '"' && markup__entity(*text))
			out__raw(out, markup__entity(*text));
		else
			fwrite(text, 1, 1, out);
	}
}

static void put_attribute(FILE *out, const char *name, const char *value)
{
	out__printf(out, " %s=\"", name);
	put_escaped(out, value);
	fputc('"', out);
}

static void put_property(FILE *out, const char *name, const char *value)
{
	if (!value || !*value)
		return;
	fputs("      <property", out);
	put_attribute(out, "name", name);
	put_attribute(out, "value", value);
	fputs("/>\n", out);
}

static void put_number(FILE *out, const char *name, u64 value)
{
	char num[TEXT_NUM_BYTES];

	snprintf(num, sizeof(num), "%" PRIu64, value);
	put_property(out, name, num);
}

static int put_suppression(const char *line, const char *reason, u64 calls, u64 pages, void *arg)
{
	char num[2][2 * TEXT_NUM_BYTES], text[1200];

	if (!calls)
		return 0;
	snprintf(text, sizeof(text), "%s, %s: %s  # %s",
		 text_count(calls, "call", num[0], sizeof(num[0])),
		 text_count(pages, "page", num[1], sizeof(num[1])), line, reason ? reason : "");
	put_property(arg, "suppressed", text);
	return 0;
}

static void put_properties(const struct ci *ci, FILE *out)
{
	static const char *const verdicts[] = {
		[VERDICT_CLEAN] = "clean",
		[VERDICT_FINDINGS] = "findings",
		[VERDICT_INCONCLUSIVE] = "inconclusive",
	};
	const struct rec_meta *meta = ci->r->meta;
	const struct verdict *v = &ci->r->verdict;

	fputs("    <properties>\n", out);
	if (meta) {
		put_property(out, "kernel", meta->release);
		put_property(out, "machine", meta->machine);
		put_property(out, "command", meta->command);
		put_property(out, "stacks", text_stack_mode(meta->stacks));
	}
	put_property(out, "verdict", verdicts[v->kind]);
	put_number(out, "pinned_pages", v->pinned_pages);
	put_number(out, "released_pages", v->released_pages);
	put_number(out, "open_pages", v->open_pages);
	put_number(out, "lost", v->lost);
	/* of a recording that was cut off the end of the command may be in what is missing */
	if (v->cmd_ended && WIFSIGNALED(v->cmd_status))
		put_number(out, "command_signal", WTERMSIG(v->cmd_status));
	else if (v->cmd_ended)
		put_number(out, "command_exit", WEXITSTATUS(v->cmd_status));
	if (ci->o->suppress)
		suppressions__for_each(ci->o->suppress, put_suppression, out);
	fputs("    </properties>\n", out);
}

/* When it began, in UTC; a recording need not say how its clock relates to the world's. */
static void put_timestamp(const struct ci *ci, FILE *out)
{
	const struct rec_meta *meta = ci->r->meta;
	char text[32];
	struct tm tm;
	time_t when;

	if (!meta || !meta->realtime_offset_ns)
		return;
	when = (time_t)((meta->realtime_offset_ns + ci->r->start_ns) / NSEC_PER_SEC);
	if (gmtime_r(&when, &tm) && strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%S", &tm))
		put_attribute(out, "timestamp", text);
}

static void put_counts(const struct ci *ci, FILE *out)
{
	out__printf(out, " tests=\"%zu\" failures=\"%zu\" errors=\"%zu\" skipped=\"%zu\"",
		    ci->nr_tests, ci->count[CI_FAIL], ci->count[CI_ERROR], ci->count[CI_SKIP]);
}

static void put_suite_head(const struct ci *ci, FILE *out)
{
	const struct report *r = ci->r;
	u64 ms = r->end_ns > r->start_ns ? (r->end_ns - r->start_ns) / 1000000 : 0;

	fputs("  <testsuite name=\"pinacct\"", out);
	put_counts(ci, out);
	out__printf(out, " time=\"%" PRIu64 ".%03u\"", ms / 1000, (unsigned)(ms % 1000));
	put_timestamp(ci, out);
	fputs(">\n", out);
}

static void put_result(const struct ci_test *test, const char *details, FILE *out)
{
	static const char *const elements[] = {
		[CI_PASS] = "system-out",
		[CI_FAIL] = "failure",
		[CI_SKIP] = "skipped",
		[CI_ERROR] = "error",
	};
	const char *element = elements[test->outcome];

	out__printf(out, "      <%s", element);
	if (test->outcome != CI_PASS)
		put_attribute(out, "message", test->why);
	if (test->outcome == CI_FAIL || test->outcome == CI_ERROR)
		put_attribute(out, "type", test->outcome == CI_FAIL ? test->name : "inconclusive");
	fputc('>', out);
	put_lines(out, details);
	out__printf(out, "</%s>\n", element);
}

static int put_test(const struct ci *ci, const struct ci_test *test, FILE *out)
{
	char *details = ci__details(ci, test->id);

	if (!details)
		return -ENOMEM;
	fputs("    <testcase classname=\"pinacct\"", out);
	put_attribute(out, "name", test->name);
	if (test->outcome == CI_PASS && !*details) {
		fputs("/>\n", out);
	} else {
		fputs(">\n", out);
		put_result(test, details, out);
		fputs("    </testcase>\n", out);
	}
	free(details);
	return 0;
}

static void put_tail(const struct ci *ci, FILE *out)
{
	char line[512];

	fputs("    <system-out>", out);
	verdict__vmstat_line(&ci->r->verdict, line, sizeof(line));
	put_escaped(out, line);
	fputc('\n', out);
	verdict__summary_line(&ci->r->verdict, line, sizeof(line));
	put_escaped(out, line);
	fputs("\n</system-out>\n  </testsuite>\n</testsuites>\n", out);
}

static int render_junit(const struct report *r, const struct render_opts *o, FILE *out)
{
	struct ci ci;
	int err = ci__init(&ci, r, o);

	if (err)
		return err;
	report__begin(out);
	fputs("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites", out);
	put_counts(&ci, out);
	fputs(">\n", out);
	put_suite_head(&ci, out);
	put_properties(&ci, out);
	for (size_t i = 0; i < ci.nr_tests && !err; i++)
		err = put_test(&ci, &ci.tests[i], out);
	if (!err) {
		put_tail(&ci, out);
		err = report__finish(out);
	}
	ci__deinit(&ci);
	return err;
}

const struct renderer renderer_junit = { .name = "junit", .render = render_junit };
