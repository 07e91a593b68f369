/* SPDX-License-Identifier: GPL-2.0 */
/* The counts of a page and the file behind it, by probe reads: nothing here holds a reference. */
#ifndef PINACCT_PAGECOUNTS_BPF_H
#define PINACCT_PAGECOUNTS_BPF_H

#include "kernel_types.h"
#include <bpf/bpf_core_read.h>
#include "page.bpf.h"

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

struct page___info {
	struct address_space *mapping;
	atomic_t _refcount;
	atomic_t _mapcount;
	unsigned int page_type;
	unsigned long memcg_data;
	unsigned char compound_dtor; /* 6.1, in the second page */
	atomic_t compound_mapcount;  /* 6.1, in the second page */
};

struct folio___info {
	atomic_t _pincount;
	atomic_t _large_mapcount; /* 6.10 and later: all page tables that have it or parts of it */
	/* 6.2 and later: page tables that have it as a whole; its pages that some have singly */
	atomic_t _entire_mapcount;
	atomic_t _nr_pages_mapped;
};

#pragma clang attribute pop

/* Low bits of page->mapping, in all versions (macros; KERNEL.md 4.2): bit 0 anon, both KSM. */
#define MAPPING_ANON 1
#define MAPPING_KSM  3

#define PAGE_OFF(field) bpf_core_field_offset(struct page___info, field)

static __always_inline u32 read_u32(u64 addr)
{
	u32 v = 0;

	bpf_probe_read_kernel(&v, sizeof(v), (void *)addr);
	return v;
}

static __always_inline s32 page_refcount(u64 head)
{
	return read_u32(head + PAGE_OFF(_refcount));
}

/* A large folio's own; of a small one what its references leave room for. */
static __always_inline s32 page_pincount(u64 head, u32 order, s32 refcount)
{
	if (order)
		return read_u32(head + bpf_core_field_offset(struct folio___info, _pincount));
	return refcount > 0 ? (u32)refcount / PAGE_PIN_BIAS : 0;
}

#define FOLIO_OFF(field) bpf_core_field_offset(struct folio___info, field)
#define NR_PAGES_MAPPED	 0x3fffff /* of _nr_pages_mapped: mm/internal.h, FOLIO_PAGES_MAPPED */
#define MAPCOUNTS_ASKED	 512	  /* pages of a folio; larger ones are hugetlb's, mapped whole */

struct mapcount_sum {
	u64 head;
	s32 sum;
};

static long add_mapcount(u32 i, void *arg)
{
	struct mapcount_sum *m = arg;

	m->sum += (s32)read_u32(m->head + ((u64)i << cfg_page_struct_shift) + PAGE_OFF(_mapcount)) +
		  1;
	return 0;
}

/* In how many page tables a large folio is, wholly or in part; 0 = in none. */
static __always_inline s32 large_mapcount(u64 head, u32 order)
{
	struct mapcount_sum m = { .head = head };
	u64 second = head + (1ULL << cfg_page_struct_shift);

	if (bpf_core_field_exists(struct folio___info, _large_mapcount))
		return (s32)read_u32(head + FOLIO_OFF(_large_mapcount)) + 1;
	if (bpf_core_field_exists(struct folio___info, _entire_mapcount))
		return (s32)read_u32(head + FOLIO_OFF(_entire_mapcount)) + 1 +
		       (read_u32(head + FOLIO_OFF(_nr_pages_mapped)) & NR_PAGES_MAPPED);
	if (!bpf_core_field_exists(struct page___info, compound_mapcount))
		return PAGE_MAPCOUNT_UNKNOWN;
	if (1ULL << order <= MAPCOUNTS_ASKED)
		bpf_loop(1U << order, add_mapcount, &m, 0);
	return m.sum + (s32)read_u32(second + PAGE_OFF(compound_mapcount)) + 1;
}

/* mapping: untagged, of a page cache. */
static __always_inline void page_file(u64 mapping, u64 *ino, u32 *dev, char fs[PIN_FS_BYTES])
{
	struct inode *inode = BPF_CORE_READ((struct address_space *)mapping, host);

	if (!inode)
		return;
	*ino = BPF_CORE_READ(inode, i_ino);
	*dev = BPF_CORE_READ(inode, i_sb, s_dev);
	bpf_probe_read_kernel_str(fs, PIN_FS_BYTES, BPF_CORE_READ(inode, i_sb, s_type, name));
}

#endif
