// SPDX-License-Identifier: GPL-2.0
#include <inttypes.h>
#include <stdio.h>
#include "base/exit_status.h"
#include "judge/proof.h"
#include "record/names.h"
#include "judge/verdict.h"
#include "judge/witness.h"

static u64 add_saturating(u64 a, u64 b)
{
	u64 sum;

	return __builtin_add_overflow(a, b, &sum) ? UINT64_MAX : sum;
}

/* A reason that this version cannot name is as bad as one that it can. */
static bool spoils_ledger(unsigned reason)
{
	const struct text_loss *loss = text_loss(reason);

	return loss->account || !loss->name;
}

u64 verdict__lost(const struct session *s)
{
	u64 lost = 0;

	for (unsigned i = 0; i < LOSS_MAX; i++)
		if (spoils_ledger(i))
			lost = add_saturating(lost, session__lost(s, i));
	return lost;
}

static bool hook_spoils(const struct rec_hook *hook)
{
	static const struct {
		bool known;
		enum hook_need need;
	} needs[HOOK_ID_MAX] = {
#define X(id, number, symbol, by, role, family, need, ...) [HOOK_##id] = { true, HOOK_NEED_##need },
		PINACCT_HOOKS(X)
#undef X
	};

	if (hook->state == HOOK_STATE_ATTACHED || hook->api >= HOOK_ID_MAX ||
	    !needs[hook->api].known)
		return false;
	if (needs[hook->api].need == HOOK_NEED_MUST)
		return true;
	/* "Where it exists, it must attach." */
	return needs[hook->api].need == HOOK_NEED_SOME && hook->state != HOOK_STATE_MISSING &&
	       hook->state != HOOK_STATE_UNUSED;
}

/* The first hook row that spoils the verdict, and how many do. */
static const struct rec_hook *spoiling_hook(const struct session *s, size_t *cnt)
{
	const struct rec_hook *hook, *first = NULL;

	*cnt = 0;
	for (size_t i = 0; (hook = session__hook(s, i)); i++) {
		if (!hook_spoils(hook))
			continue;
		if (!first)
			first = hook;
		++*cnt;
	}
	return first;
}

bool verdict__loss_explained(const struct session *s)
{
	struct proof p;

	if (!verdict__lost(s))
		return false;
	proof__check(s, &p);
	return p.proven;
}

enum doubt verdict__doubt(const struct session *s, const struct rules_opts *opts)
{
	struct witness w;
	size_t hooks;

	witness__compare(s, &w);
	if (opts->incomplete)
		return DOUBT_INCOMPLETE;
	if (!session__mark(s, MARK_END))
		return DOUBT_RUNNING;
	if (session__mark(s, MARK_CMD_START) && !session__mark(s, MARK_CMD_END))
		return DOUBT_CMD;
	if (verdict__lost(s)) {
		/* what vmstat has and the hooks have not is explained, too, then */
		if (!verdict__loss_explained(s))
			return DOUBT_LOSS;
	} else if (w.unexplained) {
		return DOUBT_UNRECONCILED;
	}
	if (spoiling_hook(s, &hooks))
		return DOUBT_HOOK;
	return w.present ? DOUBT_NONE : DOUBT_WITNESS;
}

const char *doubt__uncertain(enum doubt d)
{
	static const char *const whys[DOUBT_CNT] = {
		[DOUBT_INCOMPLETE] = "the recording was cut off",
		[DOUBT_LOSS] = "records were lost",
		[DOUBT_UNRECONCILED] = "vmstat does not agree",
		[DOUBT_HOOK] = "a hook was missing",
	};

	return whys[d];
}

/* What the pages could not settle. */
static void say_unsettled(const struct session *s, char *buf, size_t sz)
{
	struct proof p;

	proof__check(s, &p);
	if (!p.asked && !p.vanished)
		return;
	if (p.base_unknown)
		snprintf(buf, sz, "; pins of before the start are not known (--no-scan?)");
	else if (p.unread)
		snprintf(buf, sz, "; %" PRIu64 " open pages could not be asked", p.unread);
	else if (p.doubtful)
		snprintf(buf, sz, "; %" PRIu64 " open pages were pinned before, too", p.doubtful);
	else if (p.unknown)
		snprintf(buf, sz, "; %+" PRId64 " pages remain unknown after asking them",
			 p.unknown);
}

/* "7 records lost (ring-pin 4, ring-unpin 3)" */
static void say_loss(const struct session *s, char *buf, size_t sz)
{
	u64 lost = verdict__lost(s);
	const char *sep = " (";
	size_t len;

	len = snprintf(buf, sz, "%" PRIu64 " record%s lost", lost, lost == 1 ? "" : "s");
	for (unsigned i = 0; i < LOSS_MAX && len < sz; i++) {
		const char *name = text_loss(i)->name;

		if (!spoils_ledger(i) || !session__lost(s, i))
			continue;
		len += snprintf(buf + len, sz - len, "%s%s %" PRIu64, sep, name ? name : "unknown",
				session__lost(s, i));
		sep = ", ";
	}
	if (len < sz)
		len += snprintf(buf + len, sz - len, ")");
	if (len < sz)
		say_unsettled(s, buf + len, sz - len);
}

static void say_unreconciled(const struct session *s, char *buf, size_t sz)
{
	struct witness w;

	witness__compare(s, &w);
	snprintf(buf, sz, "vmstat's net is %+" PRId64 " pages, the hooks saw %+" PRId64, w.vm_net,
		 w.seen_net);
}

static void say_hook(const struct session *s, char *buf, size_t sz)
{
	size_t cnt;
	const struct rec_hook *hook = spoiling_hook(s, &cnt);
	int len;

	if (hook->state == HOOK_STATE_FAILED)
		len = snprintf(buf, sz, "hook '%s' could not be attached (error %d)",
			       text_hook(hook->api), hook->error);
	else
		len = snprintf(buf, sz, "hook '%s' is %s", text_hook(hook->api),
			       hook->state == HOOK_STATE_UNUSED ? "not in use" : "missing");
	if (cnt > 1)
		snprintf(buf + len, sz - len, ", and %zu more", cnt - 1);
}

static void say_why(struct verdict *v, const struct session *s, enum doubt doubt)
{
	switch (doubt) {
	case DOUBT_INCOMPLETE:
		snprintf(v->why, sizeof(v->why), "the recording was cut off");
		break;
	case DOUBT_RUNNING:
		snprintf(v->why, sizeof(v->why), "the run has no end mark");
		break;
	case DOUBT_CMD:
		snprintf(v->why, sizeof(v->why), "%s the command ended",
			 v->interrupted ? "interrupted before" : "the tracing stopped before");
		break;
	case DOUBT_LOSS:
		say_loss(s, v->why, sizeof(v->why));
		break;
	case DOUBT_UNRECONCILED:
		say_unreconciled(s, v->why, sizeof(v->why));
		break;
	case DOUBT_HOOK:
		say_hook(s, v->why, sizeof(v->why));
		break;
	case DOUBT_WITNESS:
		snprintf(v->why, sizeof(v->why), "no vmstat sample");
		break;
	case DOUBT_NONE:
	case DOUBT_CNT:
		break;
	}
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

static void fill_witness(struct verdict *v, const struct session *s)
{
	struct witness w;

	witness__compare(s, &w);
	v->have_vmstat = w.present;
	v->vmstat_explained = w.present && (!w.unexplained || v->loss_explained);
	v->vm_acquired = w.vm_acquired;
	v->vm_released = w.vm_released;
	v->seen_acquired = w.seen_acquired;
	v->seen_released = w.seen_released;
	v->net_pages = w.vm_net;
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

void verdict__fill(struct verdict *v, const struct report *r, const struct rules_opts *opts,
		   enum doubt doubt)
{
	const struct session *s = r->session;

	fill_run(v, s, opts);
	v->loss_explained = verdict__loss_explained(s);
	v->vanished_pages = r->totals.vanished_pages;
	v->pages_asked = r->totals.page_readings;
	v->excused_pages =
		v->loss_explained ? r->totals.unmatched_pages - r->totals.unknown_origin_pages : 0;
	fill_witness(v, s);
	v->pinned_pages = r->totals.pinned_pages;
	v->released_pages = r->totals.released_pages;
	v->open_pages = r->totals.open_pages;
	v->unknown_origin_pages = r->totals.unknown_origin_pages;
	fill_stacks(v, r);
	count_findings(v, r, opts, !doubt__uncertain(doubt));
	say_why(v, s, doubt);
	if (doubt != DOUBT_NONE)
		v->kind = VERDICT_INCONCLUSIVE;
	else
		v->kind = v->nr_findings ? VERDICT_FINDINGS : VERDICT_CLEAN;
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
