// SPDX-License-Identifier: GPL-2.0
/*
 * As text a line each: "better", "worse", "new", "gone" or "changed", what, and from what to what.
 * As JSON an object a line, {"type": "row" or "fault", "change", "fs", "op", "way", "from", "to"},
 * or {"id", "api"} of a fault, and last {"type": "summary", "better", "worse", "other", "same",
 * "doubtful"}.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "report/diff.h"
#include "report/json_writer.h"
#include "report/report.h"
#include "base/compare.h"
#include "base/out.h"
#include "record/names.h"

#define SCHEMA_VERSION 1

struct differ {
	FILE *out;
	bool json;
	struct json_writer writer; /* of `out` */
	struct diff_counts *counts;
};

/*
 * What a report has, sorted by what makes two of them the same, in the report's order where that
 * does not tell: each is found in log(n) steps.
 */
struct sorted {
	const struct audit_row **rows;
	const struct finding **faults;
	size_t nr_rows, nr_faults;
};

enum change { SAME, BETTER, WORSE, NEW, GONE, CHANGED };

static const char *const change_names[] = {
	[BETTER] = "better", [WORSE] = "worse",	    [NEW] = "new",
	[GONE] = "gone",     [CHANGED] = "changed",
};

static void count(struct diff_counts *counts, enum change change)
{
	counts->better += change == BETTER;
	counts->worse += change == WORSE;
	counts->same += change == SAME;
	counts->other += change >= NEW;
}

/* ---- rows of the audit ---- */

/* The smaller the better; -1 = cannot be compared. */
static int rank(const struct audit_row *r)
{
	static const int ranks[AUDIT_VERDICT_CNT] = {
		[AUDIT_CONVERTED] = 0,	 [AUDIT_NO_PAGES] = 0,	[AUDIT_PARTIAL] = 1,
		[AUDIT_UNCONVERTED] = 2, [AUDIT_VIOLATION] = 3, [AUDIT_NOT_TRIED] = -1,
	};

	return r ? ranks[r->verdict] : -1;
}

static enum change change_of(const struct audit_row *a, const struct audit_row *b)
{
	int before = rank(a), after = rank(b);

	if (before < 0 && b && b->verdict == AUDIT_VIOLATION)
		return WORSE;
	if (!a)
		return NEW;
	if (!b)
		return GONE;
	if (before >= 0 && after >= 0 && before != after)
		return before < after ? WORSE : BETTER;
	return a->verdict == b->verdict && a->reason && !strcmp(a->reason, b->reason) ? SAME
										      : CHANGED;
}

static int compare_row(const void *a, const void *b)
{
	const struct audit_row *x = *(const struct audit_row *const *)a;
	const struct audit_row *y = *(const struct audit_row *const *)b;
	bool tried = x->verdict != AUDIT_NOT_TRIED;
	int cmp = strcmp(x->fs, y->fs);

	if (cmp)
		return cmp;
	COMPARE(tried, y->verdict != AUDIT_NOT_TRIED);
	if (!tried)
		return strcmp(x->reason, y->reason);
	COMPARE(x->dir, y->dir);
	COMPARE(x->way, y->way);
	return 0;
}

static const struct audit_row *find_row(const struct sorted *s, const struct audit_row *like)
{
	const struct audit_row **at =
		bsearch(&like, s->rows, s->nr_rows, sizeof(*s->rows), compare_row);

	return at ? *at : NULL;
}

/* What a row says of one report; "" when it has none. */
static void describe(const struct audit_row *row, char *buf, size_t sz)
{
	*buf = '\0';
	if (row)
		snprintf(buf, sz, "%s %s", audit_verdict__name(row->verdict),
			 row->verdict == AUDIT_NOT_TRIED ? row->reason : audit_mode__name(row));
}

static void compare_rows(struct differ *d, const struct audit_row *a, const struct audit_row *b)
{
	const struct audit_row *row = a ? a : b;
	const char *way = audit_way__name(row->way, row->dir), *op = audit_op__name(row->dir);
	enum change change = change_of(a, b);
	struct json_writer *w = &d->writer;
	char from[160], to[160];

	count(d->counts, change);
	if (change == SAME)
		return;
	describe(a, from, sizeof(from));
	describe(b, to, sizeof(to));
	if (row->verdict == AUDIT_NOT_TRIED)
		op = way = "-";
	if (!d->json) {
		out__printf(d->out, "%-8s %-8s %-5s %-22s %s -> %s\n", change_names[change],
			    row->fs, op, way, a ? from : "-", b ? to : "-");
		return;
	}
	json__begin(w, "row");
	json__put_text(w, "change", change_names[change]);
	json__put_text(w, "fs", row->fs);
	json__put_text(w, "op", op);
	json__put_text(w, "way", way);
	json__put_text(w, "from", from);
	json__put_text(w, "to", to);
	json__end(w);
}

static void compare_audits(struct differ *d, const struct report *a, const struct sorted *sa,
			   const struct report *b, const struct sorted *sb)
{
	for (size_t i = 0; i < a->nr_audit; i++)
		compare_rows(d, &a->audit[i], find_row(sb, &a->audit[i]));
	for (size_t i = 0; i < b->nr_audit; i++)
		if (!find_row(sa, &b->audit[i]))
			compare_rows(d, NULL, &b->audit[i]);
}

/* ---- faults ---- */

static int compare_place(const struct finding *x, const struct finding *y)
{
	COMPARE(x->id, y->id);
	COMPARE(x->key, y->key);
	return 0;
}

static int compare_fault(const void *a, const void *b)
{
	const struct finding *x = *(const struct finding *const *)a;
	const struct finding *y = *(const struct finding *const *)b;
	int cmp = compare_place(x, y);

	if (cmp)
		return cmp;
	COMPARE(x, y); /* of one array */
	return 0;
}

/* The first of them at this place, NULL when there is none. */
static const struct finding *find_fault(const struct sorted *s, const struct finding *like)
{
	size_t low = 0, high = s->nr_faults;

	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (compare_place(s->faults[mid], like) < 0)
			low = mid + 1;
		else
			high = mid;
	}
	if (low == s->nr_faults || compare_place(s->faults[low], like))
		return NULL;
	return s->faults[low];
}

static void tell_fault(struct differ *d, const struct finding *f, enum change change)
{
	struct json_writer *w = &d->writer;

	if (!d->json) {
		out__printf(d->out, "%-8s fault    %s of %s()\n", change_names[change],
			    finding_defs[f->id].id, text_hook(f->api));
		return;
	}
	json__begin(w, "fault");
	json__put_text(w, "change", change_names[change]);
	json__put_text(w, "id", finding_defs[f->id].id);
	json__put_text(w, "api", text_hook(f->api));
	json__end(w);
}

/* Those of `from` that `other` has not. A place may have several findings: it is told once. */
static void tell_faults(struct differ *d, const struct report *from, const struct sorted *sorted,
			const struct sorted *other, enum change change)
{
	for (size_t i = 0; i < from->nr_findings; i++) {
		const struct finding *f = &from->findings[i];
		bool shared;

		if (find_fault(sorted, f) != f)
			continue;
		shared = find_fault(other, f);
		if (!shared || change == WORSE)
			count(d->counts, shared ? SAME : change);
		if (!shared)
			tell_fault(d, f, change);
	}
}

static void print_summary(struct differ *d)
{
	const struct diff_counts *c = d->counts;
	struct json_writer *w = &d->writer;

	if (!d->json) {
		out__printf(d->out, "SUMMARY: %zu better, %zu worse, %zu other, %zu the same%s\n",
			    c->better, c->worse, c->other, c->same,
			    c->doubtful ? "; one of the two recordings is inconclusive" : "");
		return;
	}
	json__begin(w, "summary");
	json__put_num(w, "schema_version", SCHEMA_VERSION);
	json__put_num(w, "better", c->better);
	json__put_num(w, "worse", c->worse);
	json__put_num(w, "other", c->other);
	json__put_num(w, "same", c->same);
	json__put_bool(w, "doubtful", c->doubtful);
	json__end(w);
}

static void sorted__deinit(struct sorted *s)
{
	free(s->rows);
	free(s->faults);
}

static int sorted__init(struct sorted *s, const struct report *r)
{
	*s = (struct sorted){
		.rows = calloc(r->nr_audit + 1, sizeof(*s->rows)),
		.faults = calloc(r->nr_findings + 1, sizeof(*s->faults)),
	};
	if (!s->rows || !s->faults)
		return -ENOMEM;
	for (size_t i = 0; i < r->nr_audit; i++)
		s->rows[s->nr_rows++] = &r->audit[i];
	for (size_t i = 0; i < r->nr_findings; i++)
		if (finding_defs[r->findings[i].id].severity == SEVERITY_FAULT)
			s->faults[s->nr_faults++] = &r->findings[i];
	qsort(s->rows, s->nr_rows, sizeof(*s->rows), compare_row);
	qsort(s->faults, s->nr_faults, sizeof(*s->faults), compare_fault);
	return 0;
}

int diff__print(const struct report *a, const struct report *b, bool json, FILE *out,
		struct diff_counts *counts)
{
	struct differ d = { .out = out, .json = json, .writer.out = out, .counts = counts };
	struct sorted sa = { 0 }, sb = { 0 };
	int err = sorted__init(&sa, a) ?: sorted__init(&sb, b);

	*counts = (struct diff_counts){
		.doubtful = a->verdict.kind == VERDICT_INCONCLUSIVE ||
			    b->verdict.kind == VERDICT_INCONCLUSIVE,
	};
	report__begin(out);
	if (!err) {
		compare_audits(&d, a, &sa, b, &sb);
		tell_faults(&d, b, &sb, &sa, WORSE);
		tell_faults(&d, a, &sa, &sb, BETTER);
		print_summary(&d);
		err = report__finish(out);
	}
	sorted__deinit(&sa);
	sorted__deinit(&sb);
	return err;
}
