// SPDX-License-Identifier: GPL-2.0
/*
 * Who takes a pin's reference away with put_page(). It is inline and has no hook, but kernels with
 * CONFIG_DEBUG_PAGE_REF (4.6) have a tracepoint in each change of a reference count. Attached only
 * with --page-ref, as it fires for all of memory.
 */
#include "kernel_types.h"
#include "gets.bpf.h"
#include "program.bpf.h"
#include "writeback.bpf.h"

/*
 * No small page has as many references besides its pins: of that many only the rest of a pin can be
 * left.
 */
#define REST_OF_A_PIN 512

/*
 * References that a small page has for sure, its pins apart: its mappings, and the page cache's
 * own.
 */
static __always_inline s32 sure_references(u64 page)
{
	return PAGE_FIELD(page, page, _mapcount.counter) + 1 + (of_file(page) ? 1 : 0);
}

/*
 * Are there pins, and fewer references than they and what is sure make? Asked when one was dropped:
 * that one was a pin's.
 */
static __always_inline bool left_short(u64 page)
{
	u64 head = page_head(page);
	s32 refcount = page_refcount(head), rest = refcount & (GUP_PIN_COUNTING_BIAS - 1);
	u32 order = head_order(head);

	if (order)
		return refcount < page_pincount(head, order, refcount);
	if (refcount < REST_OF_A_PIN)
		return false;
	return rest >= REST_OF_A_PIN || rest < sure_references(head);
}

/* A drop of 1024 or more is an unpin of a small page, and seen elsewhere. */
static __always_inline int handle_page_ref(void *ctx, u64 page, s32 change, u32 hook)
{
	struct call c = { .addr = page, .nr = 1, .api = hook, .unit = UNIT_RANGE };
	struct cpu_counters *k = cpu_counters();
	u64 bio;
	u32 flags;

	note_task(&c);
	if (!recording || !k || change >= 0 || change <= -GUP_PIN_COUNTING_BIAS ||
	    !left_short(page))
		return 0;
	flags = release_context(&c, c.task, &bio);
	return send_put(&c, k, c.task, flags, bio, stack_of(ctx));
}

#define PAGE_REF_PROGRAM(tracepoint, id)                                                           \
	SEC("?tp_btf/" #tracepoint)                                                                \
	int tp_##tracepoint(u64 *ctx)                                                              \
	{                                                                                          \
		u64 page;                                                                          \
                                                                                                   \
		/* as a number: the verifier allows no arithmetic with its `struct page *` */      \
		bpf_probe_read_kernel(&page, sizeof(page), ctx);                                   \
		return handle_page_ref(ctx, page, (s32)ctx[1], HOOK_##id);                         \
	}

PAGE_REF_PROGRAM(page_ref_mod, PAGE_REF_MOD)
PAGE_REF_PROGRAM(page_ref_mod_and_test, PAGE_REF_MOD_AND_TEST)
PAGE_REF_PROGRAM(page_ref_mod_and_return, PAGE_REF_MOD_AND_RETURN)
