// SPDX-License-Identifier: GPL-2.0
/*
 * Bytes to events. Each kind has a parser that sees a record which is aligned,
 * whole, and at least as long as its struct (or as that was at first); it checks what is inside.
 *
 * Variable parts (runs, frames) start right behind the struct, and what a later
 * version appends comes behind them, so `sz` may be larger than what is used.
 *
 * Numbers that others index tables by are bounded here. A number that a later
 * version may have added is treated so that no verdict can turn better by it:
 * marks, samples and stacks of an unknown sort are skipped, an unknown iterator
 * becomes "none", an unknown loss is refused.
 */
#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include "record/decode.h"

/* The largest order a folio can have, with room: a 1 GiB hugetlb page of 4 KiB pages is 18. */
#define RUN_ORDER_MAX 30

static void copy_text(char *dst, const char *src, size_t sz)
{
	memcpy(dst, src, sz - 1);
	dst[sz - 1] = '\0';
}

static bool terminated(const char *text, size_t sz)
{
	return memchr(text, '\0', sz);
}

#define TERMINATED(array) terminated(array, sizeof(array))

/* The parsers return NULL, or why the record is malformed. */
typedef const char *(*parse_fn)(const struct rec_hdr *rec, struct event *out);

/*
 * A run ends with its folio when that is larger than 2 MiB, else with its 2 MiB: what follows takes
 * time for each 2 MiB, and a few bytes must not make it take long.
 */
static bool stays_in_block(const struct rec_run *run)
{
	u8 order = run->order == RUN_ORDER_UNKNOWN || run->order < 9 ? 9 : run->order;

	return run->flags & RUN_FOLIO || run->pfn >> order == (run->pfn + run->pages - 1) >> order;
}

/* `cut`: runs of pins and releases, which the writer cuts; those of owners are as long as they are.
 */
static const char *check_runs(const struct rec_hdr *rec, size_t fixed, u32 nr_runs, bool cut)
{
	const struct rec_run *runs = (const void *)((const char *)rec + fixed);

	if (nr_runs > (rec->sz - fixed) / sizeof(*runs))
		return "more runs than the record holds";
	for (u32 i = 0; i < nr_runs; i++) {
		if (!runs[i].pages)
			return "a run of no pages";
		if (runs[i].pfn + runs[i].pages < runs[i].pfn)
			return "a run wraps";
		if (runs[i].order > RUN_ORDER_MAX && runs[i].order != RUN_ORDER_UNKNOWN)
			return "a folio order out of range";
		if (cut && !stays_in_block(&runs[i]))
			return "a run of pages beyond its folio or its 2 MiB";
	}
	return NULL;
}

static const char *parse_rec_pin(const struct rec_hdr *rec, struct event *out)
{
	const struct rec_pin *pin = (const void *)rec;
	struct event_call *call = &out->pin.call;
	struct event_file *file = &out->pin.file;

	if (pin->api >= HOOK_ID_MAX || pin->fs_hook >= HOOK_ID_MAX)
		return "a hook number out of range";
	*call = (struct event_call){
		.call_id = pin->call_id,
		.stack_id = pin->stack_id,
		.bio = pin->bio,
		.api = pin->api,
		.flags = pin->flags,
		.nr_runs = pin->nr_runs,
		.runs = (const struct rec_run *)(pin + 1),
		.task = { .tid = pin->tid,
			  .tgid = pin->tgid,
			  .mm = pin->mm,
			  .cgroup_id = pin->cgroup_id },
	};
	copy_text(call->task.comm, pin->comm, sizeof(pin->comm));
	*file = (struct event_file){
		.ustack_id = pin->ustack_id,
		.ino = pin->ino,
		.dev = pin->dev,
		.fs_hook = pin->fs_hook,
		.iter_kind = pin->iter_kind <= PIN_ITER_DISCARD ? pin->iter_kind : PIN_ITER_NONE,
		.iter_dir = pin->iter_dir <= PIN_DIR_DEST ? pin->iter_dir : PIN_DIR_NONE,
	};
	copy_text(file->fs, pin->fs, sizeof(pin->fs));
	return check_runs(rec, sizeof(*pin), pin->nr_runs, true);
}

static const char *parse_rec_unpin(const struct rec_hdr *rec, struct event *out)
{
	const struct rec_unpin *unpin = (const void *)rec;
	struct event_call *call = &out->unpin.call;

	if (unpin->api >= HOOK_ID_MAX)
		return "a hook number out of range";
	*call = (struct event_call){
		.call_id = unpin->call_id,
		.stack_id = unpin->stack_id,
		.bio = unpin->bio,
		.api = unpin->api,
		.flags = unpin->flags,
		.nr_runs = unpin->nr_runs,
		.runs = (const struct rec_run *)(unpin + 1),
		.task = { .tid = unpin->tid, .tgid = unpin->tgid, .mm = unpin->mm },
	};
	copy_text(call->task.comm, unpin->comm, sizeof(unpin->comm));
	return check_runs(rec, sizeof(*unpin), unpin->nr_runs, true);
}

static const char *parse_rec_stack(const struct rec_hdr *rec, struct event *out)
{
	const struct rec_stack *stack = (const void *)rec;

	if (stack->nr > REC_STACK_MAX_FRAMES)
		return "a stack of too many frames";
	if (stack->nr > (rec->sz - sizeof(*stack)) / sizeof(u64))
		return "more frames than the record holds";
	if (stack->type != STACK_KERNEL && stack->type != STACK_USER) {
		out->kind = EVENT_SKIPPED;
		return NULL;
	}
	out->stack = (struct event_stack){
		.id = stack->id,
		.tgid = stack->tgid,
		.type = stack->type,
		.flags = stack->flags,
		.nr = stack->nr,
		.ips = (const u64 *)(stack + 1),
	};
	return NULL;
}

static const char *parse_rec_stack_use(const struct rec_hdr *rec, struct event *out)
{
	out->stack_use = (const void *)rec;
	return NULL;
}

static const char *parse_rec_task(const struct rec_hdr *rec, struct event *out)
{
	const struct rec_task *task = (const void *)rec;

	out->task.mm = task->mm;
	out->task.tid = task->tid;
	out->task.tgid = task->tgid;
	out->task.parent = task->parent;
	out->task.group_dead = task->group_dead;
	copy_text(out->task.comm, task->comm, sizeof(task->comm));
	return NULL;
}

static const char *parse_rec_ns_pid(const struct rec_hdr *rec, struct event *out)
{
	const struct rec_ns_pid *ns_pid = (const void *)rec;

	if (!ns_pid->ns_tid || !ns_pid->ns_tgid)
		return "a task without a number";
	out->ns_pid = ns_pid;
	return NULL;
}

static const char *parse_rec_lost(const struct rec_hdr *rec, struct event *out)
{
	const struct rec_lost *lost = (const void *)rec;

	/* Not skipped: whoever does not know what was lost must not judge the run. */
	if (lost->reason == LOSS_NONE || lost->reason >= LOSS_MAX)
		return "a loss for a reason that is not known";
	if (lost->api >= HOOK_ID_MAX)
		return "a hook number out of range";
	out->lost = lost;
	return NULL;
}

static const char *parse_rec_vmstat(const struct rec_hdr *rec, struct event *out)
{
	const struct rec_vmstat *vmstat = (const void *)rec;

	if (vmstat->phase != VMSTAT_START && vmstat->phase != VMSTAT_END)
		out->kind = EVENT_SKIPPED;
	else
		memcpy(&out->vmstat, rec, rec->sz < sizeof(*vmstat) ? rec->sz : sizeof(*vmstat));
	return NULL;
}

static const char *parse_rec_mark(const struct rec_hdr *rec, struct event *out)
{
	const struct rec_mark *mark = (const void *)rec;

	if (!TERMINATED(mark->text))
		return "a text without an end";
	if (mark->mark == MARK_NONE || mark->mark >= MARK_KIND_MAX)
		out->kind = EVENT_SKIPPED;
	else
		out->mark = mark;
	return NULL;
}

static const char *parse_rec_meta(const struct rec_hdr *rec, struct event *out)
{
	const struct rec_meta *meta = (const void *)rec;

	if (!TERMINATED(meta->release) || !TERMINATED(meta->boot_id) ||
	    !TERMINATED(meta->machine) || !TERMINATED(meta->tool) || !TERMINATED(meta->command))
		return "a text without an end";
	/* Later versions append and keep what is here; nothing but 0 can be older than 1. */
	if (!meta->wire_version)
		return "a stream of wire version 0";
	/* Bytes are computed as pages times this. */
	if (!meta->page_bytes || meta->page_bytes & (meta->page_bytes - 1))
		return "a page size that is no power of two";
	out->meta = meta;
	return NULL;
}

static const char *parse_rec_hook(const struct rec_hdr *rec, struct event *out)
{
	const struct rec_hook *hook = (const void *)rec;

	if (hook->api >= HOOK_ID_MAX)
		return "a hook number out of range";
	if (!TERMINATED(hook->symbol))
		return "a text without an end";
	out->hook = hook;
	return NULL;
}

static const char *parse_rec_sym(const struct rec_hdr *rec, struct event *out)
{
	const struct rec_sym *sym = (const void *)rec;

	if (!TERMINATED(sym->name) || !TERMINATED(sym->module) || !TERMINATED(sym->file))
		return "a text without an end";
	out->sym = sym;
	return NULL;
}

static const char *parse_rec_page(const struct rec_hdr *rec, struct event *out)
{
	const struct rec_page *page = (const void *)rec;
	u64 pages;

	if (!TERMINATED(page->fs))
		return "a text without an end";
	if (page->order > RUN_ORDER_MAX)
		return "a folio order out of range";
	pages = (u64)page->folios << page->order;
	if (!page->folios || page->folios > PAGE_FOLIOS_MAX)
		return "a page record of no folios, or of too many";
	if (page->pfn + pages < page->pfn)
		return "a page record wraps";
	if (page->phase == PAGE_PHASE_NONE || page->phase > PAGE_PHASE_LOSS ||
	    page->kind >= PAGE_KIND_MAX)
		out->kind = EVENT_SKIPPED;
	else
		out->page = page;
	return NULL;
}

static const char *parse_rec_writeback(const struct rec_hdr *rec, struct event *out)
{
	const struct rec_writeback *wb = (const void *)rec;

	if (!TERMINATED(wb->fs) || !TERMINATED(wb->comm))
		return "a text without an end";
	if (wb->order > RUN_ORDER_MAX)
		return "a folio order out of range";
	out->writeback = wb;
	return NULL;
}

static const char *parse_rec_owner(const struct rec_hdr *rec, struct event *out)
{
	const struct rec_owner *owner = (const void *)rec;
	const char *why = check_runs(rec, sizeof(*owner), owner->nr_runs, false);

	if (why)
		return why;
	if (!TERMINATED(owner->comm) || !TERMINATED(owner->path))
		return "a text without an end";
	if (owner->kind == OWNER_NONE || owner->kind >= OWNER_KIND_MAX) {
		out->kind = EVENT_SKIPPED; /* a later version's: then the pages have none that we
					      know */
		return NULL;
	}
	out->owner.rec = owner;
	out->owner.runs = (const void *)(owner + 1);
	return NULL;
}

static const struct kind_def {
	size_t sz;
	enum event_kind event;
	parse_fn parse;
} kind_defs[REC_KIND_MAX] = {
#define X(id, number, type, ...) [number] = { sizeof(struct type), EVENT_##id, parse_##type },
	PINACCT_RECORDS(X)
#undef X
};

/* Of a kind that has grown, what it had at first. */
static size_t min_bytes(u16 kind)
{
	return kind == REC_VMSTAT ? REC_VMSTAT_FIRST_BYTES : kind_defs[kind].sz;
}

/* NULL for a kind that this version does not know. */
static const struct kind_def *find_kind(u16 kind)
{
	if (kind >= REC_KIND_MAX || !kind_defs[kind].parse)
		return NULL;
	return &kind_defs[kind];
}

static int fail(struct event *out, int err, const char *reason, const char **why)
{
	out->kind = EVENT_NONE;
	if (why)
		*why = reason;
	return err;
}

int decode(const void *buf, size_t avail, struct event *out, const char **why)
{
	const struct rec_hdr *rec = buf;
	const struct kind_def *def;
	const char *reason;

	*out = (struct event){ .kind = EVENT_NONE };
	/* Rings and file blocks align records; the casts below rely on it. */
	if ((uintptr_t)buf % sizeof(u64))
		return fail(out, -EBADMSG, "a record that is not aligned", why);
	if (avail < sizeof(*rec))
		return fail(out, -ENODATA, "the data ends inside a record header", why);
	if (rec->sz < sizeof(*rec) || rec->sz > REC_MAX_BYTES || rec->sz % sizeof(u64))
		return fail(out, -EBADMSG, "a record length out of bounds", why);
	if (rec->sz > avail)
		return fail(out, -ENODATA, "the data ends inside a record", why);

	out->kind = EVENT_SKIPPED;
	out->cpu = rec->cpu;
	out->ts_ns = rec->ts_ns;
	def = find_kind(rec->kind);
	if (!def)
		return rec->sz;
	if (rec->sz < min_bytes(rec->kind))
		return fail(out, -EBADMSG, "a record too short for its kind", why);
	out->kind = def->event;
	reason = def->parse(rec, out);
	if (reason)
		return fail(out, -EBADMSG, reason, why);
	return rec->sz;
}
