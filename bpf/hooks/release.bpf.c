// SPDX-License-Identifier: GPL-2.0
/*
 * Functions that drop pins. Recorded when the call begins: at its end another CPU may already have
 * pinned the same pages anew.
 */
#include "kernel_types.h"
#include "handle.bpf.h"
#include "program.bpf.h"

static __always_inline int unpin_user_page_body(void *ctx)
{
	struct call c = {
		.addr = arg(ctx, 0),
		.nr = 1,
		.api = HOOK_UNPIN_USER_PAGE,
		.unit = UNIT_RANGE,
		.io = true,
		.irq = true,
	};
	return handle_unpin(ctx, &c);
}
TWICE(fentry, unpin_user_page, UNPIN_USER_PAGE, true, note_order, unpin_user_page_body)

static __always_inline int unpin_user_pages_body(void *ctx)
{
	struct call c = {
		.addr = list_arg(ctx, 0),
		.nr = number(ctx, 1),
		.api = HOOK_UNPIN_USER_PAGES,
		.unit = UNIT_PAGES,
	};
	return handle_unpin(ctx, &c);
}
TWICE(fentry, unpin_user_pages, UNPIN_USER_PAGES, false, note_inner_unpin, unpin_user_pages_body)

/*
 * With make_dirty=0 it calls unpin_user_pages, by a call or a jump, or has it inlined: whichever
 * the compiler chose, always the same one. Where that is seen, it is counted there.
 */
static __always_inline bool is_made_dirty(void *ctx)
{
	return (u8)number(ctx, 2);
}

static __always_inline bool is_counted_here(void *ctx)
{
	return is_made_dirty(ctx) || !dirty_lock_calls;
}

static __always_inline int unpin_user_pages_dirty_lock_body(void *ctx)
{
	struct call c = {
		.addr = list_arg(ctx, 0),
		.nr = number(ctx, 1),
		.api = HOOK_UNPIN_USER_PAGES_DIRTY_LOCK,
		.unit = UNIT_PAGES,
		.flags = is_made_dirty(ctx) ? PIN_F_DIRTY : 0,
	};
	return handle_unpin(ctx, &c);
}
TWICE_IF(fentry, unpin_user_pages_dirty_lock, UNPIN_USER_PAGES_DIRTY_LOCK, false, note_dirty_lock,
	 is_counted_here, unpin_user_pages_dirty_lock_body)

static __always_inline int unpin_user_page_range_dirty_lock_body(void *ctx)
{
	struct call c = {
		.addr = arg(ctx, 0),
		.nr = number(ctx, 1),
		.api = HOOK_UNPIN_USER_PAGE_RANGE_DIRTY_LOCK,
		.unit = UNIT_RANGE,
		.flags = (u8)number(ctx, 2) ? PIN_F_DIRTY : 0,
	};
	return handle_unpin(ctx, &c);
}
ONCE(fentry, unpin_user_page_range_dirty_lock, unpin_user_page_range_dirty_lock_body)

static __always_inline int unpin_user_folio_body(void *ctx)
{
	struct call c = {
		.addr = arg(ctx, 0),
		.nr = number(ctx, 1),
		.api = HOOK_UNPIN_USER_FOLIO,
		.unit = UNIT_FOLIO,
		.io = true,
		.irq = true,
	};
	if (of_recorded_bio(c.nr))
		return 0;
	return record_unpin(ctx, &c);
}
TWICE(fentry, unpin_user_folio, UNPIN_USER_FOLIO, true, note_order, unpin_user_folio_body)

static __always_inline int unpin_folio_body(void *ctx)
{
	struct call c = {
		.addr = arg(ctx, 0), .nr = 1, .api = HOOK_UNPIN_FOLIO, .unit = UNIT_FOLIO
	};

	return handle_unpin(ctx, &c);
}
ONCE(fentry, unpin_folio, unpin_folio_body)

static __always_inline int unpin_folios_body(void *ctx)
{
	struct call c = {
		.addr = list_arg(ctx, 0),
		.nr = number(ctx, 1),
		.api = HOOK_UNPIN_FOLIOS,
		.unit = UNIT_FOLIOS,
	};
	return handle_unpin(ctx, &c);
}
ONCE(fentry, unpin_folios, unpin_folios_body)

/*
 * Releases that a longterm pin call makes of its own before it tries again: no caller ever had
 * those pins.
 */
SEC("?fentry/migrate_longterm_unpinnable_folios")
int fentry_migrate_longterm_unpinnable_folios(void *ctx)
{
	struct task_ctx *t = recording ? task_ctx__get() : NULL;

	if (t && !t->guard++)
		__sync_fetch_and_add(&guarded_tasks, 1);
	return 0;
}

SEC("?fexit/migrate_longterm_unpinnable_folios")
int fexit_migrate_longterm_unpinnable_folios(void *ctx)
{
	struct task_ctx *t = task_ctx__peek();

	if (t && t->guard && !--t->guard)
		__sync_fetch_and_add(&guarded_tasks, -1);
	return 0;
}
