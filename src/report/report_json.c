// SPDX-License-Identifier: GPL-2.0
/*
 * The report as NDJSON: one object a line, each with "type". What lines and members there are is
 * described in src/man/pinacct.schema.json, of which pinacct-json(5) is made; a member that is new
 * goes there first. What is there keeps its name and meaning within one schema_version.
 */
#include <errno.h>
#include <inttypes.h>
#include <json-c/json.h>
#include <sys/wait.h>
#include <stdlib.h>
#include <string.h>
#include "report/report_json_impl.h"
#include "base/format.h"
#include "record/names.h"

#define SCHEMA_VERSION 1
#define TEXT_BYTES     1024

json *json__checked(struct writer *w, json *value)
{
	if (!value)
		w->err = -ENOMEM;
	return value;
}

/* Takes the value over, NULL too. Returns it for filling; the object keeps owning it. */
json *json__put(struct writer *w, json *obj, const char *key, json *value)
{
	if (!json__checked(w, value))
		return NULL;
	if (obj && !json_object_object_add(obj, key, value))
		return value;
	w->err = -ENOMEM;
	json_object_put(value);
	return NULL;
}

void json__put_text(struct writer *w, json *obj, const char *key, const char *text)
{
	char clean[TEXT_BYTES];

	if (text && *text)
		json__put(w, obj, key,
			  json_object_new_string(text_clean(text, clean, sizeof(clean))));
}

void json__put_num(struct writer *w, json *obj, const char *key, u64 num)
{
	json__put(w, obj, key, json_object_new_uint64(num));
}

static void json__put_bool(struct writer *w, json *obj, const char *key, bool value)
{
	json__put(w, obj, key, json_object_new_boolean(value));
}

static void put_hex(struct writer *w, json *obj, const char *key, u64 num)
{
	char hex[TEXT_NUM_BYTES];

	snprintf(hex, sizeof(hex), "0x%" PRIx64, num);
	json__put(w, obj, key, json_object_new_string(hex));
}

json *json__begin(struct writer *w, const char *type)
{
	json *obj = json__checked(w, json_object_new_object());

	json__put(w, obj, "type", json_object_new_string(type));
	return obj;
}

void json__end(struct writer *w, json *obj)
{
	const char *text = NULL;

	if (!w->err)
		text = json_object_to_json_string_ext(obj, JSON_C_TO_STRING_PLAIN |
								   JSON_C_TO_STRING_NOSLASHESCAPE);
	if (text)
		fprintf(w->out, "%s\n", text);
	else
		w->err = -ENOMEM;
	json_object_put(obj);
}

static void put_frame(struct writer *w, json *frames, const struct event_stack *st, unsigned frame)
{
	u32 tgid = st->type == STACK_USER ? st->tgid : 0;
	const struct symbol *sym = stacks__sym(w->r->stacks, tgid, st->ips[frame]);
	json *obj = json__checked(w, json_object_new_object());

	put_hex(w, obj, "addr", st->ips[frame]);
	json__put_text(w, obj, "name", sym->name);
	if (*sym->name)
		json__put_num(w, obj, "off", sym->off);
	json__put_text(w, obj, "module", sym->module);
	json__put_text(w, obj, "file", sym->file);
	if (sym->line)
		json__put_num(w, obj, "line", sym->line);
	if (frames && obj && !json_object_array_add(frames, obj))
		return;
	w->err = -ENOMEM;
	json_object_put(obj);
}

void json__put_stack(struct writer *w, json *obj, const char *key, u64 id)
{
	const struct event_stack *st = stacks__get(w->r->stacks, id);
	json *stack, *frames;

	if (!id)
		return;
	stack = json__put(w, obj, key, json_object_new_object());
	put_hex(w, stack, "id", id);
	if (!st)
		return;
	json__put_bool(w, stack, "truncated", st->flags & STACK_F_TRUNCATED);
	frames = json__put(w, stack, "frames", json_object_new_array());
	for (unsigned i = 0; i < st->nr && !w->err; i++)
		put_frame(w, frames, st, i);
}

static json *put_holder(struct writer *w, json *obj, const struct event_task *task, u16 flags)
{
	json *holder = json__put(w, obj, "holder", json_object_new_object());

	json__put_text(w, holder, "comm", task->comm);
	json__put_num(w, holder, "tid", task->tid);
	json__put_num(w, holder, "tgid", task->tgid);
	put_hex(w, holder, "cgroup_id", task->cgroup_id);
	put_hex(w, holder, "mm", task->mm);
	json__put_bool(w, holder, "kthread", flags & PIN_F_KTHREAD);
	return holder;
}

static void put_call(struct writer *w, json *obj, u16 api, u16 flags)
{
	static const struct {
		u16 bit;
		const char *name;
	} names[] = {
		{ PIN_F_LONGTERM, "FOLL_LONGTERM" },
		{ PIN_F_WRITE, "FOLL_WRITE" },
		{ PIN_F_IRQ, "IRQ" },
	};
	json *array;

	json__put_text(w, obj, "api", text_hook(api));
	array = json__put(w, obj, "flags", json_object_new_array());
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		json *name = flags & names[i].bit ? json_object_new_string(names[i].name) : NULL;

		if (!(flags & names[i].bit))
			continue;
		if (array && name && !json_object_array_add(array, name))
			continue;
		w->err = -ENOMEM;
		json_object_put(name);
	}
}

static void put_file(struct writer *w, json *obj, const struct event_file *file)
{
	static const char *const dirs[] = {
		[PIN_DIR_SOURCE] = "source",
		[PIN_DIR_DEST] = "dest",
	};
	char dev[TEXT_NUM_BYTES];
	json *sub;

	if (*file->fs || file->dev || file->ino) {
		sub = json__put(w, obj, "file", json_object_new_object());
		json__put_text(w, sub, "fs", file->fs);
		snprintf(dev, sizeof(dev), "%u:%u", file->dev >> 20, file->dev & 0xfffff);
		if (file->dev)
			json__put_text(w, sub, "dev", dev);
		if (file->ino)
			json__put_num(w, sub, "ino", file->ino);
		if (file->fs_hook)
			json__put_text(w, sub, "named_by", text_hook(file->fs_hook));
	}
	if (*text_iter_kind(file->iter_kind)) {
		sub = json__put(w, obj, "iterator", json_object_new_object());
		json__put_text(w, sub, "kind", text_iter_kind(file->iter_kind));
		if (file->iter_dir && file->iter_dir <= PIN_DIR_DEST)
			json__put_text(w, sub, "dir", dirs[file->iter_dir]);
	}
}

static void put_release(struct writer *w, json *obj, const struct finding *f)
{
	json *release;

	if (!f->release_ts_ns)
		return;
	release = json__put(w, obj, "release", json_object_new_object());
	json__put_num(w, release, "ts_ns", f->release_ts_ns);
	if (f->release_api) { /* of the first release of a double unpin only time and stack are kept
			       */
		json__put_text(w, release, "api", text_hook(f->release_api));
		json__put_text(w, release, "comm", f->release_comm);
		json__put_num(w, release, "tid", f->release_tid);
	}
	json__put_stack(w, release, "stack", f->release_stack_id);
}

static void put_sample(struct writer *w, json *obj, const struct rec_run *run)
{
	json *sample;

	if (!run->pages)
		return;
	sample = json__put(w, obj, "sample", json_object_new_object());
	put_hex(w, sample, "pfn", run->pfn);
	json__put_num(w, sample, "pages", run->pages);
	json__put_bool(w, sample, "by_count", run->flags & RUN_FOLIO);
}

static void put_finding_numbers(struct writer *w, json *obj, const struct finding *f)
{
	json__put_num(w, obj, "pages", f->pages);
	json__put_num(w, obj, "bytes", f->bytes);
	json__put_num(w, obj, "calls", f->calls);
	json__put_num(w, obj, "first_ns", f->first_ns);
	json__put_num(w, obj, "age_ns", f->age_ns);
	if (f->doc_case)
		json__put_num(w, obj, "doc_case", f->doc_case);
}

static void write_finding(struct writer *w, const struct finding *f)
{
	static const char *const severities[] = {
		[SEVERITY_FAULT] = "fault",
		[SEVERITY_RISK] = "risk",
		[SEVERITY_DOUBT] = "doubt",
	};
	const struct finding_def *def = &finding_defs[f->id];
	json *obj = json__begin(w, "finding"), *holder;

	json__put_text(w, obj, "id", def->id);
	json__put_text(w, obj, "severity", severities[def->severity]);
	put_hex(w, obj, "key", f->key);
	json__put_text(w, obj, "meaning", def->meaning);
	json__put_text(w, obj, "remedy", def->remedy);
	json__put_text(w, obj, "evidence", f->evidence);
	json__put_text(w, obj, "page", f->page);
	put_finding_numbers(w, obj, f);
	holder = put_holder(w, obj, &f->holder, f->flags);
	json__put_bool(w, holder, "exited", f->holder_exited);
	json__put_bool(w, holder, "mm_gone", f->mm_gone);
	json__put_bool(w, holder, "workload", f->workload);
	put_call(w, obj, f->api, f->flags);
	json__put_stack(w, obj, "stack", f->stack_id);
	json__put_stack(w, obj, "user_stack", f->ustack_id);
	put_file(w, obj, &f->file);
	put_release(w, obj, f);
	json__put_stack(w, obj, "previous_pin", f->prev_stack_id);
	put_sample(w, obj, &f->sample);
	json__end(w, obj);
}

static void write_site(struct writer *w, const struct ledger_site *site)
{
	json *obj = json__begin(w, "site"), *holder;

	json__put_num(w, obj, "open_pages", site->open_pages);
	json__put_num(w, obj, "pinned_pages", site->pinned_pages);
	json__put_num(w, obj, "calls", site->calls);
	json__put_num(w, obj, "max_held_ns", site->max_held_ns);
	json__put_num(w, obj, "held_calls", site->held_calls);
	json__put_num(w, obj, "held_pages", site->held_pages);
	json__put(w, obj, "page_seconds", json_object_new_double(site->page_seconds));
	holder = put_holder(w, obj, &site->holder->task, site->flags);
	json__put_bool(w, holder, "exited", site->holder->exited_ns);
	json__put_bool(w, holder, "mm_gone", site->holder->mm_gone_ns);
	json__put_bool(w, holder, "workload", site->holder->workload);
	put_call(w, obj, site->api, site->flags);
	json__put_stack(w, obj, "stack", site->stack_id);
	json__put_stack(w, obj, "user_stack", site->file.ustack_id);
	put_file(w, obj, &site->file);
	json__end(w, obj);
}

static void write_findings(struct writer *w)
{
	const struct finding **findings;
	size_t cnt;
	int err;

	err = report__pick_findings(w->r, w->o, &findings, &cnt);
	if (err) {
		w->err = err;
		return;
	}
	for (size_t i = 0; i < report__shown(w->o, cnt) && !w->err; i++)
		write_finding(w, findings[i]);
	free(findings);
}

static void write_sites(struct writer *w)
{
	const struct ledger_site **sites;
	size_t cnt;
	int err;

	err = report__pick_sites(w->r, w->o, &sites, &cnt);
	if (err) {
		w->err = err;
		return;
	}
	for (size_t i = 0; i < report__shown(w->o, cnt) && !w->err; i++)
		write_site(w, sites[i]);
	free(sites);
}

static void put_meta(struct writer *w, json *obj, const struct rec_meta *meta)
{
	json__put_text(w, obj, "tool", meta->tool);
	json__put_text(w, obj, "release", meta->release);
	json__put_text(w, obj, "machine", meta->machine);
	json__put_text(w, obj, "boot_id", meta->boot_id);
	json__put_text(w, obj, "command", meta->command);
	json__put_num(w, obj, "page_bytes", meta->page_bytes);
	json__put_num(w, obj, "cpus", meta->nr_cpus);
	json__put_text(w, obj, "stacks", text_stack_mode(meta->stacks));
	json__put_num(w, obj, "wire_version", meta->wire_version);
	json__put_num(w, obj, "realtime_offset_ns", meta->realtime_offset_ns);
	json__put(w, obj, "preexisting_pages", json_object_new_int64((s64)meta->preexisting_pages));
}

static void write_run(struct writer *w)
{
	static const char *const views[VIEW_CNT] = {
		[VIEW_LEAKS] = "leaks",		  [VIEW_HOLDERS] = "holders",
		[VIEW_MISMATCHES] = "mismatches", [VIEW_ALL] = "all",
		[VIEW_AUDIT] = "audit",		  [VIEW_LONGTERM] = "longterm",
	};
	json *obj = json__begin(w, "run");

	json__put_num(w, obj, "schema_version", SCHEMA_VERSION);
	json__put_text(w, obj, "view", views[w->o->view]);
	json__put_num(w, obj, "start_ns", w->r->start_ns);
	json__put_num(w, obj, "end_ns", w->r->end_ns);
	if (w->r->meta)
		put_meta(w, obj, w->r->meta);
	json__end(w, obj);
}

static void write_hooks(struct writer *w)
{
	const struct rec_hook *hook;

	for (size_t i = 0; !w->err && (hook = session__hook(w->r->session, i)); i++) {
		json *obj = json__begin(w, "hook");

		json__put_text(w, obj, "symbol", hook->symbol);
		json__put_text(w, obj, "state", text_hook_state(hook->state));
		json__put_text(w, obj, "mech", text_hook_mech(hook->mech));
		if (hook->error)
			json__put(w, obj, "error", json_object_new_int(hook->error));
		json__end(w, obj);
	}
}

static int write_suppression(const char *line, const char *reason, u64 calls, u64 pages, void *arg)
{
	struct writer *w = arg;
	json *obj = json__begin(w, "suppression");

	json__put_text(w, obj, "line", line);
	json__put_text(w, obj, "reason", reason);
	json__put_num(w, obj, "calls", calls);
	json__put_num(w, obj, "pages", pages);
	json__end(w, obj);
	return w->err;
}

static void write_losses(struct writer *w)
{
	for (unsigned reason = 0; reason < LOSS_MAX && !w->err; reason++) {
		u64 cnt = w->r->verdict.lost_by[reason];
		const struct text_loss *loss = text_loss(reason);
		json *obj;

		if (!cnt)
			continue;
		obj = json__begin(w, "loss");
		json__put_text(w, obj, "reason", loss->name ? loss->name : "unknown");
		json__put_num(w, obj, "count", cnt);
		json__put_bool(w, obj, "account", !loss->name || loss->account);
		json__put_text(w, obj, "meaning", loss->meaning);
		json__end(w, obj);
	}
}

static void put_vmstat(struct writer *w, json *obj, const struct verdict *v)
{
	json *vmstat;

	if (!v->have_vmstat)
		return;
	vmstat = json__put(w, obj, "vmstat", json_object_new_object());
	json__put_num(w, vmstat, "acquired", v->vm_acquired);
	json__put_num(w, vmstat, "seen_acquired", v->seen_acquired);
	json__put_num(w, vmstat, "released", v->vm_released);
	json__put_num(w, vmstat, "seen_released", v->seen_released);
	json__put(w, vmstat, "net", json_object_new_int64(v->net_pages));
	json__put_bool(w, vmstat, "explained", v->vmstat_explained);
}

static void put_breakdowns(struct writer *w, json *obj, const struct verdict *v)
{
	static const char *const rules[LEDGER_MATCH_MAX] = {
		[LEDGER_MATCH_BIO] = "ctx",
		[LEDGER_MATCH_FAMILY] = "family",
		[LEDGER_MATCH_MM] = "mm",
		[LEDGER_MATCH_OLDEST] = "oldest",
	};
	json *sub = json__put(w, obj, "by_id", json_object_new_object());

	for (unsigned id = 0; id < FINDING_CNT; id++)
		if (v->count[id])
			json__put_num(w, sub, finding_defs[id].id, v->count[id]);
	sub = json__put(w, obj, "attributed", json_object_new_object());
	for (unsigned i = 0; i < LEDGER_MATCH_MAX; i++)
		if (rules[i])
			json__put_num(w, sub, rules[i], w->r->totals.match_pages[i]);
	sub = json__put(w, obj, "lost_by", json_object_new_object());
	for (unsigned i = 0; i < LOSS_MAX; i++)
		if (v->lost_by[i])
			json__put_num(w, sub, text_loss(i)->name ? text_loss(i)->name : "unknown",
				      v->lost_by[i]);
}

static void put_known_stacks(struct writer *w, json *obj, const struct verdict *v)
{
	json *known;

	if (!v->stack_hits && !v->stack_misses)
		return;
	known = json__put(w, obj, "known_stacks", json_object_new_object());
	json__put_num(w, known, "hits", v->stack_hits);
	json__put_num(w, known, "misses", v->stack_misses);
	json__put_num(w, known, "checks", v->stack_checks);
	json__put_num(w, known, "wrong", v->lost_by[LOSS_STACK_WRONG]);
}

static void write_summary(struct writer *w)
{
	static const char *const verdicts[] = {
		[VERDICT_CLEAN] = "clean",
		[VERDICT_FINDINGS] = "findings",
		[VERDICT_INCONCLUSIVE] = "inconclusive",
	};
	const struct verdict *v = &w->r->verdict;
	json *obj = json__begin(w, "summary");

	json__put_text(w, obj, "verdict", verdicts[v->kind]);
	json__put_text(w, obj, "why", v->why);
	json__put_num(w, obj, "findings", v->nr_findings);
	put_breakdowns(w, obj, v);
	json__put_num(w, obj, "pinned_pages", v->pinned_pages);
	json__put_num(w, obj, "released_pages", v->released_pages);
	json__put_num(w, obj, "open_pages", v->open_pages);
	json__put_num(w, obj, "others_open_pages", v->others_open_pages);
	json__put_num(w, obj, "unknown_origin_pages", v->unknown_origin_pages);
	if (v->pages_asked || v->vanished_pages) {
		json__put_num(w, obj, "settled_by_page", v->vanished_pages);
		json__put_num(w, obj, "pages_asked", v->pages_asked);
	}
	json__put_num(w, obj, "lost", v->lost);
	if (v->lost)
		json__put_bool(w, obj, "loss_settled", v->loss_explained);
	json__put_num(w, obj, "stacks", v->stacks);
	put_known_stacks(w, obj, v);
	put_vmstat(w, obj, v);
	json__put_bool(w, obj, "incomplete", v->incomplete);
	json__put_bool(w, obj, "interrupted", v->interrupted);
	if (v->cmd_ended && WIFSIGNALED(v->cmd_status))
		json__put(w, obj, "command_signal", json_object_new_int(WTERMSIG(v->cmd_status)));
	else if (v->cmd_ended)
		json__put(w, obj, "command_exit", json_object_new_int(WEXITSTATUS(v->cmd_status)));
	json__end(w, obj);
}

static int render_json(const struct report *r, const struct render_opts *o, FILE *out)
{
	struct writer w = { .out = out, .r = r, .o = o };

	report__begin(out);
	write_run(&w);
	if (o->verbose && r->session)
		write_hooks(&w);
	if (o->view != VIEW_HOLDERS)
		write_findings(&w);
	if (!w.err)
		write_sites(&w);
	for (size_t i = 0; o->view == VIEW_AUDIT && i < r->nr_audit && !w.err; i++)
		json__audit_row(&w, &r->audit[i]);
	for (size_t i = 0; i < report__shown(o, r->nr_inventory) && !w.err; i++)
		json__inventory_row(&w, &r->inventory[i]);
	if (o->suppress && !w.err)
		suppressions__for_each(o->suppress, write_suppression, &w);
	if (!w.err)
		write_losses(&w);
	if (!w.err)
		write_summary(&w);
	return w.err ? w.err : report__finish(out);
}

const struct renderer renderer_json = { .name = "json", .render = render_json };
