// SPDX-License-Identifier: GPL-2.0
/* Gathers what the records tell of operations: cells. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "base/array.h"
#include "audit/audit_impl.h"
#include "record/hook.h"

struct audit *audit__new(void)
{
	struct audit *a = calloc(1, sizeof(*a));

	if (!a)
		errno = ENOMEM;
	return a;
}

void audit__free(struct audit *a)
{
	if (!a)
		return;
	u64map__deinit(&a->ops);
	u64map__deinit(&a->calls);
	u64map__deinit(&a->bios);
	free(a->cells);
	free(a);
}

/* The cell of this key, made if there is none yet; there are some dozens. -1 = no memory. */
static ssize_t find_cell(struct audit *a, const struct audit_cell *like)
{
	/* the last one made is asked for most */
	for (size_t i = a->nr_cells; i-- > 0;)
		if (!memcmp(&a->cells[i].key, &like->key, sizeof(like->key)))
			return i;
	if (ARRAY_GROW(a->cells, a->nr_cells, a->cap_cells))
		return -1;
	memset(&a->cells[a->nr_cells], 0, sizeof(*a->cells));
	memcpy(&a->cells[a->nr_cells].key, &like->key, sizeof(like->key));
	return a->nr_cells++;
}

/* Zeroed throughout, padding too: keys are compared as bytes. */
static void make_key(struct audit_cell *like, const struct event *e)
{
	const struct event_file *file = &e->pin.file;

	memset(like, 0, sizeof(*like));
	memcpy(like->key.fs, file->fs, strnlen(file->fs, sizeof(like->key.fs) - 1));
	like->key.stack_id = e->pin.call.stack_id;
	like->key.dir = file->iter_dir;
	like->key.kind = file->iter_kind;
	like->key.vmsplice = file->fs_hook == HOOK_VMSPLICE;
}

static u64 pages_of(const struct event_call *call)
{
	u64 pages = 0;

	for (u32 i = 0; i < call->nr_runs; i++)
		pages += call->runs[i].pages;
	return pages;
}

/* ---- operations ---- */

static int feed_io(struct audit *a, const struct event *e)
{
	const struct event_call *call = &e->pin.call;
	u64 *op = u64map__get(&a->ops, call->task.tid);
	struct audit_cell like;
	ssize_t cell;

	if (call->api == HOOK_BIO_IOV_ITER_BOUNCE) {
		if (op)
			a->cells[*op].bounced++;
		return 0;
	}
	make_key(&like, e);
	cell = find_cell(a, &like);
	if (cell < 0)
		return -ENOMEM;
	a->cells[cell].ops++;
	return u64map__set(&a->ops, call->task.tid, cell);
}

/*
 * The operation that the call is part of, or, when operations are not recorded, its own file and
 * stack. A buffer that is a mapped file shows only here: the operation moves to the cell of such
 * ones.
 */
static ssize_t cell_of(struct audit *a, const struct event *e)
{
	const struct event_call *call = &e->pin.call;
	u64 *op = u64map__get(&a->ops, call->task.tid);
	bool of_file = call->flags & PIN_F_MAPPED;
	struct audit_cell like;
	ssize_t cell;

	if (op && (!of_file || a->cells[*op].key.of_file))
		return *op;
	if (op)
		memcpy(&like.key, &a->cells[*op].key, sizeof(like.key));
	else
		make_key(&like, e);
	like.key.of_file = of_file;
	cell = find_cell(a, &like);
	if (cell >= 0 && op) {
		a->cells[*op].ops--;
		a->cells[cell].ops++;
		*op = cell;
	}
	return cell;
}

/* ---- acquisitions ---- */

static void acquire(struct audit_side *side, const struct event *e)
{
	const struct event_call *call = &e->pin.call;

	if (!side->pages) {
		side->stack_id = call->stack_id;
		side->ts_ns = e->ts_ns;
		side->task = call->task;
		side->api = call->api;
		side->flags = call->flags;
	}
	side->pages += pages_of(call);
	audit__set_bit(side->apis, call->api);
}

/*
 * Is it part of an operation on a file? folio_add_pin() is so only in the legacy direct I/O code
 * (fs/direct-io.c dio_pin_page), and has no context of its own.
 */
static bool of_operation(const struct audit *a, const struct event *e)
{
	return e->pin.file.fs_hook || (e->pin.call.api == HOOK_FOLIO_ADD_PIN &&
				       u64map__get(&a->ops, e->pin.call.task.tid));
}

static int feed_acquisition(struct audit *a, const struct event *e)
{
	const struct event_call *call = &e->pin.call;
	bool get = e->kind == EVENT_GET;
	ssize_t cell;
	int err;

	if (!of_operation(a, e))
		return 0;
	cell = cell_of(a, e);
	if (cell < 0)
		return -ENOMEM;
	acquire(get ? &a->cells[cell].get : &a->cells[cell].pin, e);
	err = u64map__set(&a->bios, call->bio, (u64)cell << 1 | get);
	return err || get ? err : u64map__set(&a->calls, call->call_id, cell);
}

/* ---- releases ---- */

static void release(struct audit_side *side, u64 *count, u64 pages, u16 api, u64 stack_id)
{
	*count += pages;
	audit__set_bit(side->release_apis, api);
	if (!side->release_stack_id)
		side->release_stack_id = stack_id;
}

void audit__ended(void *audit, const struct ledger_ended *s)
{
	struct audit *a = audit;
	u64 *cell = u64map__get(&a->calls, s->call_id);

	if (!cell)
		return;
	if (s->put)
		a->cells[*cell].pin.crossed += s->pages;
	else
		release(&a->cells[*cell].pin, &a->cells[*cell].pin.released, s->pages,
			s->release_api, s->release_stack_id);
	if (!s->open_pages)
		u64map__del(&a->calls, s->call_id);
}

/* A bio gives up all its pages at once; the next one at that address is another. */
static void forget_bio(struct audit *a, const struct event_call *call)
{
	if (call->api == HOOK_BIO_RELEASE_PAGES && !(call->flags & PIN_F_MORE))
		u64map__del(&a->bios, call->bio);
}

/* References of a bio that is unpinned. What an unpin does to pins, the ledger tells. */
static void feed_unpin(struct audit *a, const struct event *e)
{
	const struct event_call *call = &e->unpin.call;
	u64 *bio = u64map__get(&a->bios, call->bio);

	if (bio && *bio & 1) {
		struct audit_side *get = &a->cells[*bio >> 1].get;

		release(get, &get->crossed, pages_of(call), call->api, call->stack_id);
	}
	forget_bio(a, call);
}

/*
 * Of a bio; else of the operation that the task is at. That of a bio with pins may yet unpin them
 * (a patched 6.1), so that it is only remembered: what becomes of the pins the ledger tells.
 */
static void feed_put(struct audit *a, const struct event *e)
{
	const struct event_call *call = &e->unpin.call;
	u64 *bio = u64map__get(&a->bios, call->bio), *op = NULL;
	u64 pages = pages_of(call);

	if (hook_is_ref(call->api)) /* evidence for a pin-put, not a side of its own */
		return;
	if (!call->bio)
		op = u64map__get(&a->ops, call->task.tid);
	if (bio && !(*bio & 1)) {
		a->cells[*bio >> 1].put_api = call->api;
		a->cells[*bio >> 1].put_stack_id = call->stack_id;
	} else if (bio || op) {
		struct audit_side *get = &a->cells[bio ? *bio >> 1 : *op].get;

		release(get, &get->released, pages, call->api, call->stack_id);
	}
	forget_bio(a, call);
}

static void feed_mark(struct audit *a, const struct rec_mark *mark)
{
	if (mark->mark == MARK_NOT_DONE && a->nr_not_tried < NOT_TRIED_MAX)
		memcpy(a->not_tried[a->nr_not_tried++], mark->text, sizeof(mark->text));
}

int audit__feed(struct audit *a, const struct event *e)
{
	switch (e->kind) {
	case EVENT_IO:
		return feed_io(a, e);
	case EVENT_PIN:
	case EVENT_GET:
		return feed_acquisition(a, e);
	case EVENT_UNPIN:
		feed_unpin(a, e);
		return 0;
	case EVENT_PUT:
		feed_put(a, e);
		return 0;
	case EVENT_EXIT:
		u64map__del(&a->ops, e->task.tid);
		return 0;
	case EVENT_MARK:
		feed_mark(a, e->mark);
		return 0;
	default:
		return 0;
	}
}
