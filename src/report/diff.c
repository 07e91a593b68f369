// SPDX-License-Identifier: GPL-2.0
/*
 * As text a line each: "better", "worse", "new", "gone" or "changed", what, and from what to what.
 * As JSON an object a line, {"type": "row" or "fault", "change", "fs", "op", "way", "from", "to"},
 * or {"id", "api"} of a fault, and last {"type": "summary", "better", "worse", "other", "same",
 * "doubtful"}.
 */
#include <errno.h>
#include <json-c/json.h>
#include <string.h>
#include "report/diff.h"
#include "report/report.h"
#include "base/format.h"
#include "record/names.h"

struct differ {
	FILE *out;
	bool json;
	struct diff_counts *counts;
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

/* In pairs of key and text; a NULL text is left out. */
static void print_json(FILE *out, const char *const *pairs)
{
	struct json_object *o = json_object_new_object();
	char clean[256];

	for (; pairs[0]; pairs += 2)
		if (pairs[1])
			json_object_object_add(
				o, pairs[0],
				json_object_new_string(text_clean(pairs[1], clean, sizeof(clean))));
	fprintf(out, "%s\n",
		json_object_to_json_string_ext(o, JSON_C_TO_STRING_PLAIN |
							  JSON_C_TO_STRING_NOSLASHESCAPE));
	json_object_put(o);
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

static const struct audit_row *find_row(const struct report *r, const struct audit_row *like)
{
	for (size_t i = 0; i < r->nr_audit; i++) {
		const struct audit_row *row = &r->audit[i];
		bool tried = row->verdict != AUDIT_NOT_TRIED;

		if (strcmp(row->fs, like->fs) || tried != (like->verdict != AUDIT_NOT_TRIED))
			continue;
		if (tried ? row->dir == like->dir && row->way == like->way
			  : !strcmp(row->reason, like->reason))
			return row;
	}
	return NULL;
}

static void compare_rows(struct differ *d, const struct audit_row *a, const struct audit_row *b)
{
	const struct audit_row *row = a ? a : b;
	const char *way = audit_way__name(row->way, row->dir), *op = audit_op__name(row->dir);
	enum change change = change_of(a, b);
	char from[160] = "-", to[160] = "-", fs[4 * PIN_FS_BYTES];

	count(d->counts, change);
	if (change == SAME)
		return;
	if (a)
		snprintf(from, sizeof(from), "%s %s", audit_verdict__name(a->verdict),
			 a->verdict == AUDIT_NOT_TRIED ? a->reason : audit_mode__name(a));
	if (b)
		snprintf(to, sizeof(to), "%s %s", audit_verdict__name(b->verdict),
			 b->verdict == AUDIT_NOT_TRIED ? b->reason : audit_mode__name(b));
	if (row->verdict == AUDIT_NOT_TRIED)
		op = way = "-";
	if (d->json)
		print_json(d->out,
			   (const char *const[]){ "type", "row", "change", change_names[change],
						  "fs", row->fs, "op", op, "way", way, "from",
						  a ? from : NULL, "to", b ? to : NULL, NULL });
	else
		fprintf(d->out, "%-8s %-8s %-5s %-22s %s -> %s\n", change_names[change],
			text_clean(row->fs, fs, sizeof(fs)), op, way, from, to);
}

static void compare_audits(struct differ *d, const struct report *a, const struct report *b)
{
	for (size_t i = 0; i < a->nr_audit; i++)
		compare_rows(d, &a->audit[i], find_row(b, &a->audit[i]));
	for (size_t i = 0; i < b->nr_audit; i++)
		if (!find_row(a, &b->audit[i]))
			compare_rows(d, NULL, &b->audit[i]);
}

/* ---- faults ---- */

static bool has_fault(const struct report *r, const struct finding *f)
{
	for (size_t i = 0; i < r->nr_findings; i++)
		if (r->findings[i].id == f->id && r->findings[i].key == f->key)
			return true;
	return false;
}

/*
 * Those of `from` that `other` has not. The same place may have several findings: it is told once.
 */
static void tell_faults(struct differ *d, const struct report *from, const struct report *other,
			enum change change)
{
	for (size_t i = 0; i < from->nr_findings; i++) {
		const struct finding *f = &from->findings[i];
		const struct report before = { .findings = from->findings, .nr_findings = i };
		const char *id = finding_defs[f->id].id;
		bool shared;

		if (finding_defs[f->id].severity != SEVERITY_FAULT || has_fault(&before, f))
			continue;
		shared = has_fault(other, f);
		if (!shared || change == WORSE)
			count(d->counts, shared ? SAME : change);
		if (shared)
			continue;
		if (d->json)
			print_json(d->out, (const char *const[]){ "type", "fault", "change",
								  change_names[change], "id", id,
								  "api", text_hook(f->api), NULL });
		else
			fprintf(d->out, "%-8s fault    %s of %s()\n", change_names[change], id,
				text_hook(f->api));
	}
}

static void print_summary(const struct differ *d)
{
	const struct diff_counts *c = d->counts;

	if (d->json)
		fprintf(d->out,
			"{\"type\":\"summary\",\"schema_version\":1,\"better\":%zu,\"worse\":%zu,\"other\":%zu,"
			"\"same\":%zu,\"doubtful\":%s}\n",
			c->better, c->worse, c->other, c->same, c->doubtful ? "true" : "false");
	else
		fprintf(d->out, "SUMMARY: %zu better, %zu worse, %zu other, %zu the same%s\n",
			c->better, c->worse, c->other, c->same,
			c->doubtful ? "; one of the two recordings is inconclusive" : "");
}

int diff__print(const struct report *a, const struct report *b, bool json, FILE *out,
		struct diff_counts *counts)
{
	struct differ d = { .out = out, .json = json, .counts = counts };

	*counts = (struct diff_counts){
		.doubtful = a->verdict.kind == VERDICT_INCONCLUSIVE ||
			    b->verdict.kind == VERDICT_INCONCLUSIVE,
	};
	report__begin(out);
	compare_audits(&d, a, b);
	tell_faults(&d, b, a, WORSE);
	tell_faults(&d, a, b, BETTER);
	print_summary(&d);
	return report__finish(out);
}
