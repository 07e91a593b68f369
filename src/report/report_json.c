// SPDX-License-Identifier: GPL-2.0
/*
 * The report as NDJSON: one object a line, each with "type". What lines and members there are is
 * described in src/man/pinacct.schema.json, of which pinacct-json(5) is made; a member that is new
 * goes there first. What is there keeps its name and meaning within one schema_version.
 */
#include <stdlib.h>
#include <sys/wait.h>
#include "record/names.h"
#include "report/report.h"
#include "report/report_json_parts.h"
#include "report/report_owner.h"
#include "report/report_json_rows.h"

#define SCHEMA_VERSION 1

static void put_release(struct json_writer *w, const struct stacks *stacks, const struct finding *f)
{
	if (!f->release_ts_ns)
		return;
	json__begin_object(w, "release");
	json__put_num(w, "ts_ns", f->release_ts_ns);
	/* of the first release of a double unpin only time and stack are kept */
	if (f->release_api) {
		json__put_text(w, "api", text_hook(f->release_api));
		json__put_text(w, "comm", f->release_comm);
		json__put_num(w, "tid", f->release_tid);
	}
	json__put_stack(w, "stack", stacks, f->release_stack_id);
	json__end_object(w);
}

static void put_sample(struct json_writer *w, const struct rec_run *run)
{
	if (!run->pages)
		return;
	json__begin_object(w, "sample");
	json__put_hex(w, "pfn", run->pfn);
	json__put_num(w, "pages", run->pages);
	json__put_bool(w, "by_count", run->flags & RUN_FOLIO);
	json__end_object(w);
}

static void put_finding_numbers(struct json_writer *w, const struct finding *f)
{
	json__put_num(w, "pages", f->pages);
	json__put_num(w, "bytes", f->bytes);
	if (f->held_bytes)
		json__put_num(w, "held_bytes", f->held_bytes);
	json__put_num(w, "calls", f->calls);
	json__put_num(w, "first_ns", f->first_ns);
	json__put_num(w, "age_ns", f->age_ns);
	if (f->doc_case)
		json__put_num(w, "doc_case", f->doc_case);
}

static void write_finding(struct json_writer *w, const struct stacks *stacks,
			  const struct finding *f)
{
	static const char *const severities[] = {
		[SEVERITY_FAULT] = "fault",
		[SEVERITY_RISK] = "risk",
		[SEVERITY_DOUBT] = "doubt",
	};
	const struct finding_def *def = &finding_defs[f->id];
	const struct json_holder holder = {
		.task = &f->holder,
		.kthread = f->flags & PIN_F_KTHREAD,
		.exited = f->holder_exited,
		.mm_gone = f->mm_gone,
		.workload = f->workload,
	};

	json__begin(w, "finding");
	json__put_text(w, "id", def->id);
	json__put_text(w, "severity", severities[def->severity]);
	json__put_hex(w, "key", f->key);
	json__put_text(w, "meaning", def->meaning);
	json__put_text(w, "remedy", def->remedy);
	json__put_text(w, "evidence", f->evidence);
	json__put_text(w, "page", f->page);
	json__put_owner(w, "page_holder", &f->owner);
	put_finding_numbers(w, f);
	json__put_holder(w, &holder);
	json__put_call(w, f->api, f->flags);
	json__put_stack(w, "stack", stacks, f->stack_id);
	json__put_stack(w, "user_stack", stacks, f->ustack_id);
	json__put_file(w, &f->file);
	put_release(w, stacks, f);
	json__put_stack(w, "previous_pin", stacks, f->prev_stack_id);
	put_sample(w, &f->sample);
	json__end(w);
}

static void write_site(struct json_writer *w, const struct report *r,
		       const struct ledger_site *site)
{
	const struct json_holder holder = {
		.task = &site->holder->task,
		.kthread = site->flags & PIN_F_KTHREAD,
		.exited = site->holder->exited_ns,
		.mm_gone = site->holder->mm_gone_ns,
		.workload = site->holder->workload,
	};

	json__begin(w, "site");
	json__put_num(w, "open_pages", site->open_pages);
	json__put_num(w, "held_bytes", report__held_bytes(r, site));
	json__put_num(w, "pinned_pages", site->pinned_pages);
	json__put_num(w, "calls", site->calls);
	json__put_num(w, "max_held_ns", site->max_held_ns);
	json__put_num(w, "held_calls", site->held_calls);
	json__put_num(w, "held_pages", site->held_pages);
	json__put_double(w, "page_seconds", site->page_seconds);
	json__put_holder(w, &holder);
	json__put_call(w, site->api, site->flags);
	json__put_stack(w, "stack", r->stacks, site->stack_id);
	json__put_stack(w, "user_stack", r->stacks, site->file.ustack_id);
	json__put_file(w, &site->file);
	json__end(w);
}

static int write_findings(struct json_writer *w, const struct report *r,
			  const struct render_opts *o)
{
	const struct finding **findings;
	size_t cnt;
	int err = report__pick_findings(r, o, &findings, &cnt);

	if (err)
		return err;
	for (size_t i = 0; i < report__shown(o, cnt); i++)
		write_finding(w, r->stacks, findings[i]);
	free(findings);
	return 0;
}

static int write_sites(struct json_writer *w, const struct report *r, const struct render_opts *o)
{
	const struct ledger_site **sites;
	size_t cnt;
	int err = report__pick_sites(r, o, &sites, &cnt);

	if (err)
		return err;
	for (size_t i = 0; i < report__shown(o, cnt); i++)
		write_site(w, r, sites[i]);
	free(sites);
	return 0;
}

static void put_meta(struct json_writer *w, const struct rec_meta *meta)
{
	json__put_text(w, "tool", meta->tool);
	json__put_text(w, "release", meta->release);
	json__put_text(w, "machine", meta->machine);
	json__put_text(w, "boot_id", meta->boot_id);
	json__put_text(w, "command", meta->command);
	json__put_num(w, "page_bytes", meta->page_bytes);
	json__put_num(w, "cpus", meta->nr_cpus);
	json__put_text(w, "stacks", text_stack_mode(meta->stacks));
	json__put_num(w, "wire_version", meta->wire_version);
	json__put_num(w, "realtime_offset_ns", meta->realtime_offset_ns);
	json__put_int(w, "preexisting_pages", (s64)meta->preexisting_pages);
}

static void write_run(struct json_writer *w, const struct report *r, enum report_view view)
{
	static const char *const views[VIEW_CNT] = {
		[VIEW_LEAKS] = "leaks",		  [VIEW_HOLDERS] = "holders",
		[VIEW_MISMATCHES] = "mismatches", [VIEW_ALL] = "all",
		[VIEW_AUDIT] = "audit",		  [VIEW_LONGTERM] = "longterm",
	};

	json__begin(w, "run");
	json__put_num(w, "schema_version", SCHEMA_VERSION);
	json__put_text(w, "view", views[view]);
	json__put_num(w, "start_ns", r->start_ns);
	json__put_num(w, "end_ns", r->end_ns);
	if (r->meta)
		put_meta(w, r->meta);
	json__end(w);
}

static void write_hooks(struct json_writer *w, const struct session *session)
{
	const struct rec_hook *hook;

	for (size_t i = 0; (hook = session__hook(session, i)); i++) {
		json__begin(w, "hook");
		json__put_text(w, "symbol", hook->symbol);
		json__put_text(w, "state", text_hook_state(hook->state));
		json__put_text(w, "mech", text_hook_mech(hook->mech));
		if (hook->error)
			json__put_int(w, "error", hook->error);
		json__end(w);
	}
}

static int write_suppression(const char *line, const char *reason, u64 calls, u64 pages, void *arg)
{
	struct json_writer *w = arg;

	json__begin(w, "suppression");
	json__put_text(w, "line", line);
	json__put_text(w, "reason", reason);
	json__put_num(w, "calls", calls);
	json__put_num(w, "pages", pages);
	json__end(w);
	return 0;
}

static void write_losses(struct json_writer *w, const struct verdict *v)
{
	for (unsigned reason = 0; reason < LOSS_MAX; reason++) {
		u64 cnt = v->lost_by[reason];
		const struct text_loss *loss = text_loss(reason);

		if (!cnt)
			continue;
		json__begin(w, "loss");
		json__put_text(w, "reason", loss->name ? loss->name : "unknown");
		json__put_num(w, "count", cnt);
		json__put_bool(w, "account", !loss->name || loss->account);
		json__put_text(w, "meaning", loss->meaning);
		json__end(w);
	}
}

static void put_vmstat(struct json_writer *w, const struct verdict *v)
{
	if (!v->have_vmstat)
		return;
	json__begin_object(w, "vmstat");
	json__put_num(w, "acquired", v->vm_acquired);
	json__put_num(w, "seen_acquired", v->seen_acquired);
	json__put_num(w, "released", v->vm_released);
	json__put_num(w, "seen_released", v->seen_released);
	json__put_int(w, "net", v->net_pages);
	json__put_bool(w, "explained", v->vmstat_explained);
	if (v->vmstat_slack)
		json__put_num(w, "slack", v->vmstat_slack);
	json__end_object(w);
}

static void put_breakdowns(struct json_writer *w, const struct report *r)
{
	static const char *const rules[LEDGER_MATCH_MAX] = {
		[LEDGER_MATCH_BIO] = "ctx",	  [LEDGER_MATCH_FAMILY] = "family",
		[LEDGER_MATCH_MM] = "mm",	  [LEDGER_MATCH_GONE] = "gone",
		[LEDGER_MATCH_OLDEST] = "oldest",
	};
	const struct verdict *v = &r->verdict;
	u64 unknown = 0;

	json__begin_object(w, "by_id");
	for (unsigned id = 0; id < FINDING_CNT; id++)
		if (v->count[id])
			json__put_num(w, finding_defs[id].id, v->count[id]);
	json__end_object(w);
	json__begin_object(w, "attributed");
	for (unsigned i = 0; i < LEDGER_MATCH_MAX; i++)
		/* "gone" came later: readers of the first version need not know it */
		if (rules[i] && (i != LEDGER_MATCH_GONE || r->totals.match_pages[i]))
			json__put_num(w, rules[i], r->totals.match_pages[i]);
	json__end_object(w);
	json__begin_object(w, "lost_by");
	for (unsigned i = 0; i < LOSS_MAX; i++) {
		if (v->lost_by[i] && text_loss(i)->name)
			json__put_num(w, text_loss(i)->name, v->lost_by[i]);
		else
			unknown += v->lost_by[i];
	}
	if (unknown)
		json__put_num(w, "unknown", unknown);
	json__end_object(w);
}

static void put_known_stacks(struct json_writer *w, const struct verdict *v)
{
	if (!v->stack_hits && !v->stack_misses)
		return;
	json__begin_object(w, "known_stacks");
	json__put_num(w, "hits", v->stack_hits);
	json__put_num(w, "misses", v->stack_misses);
	json__put_num(w, "checks", v->stack_checks);
	json__put_num(w, "wrong", v->lost_by[LOSS_STACK_WRONG]);
	json__end_object(w);
}

static void write_summary(struct json_writer *w, const struct report *r)
{
	static const char *const verdicts[] = {
		[VERDICT_CLEAN] = "clean",
		[VERDICT_FINDINGS] = "findings",
		[VERDICT_INCONCLUSIVE] = "inconclusive",
	};
	const struct verdict *v = &r->verdict;

	json__begin(w, "summary");
	json__put_text(w, "verdict", verdicts[v->kind]);
	json__put_text(w, "why", v->why);
	json__put_num(w, "findings", v->nr_findings);
	put_breakdowns(w, r);
	json__put_num(w, "pinned_pages", v->pinned_pages);
	json__put_num(w, "released_pages", v->released_pages);
	json__put_num(w, "open_pages", v->open_pages);
	json__put_num(w, "held_bytes", v->held_bytes);
	json__put_num(w, "others_open_pages", v->others_open_pages);
	if (v->in_flight_pages)
		json__put_num(w, "in_flight_pages", v->in_flight_pages);
	json__put_num(w, "unknown_origin_pages", v->unknown_origin_pages);
	json__put_num(w, "earlier_pages", r->earlier.pages);
	if (r->earlier.nr)
		json__put_earlier(w, "earlier", &r->earlier, r->meta ? r->meta->page_bytes : 4096);
	if (v->pages_asked || v->vanished_pages) {
		json__put_num(w, "explained_by_page", v->vanished_pages);
		json__put_num(w, "pages_asked", v->pages_asked);
	}
	json__put_num(w, "lost", v->lost);
	if (v->lost)
		json__put_bool(w, "loss_explained", v->loss_explained);
	json__put_num(w, "stacks", v->stacks);
	put_known_stacks(w, v);
	put_vmstat(w, v);
	json__put_bool(w, "incomplete", v->incomplete);
	json__put_bool(w, "interrupted", v->interrupted);
	if (v->cmd_ended && WIFSIGNALED(v->cmd_status))
		json__put_int(w, "command_signal", WTERMSIG(v->cmd_status));
	else if (v->cmd_ended)
		json__put_int(w, "command_exit", WEXITSTATUS(v->cmd_status));
	json__end(w);
}

static int render_json(const struct report *r, const struct render_opts *o, FILE *out)
{
	struct json_writer w = { .out = out };
	int err = 0;

	report__begin(out);
	write_run(&w, r, o->view);
	if (o->verbose && r->session)
		write_hooks(&w, r->session);
	if (o->view != VIEW_HOLDERS)
		err = write_findings(&w, r, o);
	if (!err)
		err = write_sites(&w, r, o);
	if (err)
		return err;
	for (size_t i = 0; o->view == VIEW_AUDIT && i < r->nr_audit; i++)
		json__audit_row(&w, r->stacks, &r->audit[i]);
	for (size_t i = 0; i < report__shown(o, r->nr_inventory); i++)
		json__inventory_row(&w, r, &r->inventory[i]);
	if (o->suppress)
		suppressions__for_each(o->suppress, write_suppression, &w);
	write_losses(&w, &r->verdict);
	write_summary(&w, r);
	return report__finish(out);
}

const struct renderer renderer_json = { .name = "json", .render = render_json };
