// SPDX-License-Identifier: GPL-2.0
#include <stdio.h>
#include "base/exit_status.h"
#include "base/format.h"
#include "judge/verdict.h"

static u64 add_saturating(u64 a, u64 b)
{
	u64 sum;

	return __builtin_add_overflow(a, b, &sum) ? UINT64_MAX : sum;
}

static void fill_run(struct verdict *v, const struct session *s, const struct rules_opts *opts)
{
	const struct rec_mark *cmd_end = session__mark(s, MARK_CMD_END);
	const struct rec_mark *end = session__mark(s, MARK_END);

	v->incomplete = opts->incomplete;
	v->interrupted = end && end->value == 1;
	v->have_cmd = session__mark(s, MARK_CMD_START);
	v->cmd_ended = cmd_end != NULL;
	v->cmd_status = cmd_end ? (int)cmd_end->value : 0;
	for (unsigned i = 0; i < LOSS_MAX; i++) {
		v->lost_by[i] = session__lost(s, i);
		v->lost = add_saturating(v->lost, v->lost_by[i]);
	}
}

static void fill_stacks(struct verdict *v, const struct report *r)
{
	const struct rec_stack_use *use = session__stack_use(r->session);

	v->stacks = stacks__cnt(r->stacks, STACK_KERNEL);
	if (!use)
		return;
	v->stack_hits = use->hits;
	v->stack_misses = use->misses;
	v->stack_checks = use->checks;
}

static void fill_totals(struct verdict *v, const struct ledger_totals *t)
{
	v->pinned_pages = t->pinned_pages;
	v->released_pages = t->released_pages;
	v->open_pages = t->open_pages;
	v->unknown_origin_pages = t->unknown_origin_pages;
	v->vanished_pages = t->vanished_pages;
	v->pages_asked = t->page_readings;
}

static void fill_trust(struct verdict *v, const struct trust *trust)
{
	const struct witness *w = &trust->witness;

	v->loss_explained = trust->loss_explained;
	v->excused_pages = trust->loss_explained ? trust->completeness.excused : 0;
	v->have_vmstat = w->present;
	v->vmstat_slack = w->slack;
	v->vmstat_explained = w->present && !w->blind && (!w->unexplained || trust->loss_explained);
	v->vm_acquired = w->vm_acquired;
	v->vm_released = w->vm_released;
	v->seen_acquired = w->seen_acquired;
	v->seen_released = w->seen_released;
	v->net_pages = w->vm_net;
}

static void count_findings(struct verdict *v, const struct report *r, const struct rules_opts *opts,
			   bool certain)
{
	for (size_t i = 0; i < r->nr_findings; i++) {
		const struct finding *f = &r->findings[i];
		enum finding_severity severity = finding_defs[f->id].severity;

		if (f->suppressed)
			continue;
		v->count[f->id]++;
		if (certain && (severity == SEVERITY_FAULT ||
				(severity == SEVERITY_RISK && opts->fail_on_risk)))
			v->nr_findings++;
	}
}

/*
 * These doubts are about what did not happen: all that did happen was seen. So they take the place
 * of "clean" only.
 */
static bool leaves_findings(enum doubt doubt)
{
	return doubt == DOUBT_NONE || doubt == DOUBT_INTERRUPTED || doubt == DOUBT_NOT_TRIED;
}

static enum verdict_kind kind_of(const struct verdict *v, enum doubt doubt)
{
	if (v->nr_findings && leaves_findings(doubt))
		return VERDICT_FINDINGS;
	return doubt == DOUBT_NONE && !v->in_flight_pages ? VERDICT_CLEAN : VERDICT_INCONCLUSIVE;
}

static void say_why(struct verdict *v, const struct report *r, const struct trust *trust)
{
	char pages[48];

	if (trust->doubt != DOUBT_NONE)
		trust__say_doubt(trust, r->session, v->why, sizeof(v->why));
	else
		snprintf(v->why, sizeof(v->why),
			 "%s in flight: I/O not completed at the end of the run",
			 text_count(v->in_flight_pages, "page", pages, sizeof(pages)));
}

void verdict__fill(struct verdict *v, const struct report *r, const struct rules_opts *opts,
		   const struct trust *trust)
{
	fill_run(v, r->session, opts);
	fill_trust(v, trust);
	fill_totals(v, &r->totals);
	fill_stacks(v, r);
	count_findings(v, r, opts, !trust->uncertain);
	v->kind = kind_of(v, trust->doubt);
	if (v->kind == VERDICT_INCONCLUSIVE)
		say_why(v, r, trust);
}

int verdict__exit_status(const struct verdict *v, int error_exitcode)
{
	switch (v->kind) {
	case VERDICT_CLEAN:
		return EXIT_CLEAN;
	case VERDICT_FINDINGS:
		return error_exitcode > 0 ? error_exitcode : EXIT_FINDINGS;
	case VERDICT_INCONCLUSIVE:
		break;
	}
	return EXIT_INCONCLUSIVE;
}
