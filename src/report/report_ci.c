// SPDX-License-Identifier: GPL-2.0
/*
 * For CI systems: KTAP, and the annotations of GitHub's runner. Each kind of finding that the rules
 * look for is a test, and so is the witness, so that a run that cannot be believed fails though no
 * fault was found. JUnit is in report_junit.c.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include "report/report_ci.h"
#include "base/format.h"
#include "base/out.h"

/* The table of holders has no findings; a CI run that asks for it wants all of them. */
static enum report_view ci_view(const struct render_opts *o)
{
	return o->view == VIEW_HOLDERS ? VIEW_ALL : o->view;
}

static void say_found(struct ci_test *test, const struct ci *ci, const char *what)
{
	u64 pages = 0, bytes = 0, held = 0;
	size_t cnt = 0;
	char num[2][2 * TEXT_NUM_BYTES], size[TEXT_NUM_BYTES];

	for (size_t i = 0; i < ci->nr_findings; i++) {
		if (ci->findings[i]->id != test->id)
			continue;
		pages += ci->findings[i]->pages;
		bytes += ci->findings[i]->bytes;
		held += ci->findings[i]->held_bytes;
		cnt++;
	}
	snprintf(test->why, sizeof(test->why), "%s: %s (%s)",
		 text_count(cnt, what, num[0], sizeof(num[0])),
		 text_count(pages, "page", num[1], sizeof(num[1])),
		 report__memory(bytes, held, size));
}

static void judge(struct ci_test *test, const struct ci *ci)
{
	const struct verdict *v = &ci->r->verdict;
	bool risk = finding_defs[test->id].severity == SEVERITY_RISK;

	if (v->count[test->id] && risk && !verdict__risks_count(v)) {
		say_found(test, ci, "risk");
	} else if (v->count[test->id]) {
		test->outcome = CI_FAIL;
		say_found(test, ci, v->nr_findings ? "finding" : "uncertain finding");
	} else if (v->kind == VERDICT_INCONCLUSIVE) {
		test->outcome = CI_SKIP;
		snprintf(test->why, sizeof(test->why), "inconclusive: %s", v->why);
	} else if (test->id == FINDING_LEAK && !v->have_cmd) {
		test->outcome = CI_SKIP;
		snprintf(test->why, sizeof(test->why),
			 "without a command no pin is known to be over");
	}
}

static void judge_run(struct ci_test *test, const struct verdict *v)
{
	if (v->kind != VERDICT_INCONCLUSIVE)
		return;
	test->outcome = CI_ERROR;
	snprintf(test->why, sizeof(test->why), "inconclusive: %s", v->why);
}

static struct ci_test *add_test(struct ci *ci, enum finding_id id, const char *name)
{
	struct ci_test *test = &ci->tests[ci->nr_tests++];

	*test = (struct ci_test){ .id = id, .name = name };
	return test;
}

int ci__init(struct ci *ci, const struct report *r, const struct render_opts *o)
{
	struct render_opts pick = *o;
	int err;

	*ci = (struct ci){ .r = r, .o = o };
	pick.view = ci_view(o);
	err = report__pick_findings(r, &pick, &ci->findings, &ci->nr_findings);
	if (err)
		return err;
	for (unsigned id = 0; id < FINDING_CNT; id++)
		if (finding_defs[id].severity != SEVERITY_DOUBT && report__shows(pick.view, id) &&
		    (rules__looks_for(id) || r->verdict.count[id]))
			judge(add_test(ci, id, finding_defs[id].id), ci);
	judge_run(add_test(ci, FINDING_UNRECONCILED, "witness"), &r->verdict);
	for (size_t i = 0; i < ci->nr_tests; i++)
		ci->count[ci->tests[i].outcome]++;
	return 0;
}

void ci__deinit(struct ci *ci)
{
	free(ci->findings);
}

char *ci__details(const struct ci *ci, enum finding_id id)
{
	struct render_opts plain = *ci->o;
	size_t cnt = 0, shown;
	char *text = NULL, num[2 * TEXT_NUM_BYTES];
	FILE *out;
	size_t sz;

	plain.color = false;
	out = open_memstream(&text, &sz);
	if (!out)
		return NULL;
	for (size_t i = 0; i < ci->nr_findings; i++)
		cnt += ci->findings[i]->id == id;
	shown = report__shown(ci->o, cnt);
	for (size_t i = 0, nr = 0; i < ci->nr_findings && nr < shown; i++) {
		if (ci->findings[i]->id != id)
			continue;
		report__print_finding(ci->r, &plain, ci->findings[i], out);
		nr++;
	}
	if (shown < cnt)
		out__printf(out, "and %s more\n",
			    text_count(cnt - shown, "finding", num, sizeof(num)));
	if (!fclose(out))
		return text;
	free(text);
	return NULL;
}

/* ---- KTAP ---- */

/* Each line behind "# ", those of nothing left out. */
static void ktap_comment(FILE *out, char *text)
{
	char *save = NULL;

	for (char *line = strtok_r(text, "\n", &save); line; line = strtok_r(NULL, "\n", &save))
		out__printf(out, "# %s\n", line);
}

static int ktap_suppression(const char *line, const char *reason, u64 calls, u64 pages, void *arg)
{
	char num[2][2 * TEXT_NUM_BYTES];

	if (calls)
		out__printf(arg, "# suppressed: %s, %s: %s  # %s\n",
			    text_count(calls, "call", num[0], sizeof(num[0])),
			    text_count(pages, "page", num[1], sizeof(num[1])), line,
			    reason ? reason : "");
	return 0;
}

static void ktap_end(const struct ci *ci, FILE *out)
{
	const struct verdict *v = &ci->r->verdict;
	char line[512];

	if (v->cmd_ended && WIFSIGNALED(v->cmd_status))
		out__printf(out, "# command: killed by signal %d\n", WTERMSIG(v->cmd_status));
	else if (v->cmd_ended && WEXITSTATUS(v->cmd_status))
		out__printf(out, "# command: exit status %d\n", WEXITSTATUS(v->cmd_status));
	if (ci->o->suppress)
		suppressions__for_each(ci->o->suppress, ktap_suppression, out);
	verdict__vmstat_line(v, line, sizeof(line));
	out__printf(out, "# %s\n", line);
	verdict__summary_line(v, line, sizeof(line));
	out__printf(out, "# %s\n", line);
	/* what the kernel's ksft and kselftest's ktap_helpers.sh count */
	out__printf(out, "# Totals: pass:%zu fail:%zu xfail:0 xpass:0 skip:%zu error:%zu\n",
		    ci->count[CI_PASS], ci->count[CI_FAIL], ci->count[CI_SKIP],
		    ci->count[CI_ERROR]);
}

static int ktap_test(const struct ci *ci, size_t nr, FILE *out)
{
	const struct ci_test *test = &ci->tests[nr];
	bool ok = test->outcome == CI_PASS || test->outcome == CI_SKIP;
	char *details = ci__details(ci, test->id);

	if (!details)
		return -ENOMEM;
	ktap_comment(out, details);
	free(details);
	out__printf(out, "%s %zu - %s", ok ? "ok" : "not ok", nr + 1, test->name);
	if (*test->why)
		out__printf(out, " # %s%s", test->outcome == CI_SKIP ? "SKIP " : "", test->why);
	fputc('\n', out);
	return 0;
}

static int render_ktap(const struct report *r, const struct render_opts *o, FILE *out)
{
	struct ci ci;
	int err = ci__init(&ci, r, o);

	if (err)
		return err;
	report__begin(out);
	out__printf(out, "TAP version 13\n1..%zu\n", ci.nr_tests);
	for (size_t i = 0; i < ci.nr_tests && !err; i++)
		err = ktap_test(&ci, i, out);
	if (!err) {
		ktap_end(&ci, out);
		err = report__finish(out);
	}
	ci__deinit(&ci);
	return err;
}

const struct renderer renderer_ktap = { .name = "ktap", .render = render_ktap };

/* ---- GitHub ---- */

/*
 * The runner takes a line that begins with "::" for a command, and undoes these escapes, those of
 * ':' and ',' in properties only. The text is clean, but for the ends of its own lines.
 */
static void github_escape(FILE *out, const char *text, const char *special)
{
	for (; *text; text++) {
		if (strchr(special, *text))
			out__printf(out, "%%%02X", (unsigned char)*text);
		else
			fwrite(text, 1, 1, out);
	}
}

static void github_command(FILE *out, const char *level, const char *title, const char *text)
{
	out__printf(out, "::%s title=", level);
	github_escape(out, title, "%\r\n:,");
	fputs("::", out);
	github_escape(out, text, "%\r\n");
	fputc('\n', out);
}

static int github_test(const struct ci *ci, const struct ci_test *test, FILE *out)
{
	bool certain = ci->r->verdict.nr_findings;
	char title[512], *details;

	if (test->outcome == CI_ERROR) {
		github_command(out, "error", "pinacct: inconclusive", test->why);
		return 0;
	}
	if (test->outcome == CI_SKIP || !*test->why)
		return 0;
	details = ci__details(ci, test->id);
	if (!details)
		return -ENOMEM;
	for (size_t len = strlen(details); len && details[len - 1] == '\n';)
		details[--len] = '\0';
	snprintf(title, sizeof(title), "%s: %s", test->name, test->why);
	github_command(out, test->outcome == CI_FAIL && certain ? "error" : "warning", title,
		       details);
	free(details);
	return 0;
}

static int github_suppression(const char *line, const char *reason, u64 calls, u64 pages, void *arg)
{
	char num[2][2 * TEXT_NUM_BYTES], text[1200], clean[4 * sizeof(text)];

	if (!calls)
		return 0;
	snprintf(text, sizeof(text), "%s, %s: %s  # %s",
		 text_count(calls, "call", num[0], sizeof(num[0])),
		 text_count(pages, "page", num[1], sizeof(num[1])), line, reason ? reason : "");
	github_command(arg, "notice", "pinacct: suppressed",
		       text_clean(text, clean, sizeof(clean)));
	return 0;
}

static int render_github(const struct report *r, const struct render_opts *o, FILE *out)
{
	char line[512];
	struct ci ci;
	int err = ci__init(&ci, r, o);

	if (err)
		return err;
	report__begin(out);
	for (size_t i = 0; i < ci.nr_tests && !err; i++)
		err = github_test(&ci, &ci.tests[i], out);
	if (!err) {
		if (o->suppress)
			suppressions__for_each(o->suppress, github_suppression, out);
		verdict__vmstat_line(&r->verdict, line, sizeof(line));
		out__printf(out, "%s\n", line);
		verdict__summary_line(&r->verdict, line, sizeof(line));
		out__printf(out, "%s\n", line);
		err = report__finish(out);
	}
	ci__deinit(&ci);
	return err;
}

const struct renderer renderer_github = { .name = "github", .render = render_github };
