/* SPDX-License-Identifier: GPL-2.0 */
/* What happens to pages while they are pinned: writeback begins on them, or they are freed. */
#ifndef PINACCT_WRITEBACK_BPF_H
#define PINACCT_WRITEBACK_BPF_H

#include "kernel_types.h"
#include "maps.bpf.h"
#include "pagecounts.bpf.h"
#include "stack.bpf.h"

/*
 * These events are rare, so the stack is walked each time and not looked up among known ones. A
 * tracepoint has no traced function, hence no bpf_get_func_ip().
 */
static __always_inline u64 stack_of(void *ctx)
{
	struct cpu_counters *c = cpu_counters();
	struct slot *s;
	long bytes;
	u64 id = 0;

	if (cfg_stacks == STACKS_OFF || !c)
		return 0;
	s = slot__get();
	if (!s)
		return 0;
	bytes = bpf_get_stack(ctx, s->ips, sizeof(s->ips), 0);
	if (bytes > 0) {
		s->func = 0;
		s->addr = address_of(ctx, c);
		s->nr_ips = (u32)bytes / sizeof(u64);
		find_first(s);
		id = stack_name(s, false);
	}
	slot__put(s);
	return id;
}

/* Marks of pages that the first program has recorded: see handle_free(). */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1024);
	__type(key, u64);
	__type(value, u8);
} freed_sent SEC(".maps");

static __noinline int send_writeback(void *ctx, u64 head, u32 order)
{
	struct rec_writeback r = {
		.h = { .sz = sizeof(r), .kind = REC_WRITEBACK },
		.pfn = page_pfn(head),
		.order = order,
	};
	u64 id = bpf_get_current_pid_tgid(), mapping = word_at(head + PAGE_OFF(mapping));

	r.h.cpu = bpf_get_smp_processor_id();
	r.tid = (u32)id;
	r.tgid = id >> 32;
	r.refcount = page_refcount(head);
	r.pincount = page_pincount(head, order, r.refcount);
	bpf_get_current_comm(r.comm, sizeof(r.comm));
	if (mapping && !(mapping & MAPPING_KSM))
		page_file(mapping, &r.ino, &r.dev, r.fs);
	r.stack_id = stack_of(ctx);
	r.h.ts_ns = bpf_ktime_get_ns();
	if (emit(&r, sizeof(r)))
		count_loss(LOSS_RING_TASK);
	return 0;
}

/* Nearly all pages under writeback are not pinned: of a small one two words are read. */
static __always_inline int handle_writeback(void *ctx, u64 head)
{
	s32 refcount;
	u32 order;

	if (!recording)
		return 0;
	refcount = page_refcount(head);
	order = head_order(head);
	return page_pincount(head, order, refcount) > 0 ? send_writeback(ctx, head, order) : 0;
}

static __noinline int send_freed(void *ctx, u64 head, u32 order)
{
	struct rec_page r = {
		.h = { .sz = sizeof(r), .kind = REC_PAGE },
		.pfn = page_pfn(head),
		.folios = 1,
		.order = order,
		.kind = word_at(head + PAGE_OFF(mapping)) & MAPPING_ANON ? PAGE_KIND_ANON
									 : PAGE_KIND_OTHER,
		.phase = PAGE_PHASE_FREED,
		.mapcount = PAGE_MAPCOUNT_UNKNOWN,
	};

	r.h.cpu = bpf_get_smp_processor_id();
	r.refcount = page_refcount(head);
	r.pincount = page_pincount(head, order, r.refcount);
	r.stack_id = stack_of(ctx);
	r.h.ts_ns = bpf_ktime_get_ns();
	if (emit(&r, sizeof(r)))
		count_loss(LOSS_RING_TASK);
	return 0;
}

/*
 * Only large folios: a small one's pins are references, and with one left it is not freed. Pages
 * that were allocated with an order and are no folio (no PG_head) have other data where a folio has
 * its _pincount.
 */
static __always_inline bool is_freed_pinned(u64 page, u32 order)
{
	return order && recording && head_order(page) == order && page_pincount(page, order, 0) > 0;
}

/*
 * mm_page_free has two programs, since pages are freed in interrupts too. They do not use the marks
 * of second.bpf.h, as that would cost each page that the machine frees: the first marks a page that
 * it records, which is rare, and the second records what has no mark. A mark is by page, which
 * nobody else can free in between.
 */
static __always_inline int handle_free(void *ctx, u64 page, u32 order, bool first)
{
	u8 sent = 1;

	if (!is_freed_pinned(page, order) || (first && recording == RECORDING_BY_SECOND))
		return 0;
	if (!first && !bpf_map_delete_elem(&freed_sent, &page))
		return 0;
	if (first && bpf_map_update_elem(&freed_sent, &page, &sent, BPF_ANY))
		return 0; /* left to the second */
	return send_freed(ctx, page, order);
}

#endif
