// SPDX-License-Identifier: GPL-2.0
/*
 * Functions that take pins. Recorded when the call returns, as only then it is known how many pages
 * were pinned, and which.
 */
#include "kernel_types.h"
#include "handle.bpf.h"
#include "program.bpf.h"
#include "stash.bpf.h"

/* Acquisitions. A function that returns int leaves the upper half of the register undefined. */
#define PIN_BODY(func, id, start_n, flags_n, pages_n, ret_type, may_be_io)                         \
	static __always_inline int func##_body(void *ctx)                                          \
	{                                                                                          \
		struct call c = {                                                                  \
			.addr = list_arg(ctx, pages_n),                                            \
			.start = may_be_io ? number(ctx, start_n) : 0,                             \
			.api = HOOK_##id,                                                          \
			.unit = UNIT_PAGES,                                                        \
			.flags = gup_flags(number(ctx, flags_n)),                                  \
			.io = may_be_io,                                                           \
		};                                                                                 \
		return handle_pin(ctx, &c, (ret_type)ret(ctx));                                    \
	}

PIN_BODY(pin_user_pages, PIN_USER_PAGES, 0, 2, 3, s64, false)
PIN_BODY(pin_user_pages_fast, PIN_USER_PAGES_FAST, 0, 2, 3, s32, true)
PIN_BODY(pin_user_pages_fast_only, PIN_USER_PAGES_FAST_ONLY, 0, 2, 3, s32, false)
PIN_BODY(pin_user_pages_unlocked, PIN_USER_PAGES_UNLOCKED, 0, 3, 2, s64, false)
PIN_BODY(pin_user_pages_remote, PIN_USER_PAGES_REMOTE, 1, 3, 4, s64, false)
TWICE(fexit, pin_user_pages, PIN_USER_PAGES, false, note_nothing, pin_user_pages_body)
TWICE(fexit, pin_user_pages_fast, PIN_USER_PAGES_FAST, false, note_nothing,
      pin_user_pages_fast_body)
ONCE(fexit, pin_user_pages_fast_only, pin_user_pages_fast_only_body)
ONCE(fexit, pin_user_pages_unlocked, pin_user_pages_unlocked_body)
TWICE(fexit, pin_user_pages_remote, PIN_USER_PAGES_REMOTE, false, note_own_pin,
      pin_user_pages_remote_body)

SEC("?kprobe/pin_user_pages_remote")
int kprobe_pin_user_pages_remote(struct pt_regs *ctx)
{
	return stash_arguments(ctx);
}

SEC("?kretprobe/pin_user_pages_remote")
int kretprobe_pin_user_pages_remote(struct pt_regs *ctx)
{
	struct call c = { .api = HOOK_PIN_USER_PAGES_REMOTE };

	if (!recording)
		return note_own_pin(true);
	/* the only program for it, and never in an interrupt: nothing to claim */
	return unstash(ctx, &c) && (s64)c.nr > 0 ? record_pin(ctx, &c) : 0;
}

static __always_inline int memfd_pin_folios_body(void *ctx)
{
	struct call c = {
		.addr = list_arg(ctx, 3),
		.api = HOOK_MEMFD_PIN_FOLIOS,
		.unit = UNIT_FOLIOS,
		.flags = PIN_F_LONGTERM | PIN_F_WRITE,
	};
	return handle_pin(ctx, &c, ret(ctx));
}
ONCE(fexit, memfd_pin_folios, memfd_pin_folios_body)

static __always_inline int folio_add_pin_body(void *ctx)
{
	struct call c = {
		.addr = arg(ctx, 0),
		.api = HOOK_FOLIO_ADD_PIN,
		.unit = UNIT_FOLIO,
		.flags = PIN_F_NOVMSTAT,
	};
	return handle_pin(ctx, &c, 1);
}
TWICE(fexit, folio_add_pin, FOLIO_ADD_PIN, false, note_nothing, folio_add_pin_body)

static __always_inline int folio_add_pins_body(void *ctx)
{
	struct call c = { .addr = arg(ctx, 0), .api = HOOK_FOLIO_ADD_PINS, .unit = UNIT_FOLIO };

	return handle_pin(ctx, &c, (s32)ret(ctx) ? 0 : (u32)number(ctx, 1));
}
ONCE(fexit, folio_add_pins, folio_add_pins_body)

/* Patched kernels: a void function that pins one page, which the caller already holds. */
static __always_inline int pin_user_page_body(void *ctx)
{
	struct call c = { .addr = arg(ctx, 0), .api = HOOK_PIN_USER_PAGE, .unit = UNIT_RANGE };

	return handle_pin(ctx, &c, 1);
}
ONCE(fexit, pin_user_page, pin_user_page_body)
