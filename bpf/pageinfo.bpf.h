/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What a page says of itself, read while it may change: nothing here holds a reference. Reads
 * cannot fault (a helper's copy, or a load that the verifier guards), and what does not fit
 * together is read anew or said to be unstable.
 */
#ifndef PINACCT_PAGEINFO_BPF_H
#define PINACCT_PAGEINFO_BPF_H

#include "kernel_types.h"
#include "pagekind.bpf.h"

/* Address of the kernel's memory_cgrp_subsys, from kallsyms; 0 = pages do not name their cgroup. */
const volatile u64 cfg_memcg_subsys_addr = 0;
/* Page frames of the zero page and of the huge one, which comes and goes; ~0 = there is none. */
u64 zero_page_pfn = ~0ULL;
u64 huge_zero_pfn = ~0ULL;

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

struct kernfs_node {
	u64 id;
};

struct cgroup {
	struct kernfs_node *kn;
};

struct cgroup_subsys;
struct cgroup_subsys_state {
	struct cgroup *cgroup;
	struct cgroup_subsys *ss;
};

struct mem_cgroup {
	struct cgroup_subsys_state css;
};

struct obj_cgroup {
	struct mem_cgroup *memcg;
};

#pragma clang attribute pop

/* Low bits of memcg_data: object pointers, kernel memory. */
#define MEMCG_DATA_OBJS 1
#define MEMCG_DATA_MASK 7

/*
 * The folio's head. With hugetlb_free_vmemmap=on tails of a hugetlb folio share the head's page of
 * struct pages, and one at the beginning of a page looks like a head; the kernel then asks the next
 * one (6.1 page-flags.h:214, 6.12 :203, gone in 7.x).
 */
static __always_inline u64 page_true_head(u64 page)
{
	u64 flags = word_at(page + page_flags_offset()), info;

	if (!bpf_core_field_exists(struct page___7x, compound_info) && !(page & 4095) &&
	    flags & (1ULL << bpf_core_enum_value(enum pageflags, PG_head))) {
		info = word_at(page + (1ULL << cfg_page_struct_shift) +
			       bpf_core_field_offset(struct page, compound_head));
		return info & 1 ? info - 1 : page;
	}
	return page_head(page);
}

static __always_inline u32 page_kind(u64 head, u64 pfn, u32 order, u64 flags, u64 mapping,
				     u32 refcount)
{
	u32 kind;

	if (pfn == zero_page_pfn)
		return PAGE_KIND_ZERO;
	if (pfn == huge_zero_pfn)
		return PAGE_KIND_HUGE_ZERO;
	kind = kind_by_type(head, flags, refcount);
	if (kind)
		return kind;
	if (is_hugetlb_61(head, order))
		return PAGE_KIND_HUGETLB;
	if (FLAG(flags, reserved))
		return PAGE_KIND_RESERVED;
	if ((mapping & MAPPING_KSM) == MAPPING_KSM)
		return PAGE_KIND_KSM;
	if (mapping & MAPPING_ANON)
		return PAGE_KIND_ANON;
	if (!mapping || mapping & MAPPING_KSM)
		return PAGE_KIND_OTHER;
	/* in the page cache; what has swap behind it is shmem's (page_is_file_lru) */
	return FLAG(flags, swapbacked) ? PAGE_KIND_SHMEM : PAGE_KIND_FILE;
}

static __always_inline bool is_memcg(const struct mem_cgroup *m)
{
	return (u64)BPF_CORE_READ(m, css.ss) == cfg_memcg_subsys_addr;
}

/*
 * 7.x charges user pages to an obj_cgroup, before that to the mem_cgroup itself: look what it is.
 */
static __always_inline u64 page_cgroup(u64 head)
{
	struct mem_cgroup *m;
	u64 data;

	if (!cfg_memcg_subsys_addr || !bpf_core_field_exists(struct page___info, memcg_data))
		return 0;
	data = word_at(head + PAGE_OFF(memcg_data));
	if (data & MEMCG_DATA_OBJS || !(data & ~MEMCG_DATA_MASK))
		return 0;
	m = (void *)(data & ~(u64)MEMCG_DATA_MASK);
	if (!is_memcg(m)) {
		m = BPF_CORE_READ((struct obj_cgroup *)m, memcg);
		if (!is_memcg(m))
			return 0;
	}
	return BPF_CORE_READ(m, css.cgroup, kn, id);
}

static __always_inline bool is_mapped_kind(u32 kind)
{
	return kind == PAGE_KIND_ANON || kind == PAGE_KIND_KSM || kind == PAGE_KIND_SHMEM ||
	       kind == PAGE_KIND_FILE;
}

/* Counts that were true at one moment: the references are the same before and after the others. */
static __always_inline bool read_counts(u64 head, u32 order, struct rec_page *r, u64 *mapping)
{
	r->refcount = page_refcount(head);
	*mapping = word_at(head + PAGE_OFF(mapping));
	r->mapcount = read_u32(head + PAGE_OFF(_mapcount)) + 1;
	r->pincount = page_pincount(head, order, r->refcount);
	return r->refcount == page_refcount(head);
}

static __always_inline void fill_flags(struct rec_page *r, u64 flags)
{
	r->flags |= (FLAG(flags, locked) ? PAGE_F_LOCKED : 0) |
		    (FLAG(flags, dirty) ? PAGE_F_DIRTY : 0) |
		    (FLAG(flags, writeback) ? PAGE_F_WRITEBACK : 0) |
		    (FLAG(flags, lru) ? PAGE_F_LRU : 0) |
		    (FLAG(flags, swapcache) && FLAG(flags, swapbacked) ? PAGE_F_SWAPCACHE : 0);
}

/*
 * Everything of the folio that page frame r->pfn is in; r->pfn becomes that of its head. What has
 * no struct page, or no head that makes sense, is PAGE_KIND_NONE.
 */
__noinline int page_info(struct rec_page *r)
{
	u64 page, head, flags, mapping = 0;
	u32 order;

	if (!r)
		return 0;
	page = vmemmap_start + (r->pfn << cfg_page_struct_shift);
	r->folios = 1;
	r->kind = PAGE_KIND_NONE;
	if (bpf_probe_read_kernel(&flags, sizeof(flags), (void *)(page + page_flags_offset())))
		return 0;
	head = page_true_head(page);
	order = head_order(head);
	if (head > page || order > 30 || (page - head) >> cfg_page_struct_shift >= 1ULL << order)
		return 0;
	if (!read_counts(head, order, r, &mapping) && !read_counts(head, order, r, &mapping) &&
	    !read_counts(head, order, r, &mapping))
		r->flags |= PAGE_F_UNSTABLE;
	flags = word_at(head + page_flags_offset());
	fill_flags(r, flags);
	r->pfn = page_pfn(head);
	r->order = order;
	r->kind = page_kind(head, r->pfn, order, flags, mapping, r->refcount);
	if (!is_mapped_kind(r->kind) && r->kind != PAGE_KIND_HUGETLB)
		r->mapcount = PAGE_MAPCOUNT_UNKNOWN;
	else if (order)
		r->mapcount = r->pincount > 0 ? large_mapcount(head, order) : PAGE_MAPCOUNT_UNKNOWN;
	if (is_mapped_kind(r->kind) || r->kind == PAGE_KIND_HUGETLB)
		r->cgroup_id = page_cgroup(head);
	if (mapping && !(mapping & MAPPING_KSM) &&
	    (r->kind == PAGE_KIND_SHMEM || r->kind == PAGE_KIND_FILE ||
	     r->kind == PAGE_KIND_HUGETLB))
		page_file(mapping, &r->ino, &r->dev, r->fs);
	if (page_true_head(page) != head || head_order(head) != order)
		r->flags |= PAGE_F_UNSTABLE;
	return 0;
}

#endif
