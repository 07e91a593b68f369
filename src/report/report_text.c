// SPDX-License-Identifier: GPL-2.0
/*
 * The report for people: findings in the manner of LeakSanitizer, then a table, then what
 * else the reader must know to trust it. Ends with the two lines of report.c, always.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include "report/report.h"
#include "base/format.h"
#include "base/out.h"
#include "record/names.h"
#include "record/owner_text.h"
#include "report/report_owner.h"

#define FRAME_BYTES  256
#define TABLE_FRAMES 3

struct printer {
	FILE *out;
	const struct report *r;
	const struct render_opts *o;
};

/* Around the age in a headline. */
static const struct {
	const char *before, *after;
} ages[] = {
	[FINDING_AGE_OLDEST] = { "oldest ", " ago" },
	[FINDING_AGE_FIRST] = { "first ", " ago" },
	[FINDING_AGE_LONGEST] = { "longest ", "" },
};

static const char *severity_color(enum finding_severity severity)
{
	return severity == SEVERITY_FAULT ? "1;31" : "1;33";
}

static void print_holder(const struct printer *p, const struct finding *f)
{
	char task[TEXT_TASK_BYTES];

	out__printf(p->out, " %s", text_task(&f->holder, task));
	if (f->flags & PIN_F_KTHREAD)
		fputs(" (kernel thread)", p->out);
	if (f->flags & PIN_F_IRQ)
		fputs(" (interrupted by it)", p->out);
	if (f->holder_exited)
		out__printf(p->out, " (exited%s)", f->mm_gone ? ", its memory gone" : "");
	if (p->r->verdict.have_cmd && !f->workload)
		fputs(" (not of the command)", p->out);
}

static void print_headline(const struct printer *p, const struct finding *f)
{
	const struct finding_def *def = &finding_defs[f->id];
	char num[2 * TEXT_NUM_BYTES], bytes[TEXT_NUM_BYTES];

	if (p->o->color)
		out__printf(p->out, "\033[%sm%s:\033[0m", severity_color(def->severity), def->id);
	else
		out__printf(p->out, "%s:", def->id);
	out__printf(p->out, " %s", text_count(f->pages, "page", num, sizeof(num)));
	out__printf(p->out, " (%s) %s", report__memory(f->bytes, f->held_bytes, bytes),
		    def->headline);
	if (def->age == FINDING_AGE_NONE) {
		fputc('\n', p->out);
		return;
	}
	print_holder(p, f);
	out__printf(p->out, ", %s", text_count(f->calls, "call", num, sizeof(num)));
	out__printf(p->out, ", %s%s%s\n", ages[def->age].before, text_duration(f->age_ns, num),
		    ages[def->age].after);
}

static const char *base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

static void print_frame(const struct printer *p, const struct event_stack *st, unsigned frame)
{
	u32 tgid = st->type == STACK_USER ? st->tgid : 0;
	const struct symbol *sym = stacks__sym(p->r->stacks, tgid, st->ips[frame]);
	char text[FRAME_BYTES];

	stacks__frame_text(p->r->stacks, st, frame, text, sizeof(text));
	fputs("        ", p->out);
	if (p->o->verbose)
		out__printf(p->out, "%016" PRIx64 " ", st->ips[frame]);
	out__line_start(p->out, text);
	if (sym->line)
		out__printf(p->out, " %s:%u", base_name(sym->file), sym->line);
	fputc('\n', p->out);
}

/* An fexit program sees the function itself as the leaf; its name stands in the line above. */
static unsigned first_frame(const struct printer *p, const struct event_stack *st, u16 api)
{
	if (st->type != STACK_KERNEL || st->nr < 2)
		return 0;
	return !strcmp(stacks__sym(p->r->stacks, 0, st->ips[0])->name, text_hook(api));
}

/* "    <head>, from:" and the frames, or the head and why there are none. */
static void print_stack(const struct printer *p, const char *head, u64 id, u16 api)
{
	const struct event_stack *st = stacks__get(p->r->stacks, id);

	if (!st || !st->nr) {
		out__printf(p->out, "    %s (%s)\n", head, id ? "stack not recorded" : "no stack");
		return;
	}
	out__printf(p->out, "    %s, from:\n", head);
	for (unsigned i = first_frame(p, st, api); i < st->nr; i++)
		print_frame(p, st, i);
	if (st->flags & STACK_F_TRUNCATED)
		fputs("        ... (deeper frames were not kept)\n", p->out);
}

static void print_user_stack(const struct printer *p, u64 id)
{
	const struct event_stack *st = stacks__get(p->r->stacks, id);

	if (!st || !st->nr)
		return;
	fputs("    user stack:\n", p->out);
	for (unsigned i = 0; i < st->nr; i++)
		print_frame(p, st, i);
}

static void print_origin(const struct printer *p, const struct finding *f)
{
	char head[160], flags[TEXT_FLAGS_BYTES];

	if (finding_defs[f->id].age == FINDING_AGE_NONE)
		return;
	text_flags(f->flags, flags);
	if (text_hook_releases(f->api))
		snprintf(head, sizeof(head), "released by %s()", text_hook(f->api));
	else
		snprintf(head, sizeof(head), "%s by %s()%s%s",
			 text_hook_gets(f->api) ? "got" : "pinned", text_hook(f->api),
			 *flags ? " with " : "", flags);
	print_stack(p, head, f->stack_id, f->api);
	print_user_stack(p, f->ustack_id);
}

/* "    file: ext4 8:1 inode 12 | iterator: ubuf, dest (read)", as much of it as is known. */
static void print_file(const struct printer *p, const struct event_file *file)
{
	const char *kind = text_iter_kind(file->iter_kind), *dir = text_iter_dir(file->iter_dir);
	bool have_file = *file->fs || file->dev || file->ino;

	if (!have_file && !*kind)
		return;
	fputs("    ", p->out);
	if (have_file)
		out__printf(p->out, "file: %s", *file->fs ? file->fs : "unknown file system");
	if (file->dev) /* the kernel's own dev_t: MINORBITS is 20 */
		out__printf(p->out, " %u:%u", file->dev >> 20, file->dev & 0xfffff);
	if (file->ino)
		out__printf(p->out, " inode %" PRIu64, file->ino);
	if (p->o->verbose && file->fs_hook)
		out__printf(p->out, " (named by %s)", text_hook(file->fs_hook));
	if (*kind)
		out__printf(p->out, "%siterator: %s%s%s", have_file ? " | " : "", kind,
			    *dir ? ", " : "", dir);
	fputc('\n', p->out);
}

static void print_release(const struct printer *p, const struct finding *f)
{
	struct event_task task = { .tid = f->release_tid, .tgid = f->release_tid };
	char head[320], who[TEXT_TASK_BYTES], ago[TEXT_NUM_BYTES];
	u64 end = p->r->end_ns;

	if (f->prev_stack_id)
		print_stack(p, "pinned before", f->prev_stack_id, HOOK_UNKNOWN);
	if (!f->release_ts_ns)
		return;
	text_duration(f->release_ts_ns < end ? end - f->release_ts_ns : 0, ago);
	if (!f->release_api) { /* a double unpin: of the first release the ledger keeps time and
				  stack */
		snprintf(head, sizeof(head), "%s, %s ago",
			 f->id == FINDING_FREED_PINNED	     ? "freed"
			 : f->id == FINDING_WRITEBACK_PINNED ? "writeback began"
							     : "released before",
			 ago);
		print_stack(p, head, f->release_stack_id, HOOK_UNKNOWN);
		return;
	}
	memcpy(task.comm, f->release_comm, sizeof(task.comm));
	snprintf(head, sizeof(head), "%s by %s() in %s, %s ago",
		 text_hook_releases(f->api) ? "released before"
		 : f->id == FINDING_PIN_PUT ? "put"
					    : "last release",
		 text_hook(f->release_api), f->release_tid ? text_task(&task, who) : "an interrupt",
		 ago);
	print_stack(p, head, f->release_stack_id, f->release_api);
}

static void print_owner(const struct printer *p, const struct rec_owner *owner)
{
	char text[OWNER_TEXT_BYTES];

	if (owner->kind == OWNER_NONE)
		return;
	out__printf(p->out, "    %s: %s\n", owner->kind == OWNER_MAPPING ? "mapping" : "owner",
		    owner_text(owner, text, sizeof(text)));
}

static void print_finding(const struct printer *p, const struct finding *f)
{
	print_headline(p, f);
	print_origin(p, f);
	print_file(p, &f->file);
	print_release(p, f);
	if (*text_doc_case(f->doc_case))
		out__printf(p->out, "    case: %u of pin_user_pages.rst, %s\n", f->doc_case,
			    text_doc_case(f->doc_case));
	if (p->o->verbose && f->sample.pages)
		out__printf(p->out,
			    "    pages: %u from pfn 0x%" PRIx64 "%s, key 0x%016" PRIx64 "\n",
			    f->sample.pages, f->sample.pfn,
			    f->sample.flags & RUN_FOLIO ? " (folio, by count)" : "", f->key);
	if (*f->evidence)
		out__printf(p->out, "    evidence: %s\n", f->evidence);
	if (*f->page)
		out__printf(p->out, "    page: %s\n", f->page);
	print_owner(p, &f->owner);
	out__printf(p->out, "    remedy: %s\n\n", finding_defs[f->id].remedy);
}

void report__print_finding(const struct report *r, const struct render_opts *o,
			   const struct finding *f, FILE *out)
{
	const struct printer p = { .out = out, .r = r, .o = o };

	print_finding(&p, f);
}

static int print_findings(const struct printer *p)
{
	const struct finding **findings;
	size_t cnt, shown;
	u64 pages = 0;
	char num[2 * TEXT_NUM_BYTES];
	int err;

	err = report__pick_findings(p->r, p->o, &findings, &cnt);
	if (err)
		return err;
	shown = report__shown(p->o, cnt);
	for (size_t i = 0; i < shown; i++)
		print_finding(p, findings[i]);
	for (size_t i = shown; i < cnt; i++)
		pages += findings[i]->pages;
	if (shown < cnt)
		out__printf(p->out, "and %s more, with %" PRIu64 " pages\n\n",
			    text_count(cnt - shown, "finding", num, sizeof(num)), pages);
	free(findings);
	return 0;
}

/* "io_pin_pages < io_sqe_buffer_register < ...": who called, from the leaf on. */
static void print_callers(const struct printer *p, const struct ledger_site *site)
{
	const struct event_stack *st = stacks__get(p->r->stacks, site->stack_id);
	unsigned first;

	if (!st || !st->nr) {
		fputc('-', p->out);
		return;
	}
	first = first_frame(p, st, site->api);
	for (unsigned i = first; i < st->nr && i < first + TABLE_FRAMES; i++) {
		const char *name = stacks__sym(p->r->stacks, st->tgid, st->ips[i])->name;

		out__printf(p->out, "%s%s", i > first ? " < " : "", name);
		if (!*name)
			out__printf(p->out, "0x%" PRIx64, st->ips[i]);
	}
}

static void print_site(const struct printer *p, const struct ledger_site *site)
{
	char task[TEXT_TASK_BYTES], held[TEXT_NUM_BYTES] = "-", longest[TEXT_NUM_BYTES] = "-";

	if (report__held_bytes(p->r, site))
		text_bytes(report__held_bytes(p->r, site), held);
	if (site->max_held_ns)
		text_duration(site->max_held_ns, longest);
	out__printf(p->out, "%8" PRIu64 " %9s %10" PRIu64 " %8" PRIu64 " %11s  %-22s %-23s %-7s ",
		    site->open_pages, held, site->pinned_pages, site->calls, longest,
		    text_task(&site->holder->task, task), text_hook(site->api),
		    *site->file.fs ? site->file.fs : "-");
	print_callers(p, site);
	fputc('\n', p->out);
}

static int print_sites(const struct printer *p)
{
	const struct ledger_site **sites;
	size_t cnt, shown;
	char num[2 * TEXT_NUM_BYTES];
	int err;

	err = report__pick_sites(p->r, p->o, &sites, &cnt);
	if (err)
		return err;
	shown = report__shown(p->o, cnt);
	if (shown && p->o->view == VIEW_LEAKS)
		fputs("also open, and no finding:\n", p->out);
	if (shown)
		out__printf(p->out, "%8s %9s %10s %8s %11s  %-22s %-23s %-7s %s\n", "OPEN", "HELD",
			    "PINNED", "CALLS", "LONGEST", "HOLDER", "BY", "FS", "CALLERS");
	for (size_t i = 0; i < shown; i++)
		print_site(p, sites[i]);
	if (shown < cnt)
		out__printf(p->out, "and %s more\n",
			    text_count(cnt - shown, "row", num, sizeof(num)));
	if (shown)
		fputc('\n', p->out);
	free(sites);
	return 0;
}

static void print_command(const struct printer *p)
{
	const struct verdict *v = &p->r->verdict;

	if (!v->have_cmd)
		return;
	if (WIFSIGNALED(v->cmd_status))
		out__printf(p->out, "command: killed by signal %d\n", WTERMSIG(v->cmd_status));
	else if (WIFEXITED(v->cmd_status) && WEXITSTATUS(v->cmd_status))
		out__printf(p->out, "command: exit status %d\n", WEXITSTATUS(v->cmd_status));
}

static void print_losses(const struct printer *p)
{
	for (unsigned reason = 0; reason < LOSS_MAX; reason++) {
		u64 cnt = p->r->verdict.lost_by[reason];
		const struct text_loss *loss = text_loss(reason);

		if (cnt)
			out__printf(p->out, "lost: %" PRIu64 " %s (%s)\n", cnt,
				    loss->name ? loss->name : "unknown",
				    loss->name ? loss->meaning : "a reason of a later version");
	}
}

/* When several pins could be the one that a release is for, the report says which rule chose. */
static void print_rules(const struct printer *p)
{
	static const char *const rules[LEDGER_MATCH_MAX] = {
		[LEDGER_MATCH_BIO] = "rule 1, same bio",
		[LEDGER_MATCH_FAMILY] = "rule 2, same API family",
		[LEDGER_MATCH_MM] = "rule 3, same mm",
		[LEDGER_MATCH_GONE] = "rule 4, address space gone",
		[LEDGER_MATCH_OLDEST] = "rule 5, oldest",
	};
	char num[2 * TEXT_NUM_BYTES];

	for (unsigned i = 0; i < LEDGER_MATCH_MAX; i++)
		if (rules[i] && p->r->totals.match_pages[i])
			out__printf(
				p->out, "attributed by %s: %s of several holders\n", rules[i],
				text_count(p->r->totals.match_pages[i], "page", num, sizeof(num)));
}

/* What the page reader made of it. */
static void print_explained(const struct printer *p)
{
	const struct verdict *v = &p->r->verdict;
	char explained[48], excused[48];

	if (v->loss_explained)
		out__printf(
			p->out,
			"lost %" PRIu64
			", all explained by the page: %s whose release was lost, and releases of %s "
			"whose pin was; vmstat agrees with what is open\n",
			v->lost, text_count(v->vanished_pages, "pin", explained, sizeof(explained)),
			text_count(v->excused_pages, "page", excused, sizeof(excused)));
	else if (v->vanished_pages)
		out__printf(
			p->out,
			"explained by the page: %s, no longer shown though no release was seen\n",
			text_count(v->vanished_pages, "pin", explained, sizeof(explained)));
}

/* Without -v only when it is bad news. */
static void print_stack_use(const struct printer *p)
{
	const struct verdict *v = &p->r->verdict;
	u64 wrong = v->lost_by[LOSS_STACK_WRONG];

	if ((p->o->verbose || wrong) && (v->stack_hits || v->stack_misses))
		out__printf(p->out,
			    "stacks: %" PRIu64 " known by sight, %" PRIu64 " walked; %" PRIu64
			    " checked, %" PRIu64 " wrong\n",
			    v->stack_hits, v->stack_misses, v->stack_checks, wrong);
}

static void print_notes(const struct printer *p)
{
	const struct verdict *v = &p->r->verdict;
	char num[2 * TEXT_NUM_BYTES];

	print_command(p);
	if (v->interrupted)
		fputs("interrupted: the run ended early, by a signal\n", p->out);
	if (v->incomplete)
		fputs("incomplete: the recording was cut off, what came after is not here\n",
		      p->out);
	if (p->r->session && session__mark(p->r->session, MARK_IO_UNSEEN))
		fputs("not seen: block direct I/O, which takes references on this kernel (FOLL_GET, until 6.4) unless a patch changed that; `pinacct audit` sees it\n",
		      p->out);
	if (v->others_open_pages)
		out__printf(p->out, "others: %s open, held by tasks outside the command\n",
			    text_count(v->others_open_pages, "page", num, sizeof(num)));
	if (v->in_flight_pages)
		out__printf(p->out, "in flight: %s of I/O that had not completed at the end\n",
			    text_count(v->in_flight_pages, "page", num, sizeof(num)));
	if (v->unknown_origin_pages)
		out__printf(p->out, "unknown origin: %s, pinned before the start\n",
			    text_count(v->unknown_origin_pages, "page", num, sizeof(num)));
	print_rules(p);
	print_stack_use(p);
	print_losses(p);
	print_explained(p);
}

struct suppression_arg {
	const struct printer *p;
	bool any;
};

static int print_suppression(const char *line, const char *reason, u64 calls, u64 pages, void *arg)
{
	struct suppression_arg *s = arg;
	char num[2 * TEXT_NUM_BYTES];

	if (!calls && !s->p->o->verbose)
		return 0;
	if (!s->any)
		fputs("suppressions used:\n", s->p->out);
	s->any = true;
	if (calls)
		out__printf(s->p->out, "    %s, ", text_count(calls, "call", num, sizeof(num)));
	else
		fputs("    unused, ", s->p->out);
	out__printf(s->p->out, "%s: ", text_count(pages, "page", num, sizeof(num)));
	out__printf(s->p->out, "%s", line);
	if (reason && *reason)
		out__printf(s->p->out, "  # %s", reason);
	fputc('\n', s->p->out);
	return 0;
}

static void print_run(const struct printer *p)
{
	const struct rec_meta *meta = p->r->meta;
	char took[TEXT_NUM_BYTES];
	const struct rec_hook *hook;

	text_duration(p->r->end_ns > p->r->start_ns ? p->r->end_ns - p->r->start_ns : 0, took);
	if (meta) {
		out__printf(p->out, "run: %s", meta->release);
		out__printf(p->out, " %s", meta->machine);
		out__printf(p->out, ", %u cpus, stacks %s, %s", meta->nr_cpus,
			    text_stack_mode(meta->stacks), took);
		if (*meta->command)
			out__printf(p->out, ": %s", meta->command);
		fputc('\n', p->out);
	}
	for (size_t i = 0; p->r->session && (hook = session__hook(p->r->session, i)); i++) {
		out__printf(p->out, "hook: %s %s", hook->symbol, text_hook_state(hook->state));
		if (*text_hook_mech(hook->mech))
			out__printf(p->out, ", %s", text_hook_mech(hook->mech));
		if (hook->error < 0 && hook->error > -4096) /* MAX_ERRNO */
			out__printf(p->out, ": %s", strerror(-hook->error));
		fputc('\n', p->out);
	}
	fputc('\n', p->out);
}

static u64 page_bytes(const struct report *r)
{
	return r->meta ? r->meta->page_bytes : 4096;
}

/* Holders of before the start are a note: the largest ones. */
#define EARLIER_SHOWN 5

static int render_text(const struct report *r, const struct render_opts *o, FILE *out)
{
	struct printer p = { .out = out, .r = r, .o = o };
	struct suppression_arg s = { .p = &p };
	char line[512];
	int err = 0;

	report__begin(out);
	if (o->verbose)
		print_run(&p);
	if (o->view == VIEW_LONGTERM)
		report__print_inventory(r, o, out);
	if (o->view == VIEW_AUDIT)
		report__print_audit(r, o, out);
	else if (o->view != VIEW_HOLDERS)
		err = print_findings(&p);
	if (!err)
		err = print_sites(&p);
	if (err)
		return err;
	report__print_earlier(&r->earlier, page_bytes(r), EARLIER_SHOWN, out);
	print_notes(&p);
	if (o->suppress)
		suppressions__for_each(o->suppress, print_suppression, &s);
	verdict__vmstat_line(&r->verdict, line, sizeof(line));
	out__printf(out, "%s\n", line);
	verdict__summary_line(&r->verdict, line, sizeof(line));
	out__printf(out, "%s\n", line);
	return report__finish(out);
}

const struct renderer renderer_text = { .name = "text", .render = render_text };
