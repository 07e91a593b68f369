// SPDX-License-Identifier: GPL-2.0
/*
 * How leak tracers for other memory do it, done for pins: a hash map with an entry for each page,
 * which has the stack's number by bpf_get_stackid(), and the time; deleted on release. What is left
 * at the end has leaked. Nothing is done here that they do not do: it is there to be measured
 * beside pinacct.
 */
#include "kernel_types.h"
#include <bpf/bpf_helpers.h>
#include "pagemap.h"

char LICENSE[] SEC("license") = "GPL";

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, PAGEMAP_PAGES);
	__type(key, u64);
	__type(value, struct page_owner);
} pages SEC(".maps");

#define BPF_MAP_TYPE_STACK_TRACE 7
struct {
	__uint(type, BPF_MAP_TYPE_STACK_TRACE);
	__uint(max_entries, PAGEMAP_STACKS);
	__uint(key_size, sizeof(u32));
	__uint(value_size, PAGEMAP_FRAMES * sizeof(u64));
} stacks SEC(".maps");

unsigned long long full = 0; /* times that the map had no room */

struct walk {
	u64 array;
	struct page_owner owner;
};

static u64 entry(const struct walk *w, u32 i)
{
	u64 page = 0;

	bpf_probe_read_kernel(&page, sizeof(page), (void *)(w->array + (u64)i * sizeof(page)));
	return page;
}

static long remember(u32 i, struct walk *w)
{
	u64 page = entry(w, i);

	if (page && bpf_map_update_elem(&pages, &page, &w->owner, BPF_ANY))
		__sync_fetch_and_add(&full, 1);
	return 0;
}

static long forget(u32 i, struct walk *w)
{
	u64 page = entry(w, i);

	bpf_map_delete_elem(&pages, &page);
	return 0;
}

static __always_inline u64 arg(void *ctx, u32 n)
{
	u64 v = 0;

	bpf_get_func_arg(ctx, n, &v);
	return v;
}

static __always_inline int pinned(void *ctx, u64 array)
{
	struct walk w = { .array = array };
	u64 got = 0;

	bpf_get_func_ret(ctx, &got);
	if ((s32)got <= 0)
		return 0;
	w.owner.when_ns = bpf_ktime_get_ns();
	w.owner.pid_tgid = bpf_get_current_pid_tgid();
	w.owner.stack_id = bpf_get_stackid(ctx, &stacks, 0);
	bpf_loop((u32)got, remember, &w, 0);
	return 0;
}

#define PIN(func, pages_n)                                                                         \
	SEC("?fexit/" #func)                                                                       \
	int on_##func(void *ctx)                                                                   \
	{                                                                                          \
		return pinned(ctx, arg(ctx, pages_n));                                             \
	}
PIN(pin_user_pages, 3)
PIN(pin_user_pages_fast, 3)
PIN(pin_user_pages_remote, 4)

#define UNPIN(func)                                                                                \
	SEC("?fentry/" #func)                                                                      \
	int on_##func(void *ctx)                                                                   \
	{                                                                                          \
		struct walk w = { .array = arg(ctx, 0) };                                          \
                                                                                                   \
		bpf_loop(arg(ctx, 1), forget, &w, 0);                                              \
		return 0;                                                                          \
	}
/* one calls the other where nothing is to be made dirty: the second finds nothing left */
UNPIN(unpin_user_pages)
UNPIN(unpin_user_pages_dirty_lock)

SEC("?fentry/unpin_user_page")
int on_unpin_user_page(void *ctx)
{
	u64 page = arg(ctx, 0);

	bpf_map_delete_elem(&pages, &page);
	return 0;
}

/*
 * Which pages of the folio nobody says: the first ones, as good as any. A struct page has 64 bytes
 * on x86-64.
 */
static long forget_next(u32 i, u64 *head)
{
	u64 page = *head + (u64)i * 64;

	bpf_map_delete_elem(&pages, &page);
	return 0;
}

SEC("?fentry/unpin_user_folio")
int on_unpin_user_folio(void *ctx)
{
	u64 head = arg(ctx, 0);

	bpf_loop(arg(ctx, 1), forget_next, &head, 0);
	return 0;
}
