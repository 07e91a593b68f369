// SPDX-License-Identifier: GPL-2.0
/*
 * The page reader: asked by user space, attached to nothing. A skeleton of its own, because few
 * runs need it and loading costs.
 */
#include "kernel_types.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>
#include <pinacct/wire.h>
#include <pinacct/bpf_shared.h>
#include "pageinfo.bpf.h"

char LICENSE[] SEC("license") = "GPL";

/* Where the kernel keeps the numbers of its zero pages; 0 = no such symbol. */
const volatile u64 cfg_zero_pfn_addr = 0;
const volatile u64 cfg_huge_zero_pfn_addr = 0;

/*
 * Questions and answers: a page frame goes in, what is known of its folio comes out in its place.
 */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, PAGES_PER_BATCH);
	__type(key, u32);
	__type(value, struct rec_page);
} batch SEC(".maps");

u32 batch_nr = 0; /* asked, or found by a scan */

/* The scan: [scan_at, scan_end), a chunk of struct pages at a time. */
#define CHUNK_BYTES 4096
u64 scan_at = 0;
u64 scan_end = 0;
u8 chunk[CHUNK_BYTES];

/* Where the kernel keeps its pages; the huge zero page comes and goes, so anew each time. */
SEC("syscall")
int pages_locate(void *ctx)
{
	find_struct_pages(cfg_vmemmap_base_addr);
	if (cfg_zero_pfn_addr)
		bpf_probe_read_kernel(&zero_page_pfn, sizeof(zero_page_pfn),
				      (void *)cfg_zero_pfn_addr);
	if (cfg_huge_zero_pfn_addr)
		bpf_probe_read_kernel(&huge_zero_pfn, sizeof(huge_zero_pfn),
				      (void *)cfg_huge_zero_pfn_addr);
	return 0;
}

static long read_one(u32 i, void *ctx)
{
	struct rec_page *r = bpf_map_lookup_elem(&batch, &i);

	if (r)
		page_info(r);
	return 0;
}

SEC("syscall")
int pages_read(void *ctx)
{
	bpf_loop(batch_nr < PAGES_PER_BATCH ? batch_nr : PAGES_PER_BATCH, read_one, NULL, 0);
	return 0;
}

/*
 * A page that is pinned, or the head of a large folio. Moves scan_at behind it. 1 = the batch is
 * full.
 */
__noinline int scan_candidate(u64 pfn)
{
	u32 i = batch_nr;
	struct rec_page *r = bpf_map_lookup_elem(&batch, &i);

	if (!r)
		return 1;
	__builtin_memset(r, 0, sizeof(*r));
	r->pfn = pfn;
	page_info(r);
	scan_at = pfn + 1;
	if (r->pfn != pfn || r->kind == PAGE_KIND_NONE)
		return 0; /* a tail, or it went away */
	if (!(r->flags & PAGE_F_UNSTABLE) && r->order < 31)
		scan_at = pfn + (1ULL << r->order);
	if (r->pincount > 0)
		batch_nr = ++i;
	return i >= PAGES_PER_BATCH;
}

/*
 * All but a few pages are neither: a look at two words each, in a copy of many at once, because
 * each probe read costs more than the look.
 */
static long scan_chunk(u32 i, void *ctx)
{
	u32 flags_off = page_flags_offset(), ref_off = PAGE_OFF(_refcount);
	u32 shift = cfg_page_struct_shift, per = CHUNK_BYTES >> shift;
	u64 head_bit = 1ULL << bpf_core_enum_value(enum pageflags, PG_head);
	u64 base = scan_at & ~(u64)(per - 1);

	if (scan_at >= scan_end)
		return 1;
	if (bpf_probe_read_kernel(chunk, sizeof(chunk),
				  (void *)(vmemmap_start + (base << shift)))) {
		scan_at = base + per;
		return 0;
	}
	for (u32 k = 0; k < CHUNK_BYTES / 64; k++) {
		u32 at = k << shift;

		if (at > CHUNK_BYTES - 64)
			break;
		if (*(s32 *)&chunk[at + ref_off] < PAGE_PIN_BIAS &&
		    !(*(u64 *)&chunk[at + flags_off] & head_bit))
			continue;
		if (base + k < scan_at || base + k >= scan_end)
			continue;
		if (scan_candidate(base + k))
			return 1;
	}
	if (scan_at < base + per)
		scan_at = base + per;
	return 0;
}

/*
 * Goes on from scan_at until the batch is full, scan_end is reached, or it has looked at enough for
 * once.
 */
SEC("syscall")
int pages_scan(void *ctx)
{
	batch_nr = 0;
	bpf_loop(SCAN_CHUNKS_PER_RUN, scan_chunk, NULL, 0);
	return 0;
}
