// SPDX-License-Identifier: GPL-2.0
/* From cells to rows: the way in, the balance, the verdict. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "audit/audit_impl.h"
#include "base/compare.h"

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))

/* ---- the way in, as the stack tells it ---- */

/*
 * The first row of which a frame has the prefix. Inner layers come first: a loop device's I/O is
 * started by whoever wrote to it, sendfile splices inside.
 */
static const struct {
	const char *prefix;
	enum audit_way way;
} way_frames[] = {
	{ "lo_rw_aio", WAY_LOOP },
	{ "loop_process_work", WAY_LOOP },
	{ "do_sendfile", WAY_SENDFILE },
	{ "__x64_sys_sendfile", WAY_SENDFILE },
	{ "vfs_copy_file_range", WAY_COPY_RANGE },
	{ "__do_sys_vmsplice", WAY_VMSPLICE },
	{ "__x64_sys_vmsplice", WAY_VMSPLICE },
	{ "iter_to_pipe", WAY_VMSPLICE },
	{ "io_issue_sqe", WAY_URING },
	{ "io_submit_sqes", WAY_URING },
	{ "io_wq_", WAY_URING },
	{ "io_submit_one", WAY_AIO },
	{ "__x64_sys_io_submit", WAY_AIO },
	{ "do_splice", WAY_SPLICE },
	{ "__do_splice", WAY_SPLICE },
	{ "__x64_sys_splice", WAY_SPLICE },
	{ "vfs_read", WAY_RW }, /* vfs_readv, too */
	{ "vfs_write", WAY_RW },
	{ "do_iter_readv_writev", WAY_RW },
	{ "do_iter_read", WAY_RW },
	{ "do_iter_write", WAY_RW },
	{ "do_readv", WAY_RW },
	{ "do_writev", WAY_RW },
	{ "do_preadv", WAY_RW },
	{ "do_pwritev", WAY_RW },
	{ "ksys_", WAY_RW },
};

static bool has_frame(const struct stacks *stacks, const struct event_stack *st, const char *prefix)
{
	size_t len = strlen(prefix);

	for (unsigned i = 0; i < st->nr; i++)
		if (!strncmp(stacks__sym(stacks, 0, st->ips[i])->name, prefix, len))
			return true;
	return false;
}

static enum audit_way way_by_stack(const struct stacks *stacks, u64 stack_id)
{
	const struct event_stack *st = stacks__get(stacks, stack_id);

	for (size_t i = 0; st && i < ARRAY_SIZE(way_frames); i++)
		if (has_frame(stacks, st, way_frames[i].prefix))
			return way_frames[i].way;
	return WAY_OTHER;
}

/*
 * A registered buffer comes as pages of the kernel's, all other memory of io_uring's users does
 * not.
 */
static enum audit_way way_of(const struct audit_cell *cell, const struct stacks *stacks)
{
	enum audit_way way =
		cell->key.vmsplice ? WAY_VMSPLICE : way_by_stack(stacks, cell->key.stack_id);

	if (way == WAY_URING && cell->key.kind == PIN_ITER_BVEC)
		return WAY_URING_FIXED;
	return way != WAY_LOOP && way != WAY_VMSPLICE && cell->key.of_file ? WAY_MMAP : way;
}

/* ---- gathering ---- */

static void add_side(struct audit_side *into, const struct audit_side *side)
{
	if (!into->pages && side->pages) {
		into->stack_id = side->stack_id;
		into->ts_ns = side->ts_ns;
		into->task = side->task;
		into->api = side->api;
		into->flags = side->flags;
	}
	if (!into->release_stack_id || (side->crossed && !into->crossed))
		into->release_stack_id = side->release_stack_id;
	into->pages += side->pages;
	into->released += side->released;
	into->crossed += side->crossed;
	into->pending += side->pending;
	for (int i = 0; i < 2; i++) {
		into->apis[i] |= side->apis[i];
		into->release_apis[i] |= side->release_apis[i];
	}
}

/* The pins of a cell, with who put those that the pages show to be put. */
static struct audit_side pins_of(const struct audit_cell *cell, u64 pending)
{
	struct audit_side pin = cell->pin;

	pin.pending = pending;
	if (!pin.crossed || !cell->put_api)
		return pin;
	audit__set_bit(pin.release_apis, cell->put_api);
	pin.release_stack_id = cell->put_stack_id; /* the one to look at */
	return pin;
}

static struct audit_row *row_for(struct audit_row *rows, size_t *cnt, const struct audit_cell *cell,
				 enum audit_way way)
{
	struct audit_row *row;

	for (size_t i = 0; i < *cnt; i++)
		if (!strcmp(rows[i].fs, cell->key.fs) && rows[i].dir == cell->key.dir &&
		    rows[i].way == way)
			return &rows[i];
	row = &rows[(*cnt)++];
	memcpy(row->fs, cell->key.fs, sizeof(row->fs));
	row->dir = cell->key.dir;
	row->way = way;
	return row;
}

/* A walk over the open pins, with a number for each cell. */
struct pending {
	const struct audit *audit;
	const struct audit_open *open;
	u64 *pages;
};

static int count_pending(const struct ledger_open *open, void *arg)
{
	struct pending *p = arg;
	const u64 *cell = u64map__get(&p->audit->calls, open->call_id);

	if (cell && p->open->is_pending(open, p->open->arg))
		p->pages[*cell] += open->open_pages;
	return 0;
}

static void gather(const struct audit *a, const struct stacks *stacks, const u64 *pending,
		   struct audit_row *rows, size_t *cnt)
{
	for (size_t i = 0; i < a->nr_cells; i++) {
		const struct audit_cell *cell = &a->cells[i];
		const struct audit_side pin = pins_of(cell, pending[i]);
		struct audit_row *row;

		/* all its operations moved elsewhere */
		if (!cell->ops && !cell->pin.pages && !cell->get.pages)
			continue;
		row = row_for(rows, cnt, cell, way_of(cell, stacks));
		row->iter_kinds |= 1u << cell->key.kind;
		row->ops += cell->ops;
		row->bounced += cell->bounced;
		if (!row->op_stack_id)
			row->op_stack_id = cell->key.stack_id;
		add_side(&row->pin, &pin);
		add_side(&row->get, &cell->get);
	}
}

/* ---- judging ---- */

#define USER_BACKED (1u << PIN_ITER_UBUF | 1u << PIN_ITER_IOVEC)

static bool kernel_backed(const struct audit_row *r)
{
	return r->iter_kinds & ~1u && !(r->iter_kinds & USER_BACKED);
}

static bool pinned_kernel_pages(const struct audit_row *r)
{
	return r->pin.pages && kernel_backed(r);
}

static bool put_pins(const struct audit_row *r)
{
	return r->pin.crossed;
}

static bool unpinned_references(const struct audit_row *r)
{
	return r->get.crossed;
}

static bool kept_pins(const struct audit_row *r)
{
	return r->pin.released + r->pin.pending < r->pin.pages;
}

static bool in_flight(const struct audit_row *r)
{
	return r->pin.pending;
}

static bool both(const struct audit_row *r)
{
	return r->pin.pages && r->get.pages;
}

static bool pinned(const struct audit_row *r)
{
	return r->pin.pages;
}

static bool from_mapped_user(const struct audit_row *r)
{
	return r->get.pages && r->way == WAY_VMSPLICE;
}

static bool got(const struct audit_row *r)
{
	return r->get.pages;
}

static bool bounced(const struct audit_row *r)
{
	return r->bounced;
}

static bool any(const struct audit_row *r)
{
	(void)r;
	return true;
}

/*
 * The first that holds is the verdict. The rules are those of the conversion's authors
 * (lib/iov_iter.c iov_iter_extract_will_pin(), pin_user_pages.rst): memory of users is pinned, the
 * kernel's own never; what was pinned is unpinned, what was got is put; contents are reached by
 * pins, references are for struct page only.
 */
static const struct {
	enum audit_verdict verdict;
	bool (*holds)(const struct audit_row *r);
	const char *reason;
	enum audit_fault fault;
} verdict_rules[] = {
	{ AUDIT_VIOLATION, pinned_kernel_pages, "pages of a kernel-backed iterator were pinned",
	  AUDIT_FAULT_EXTRACT_MODE },
	/* the pages said so, which makes a finding of its own (pin-put) */
	{ AUDIT_VIOLATION, put_pins, "pinned pages were released by put_page", AUDIT_FAULT_NONE },
	{ AUDIT_VIOLATION, unpinned_references, "references were released by unpin",
	  AUDIT_FAULT_EXTRACT_MODE },
	{ AUDIT_VIOLATION, kept_pins, "pinned pages were not unpinned", AUDIT_FAULT_NONE },
	{ AUDIT_PARTIAL, both, "some pages pinned, some by FOLL_GET", AUDIT_FAULT_GET_FOR_DATA },
	{ AUDIT_CONVERTED, in_flight, "pinned, and unpinned but for I/O in flight at the end",
	  AUDIT_FAULT_NONE },
	{ AUDIT_CONVERTED, pinned, "pinned, and unpinned", AUDIT_FAULT_NONE },
	{ AUDIT_UNCONVERTED, from_mapped_user, "references, held as long as the pipe has them",
	  AUDIT_FAULT_GET_FOR_DATA },
	{ AUDIT_UNCONVERTED, got, "data reached through FOLL_GET", AUDIT_FAULT_GET_FOR_DATA },
	{ AUDIT_NO_PAGES, bounced, "bounced: copied through pages of the bio's own",
	  AUDIT_FAULT_NONE },
	{ AUDIT_NO_PAGES, kernel_backed, "borrowed: the iterator's pages are the kernel's",
	  AUDIT_FAULT_NONE },
	{ AUDIT_NO_PAGES, any, "copied, or through the page cache", AUDIT_FAULT_NONE },
};

static enum audit_balance balance_of(const struct audit_row *r)
{
	if (!r->pin.pages && !r->get.pages)
		return BALANCE_NONE;
	if (r->pin.crossed || r->get.crossed || kept_pins(r))
		return BALANCE_NO;
	if (r->pin.pending)
		return BALANCE_IN_FLIGHT;
	if (r->get.pages && r->get.released < r->get.pages)
		return BALANCE_UNSEEN;
	return BALANCE_YES;
}

static void judge(struct audit_row *row)
{
	for (size_t i = 0; i < ARRAY_SIZE(verdict_rules); i++) {
		if (!verdict_rules[i].holds(row))
			continue;
		row->verdict = verdict_rules[i].verdict;
		row->reason = verdict_rules[i].reason;
		row->fault = verdict_rules[i].fault;
		break;
	}
	row->balance = balance_of(row);
}

static void add_not_tried(const struct audit *a, struct audit_row *rows, size_t *cnt)
{
	for (size_t i = 0; i < a->nr_not_tried; i++) {
		const char *text = a->not_tried[i], *colon = strstr(text, ": ");
		struct audit_row *row = &rows[(*cnt)++];
		size_t len = colon ? (size_t)(colon - text) : 0;

		memcpy(row->fs, text, len < sizeof(row->fs) ? len : sizeof(row->fs) - 1);
		row->verdict = AUDIT_NOT_TRIED;
		row->reason = colon ? colon + 2 : text;
		row->fault = AUDIT_FAULT_NONE;
	}
}

static int by_place(const void *a, const void *b)
{
	const struct audit_row *x = a, *y = b;
	int cmp = strcmp(x->fs, y->fs);

	if (cmp)
		return cmp;
	COMPARE(x->verdict == AUDIT_NOT_TRIED, y->verdict == AUDIT_NOT_TRIED);
	COMPARE(y->dir, x->dir); /* reads first */
	COMPARE(x->way, y->way);
	return strcmp(x->reason, y->reason);
}

int audit__rows(const struct audit *a, const struct stacks *stacks, const struct audit_open *open,
		struct audit_row **out, size_t *cnt)
{
	struct audit_row *rows = calloc(a->nr_cells + a->nr_not_tried + 1, sizeof(*rows));
	struct pending pending = {
		.audit = a,
		.open = open,
		.pages = calloc(a->nr_cells + 1, sizeof(*pending.pages)),
	};

	*cnt = 0;
	*out = rows;
	if (!rows || !pending.pages) {
		free(pending.pages);
		return -ENOMEM;
	}
	ledger__for_each_open(open->ledger, count_pending, &pending);
	gather(a, stacks, pending.pages, rows, cnt);
	free(pending.pages);
	for (size_t i = 0; i < *cnt; i++)
		judge(&rows[i]);
	add_not_tried(a, rows, cnt);
	qsort(rows, *cnt, sizeof(*rows), by_place);
	return 0;
}

/* ---- names ---- */

const char *audit_way__name(enum audit_way way, u8 dir)
{
	static const char *const names[WAY_CNT] = {
		[WAY_OTHER] = "other",
		[WAY_RW] = "pread/preadv",
		[WAY_AIO] = "aio",
		[WAY_URING] = "io_uring",
		[WAY_URING_FIXED] = "io_uring fixed buffer",
		[WAY_SPLICE] = "splice",
		[WAY_VMSPLICE] = "vmsplice",
		[WAY_SENDFILE] = "sendfile",
		[WAY_COPY_RANGE] = "copy_file_range",
		[WAY_MMAP] = "mmapped-file buffer",
		[WAY_LOOP] = "loop",
	};

	if (way == WAY_RW && dir == PIN_DIR_SOURCE)
		return "pwrite/pwritev";
	return names[way];
}

const char *audit_op__name(u8 dir)
{
	return dir == PIN_DIR_SOURCE ? "write" : dir == PIN_DIR_DEST ? "read" : "-";
}

const char *audit_verdict__name(enum audit_verdict verdict)
{
	static const char *const names[AUDIT_VERDICT_CNT] = {
		[AUDIT_CONVERTED] = "converted",     [AUDIT_PARTIAL] = "partial",
		[AUDIT_UNCONVERTED] = "unconverted", [AUDIT_VIOLATION] = "violation",
		[AUDIT_NO_PAGES] = "no pages",	     [AUDIT_NOT_TRIED] = "not tried",
	};

	return names[verdict];
}

const char *audit_mode__name(const struct audit_row *row)
{
	if (row->pin.pages)
		return row->get.pages ? "PIN+GET" : "PIN";
	return row->get.pages ? "GET" : "none";
}

const char *audit_balance__name(enum audit_balance balance)
{
	static const char *const names[] = {
		[BALANCE_NONE] = "-",	     [BALANCE_YES] = "yes",
		[BALANCE_NO] = "no",	     [BALANCE_IN_FLIGHT] = "in flight",
		[BALANCE_UNSEEN] = "unseen",
	};

	return names[balance];
}
