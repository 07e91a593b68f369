/* SPDX-License-Identifier: GPL-2.0 */
/*
 * struct page: its frame number, its folio. Every difference between kernels is here. The includer
 * has vmemmap_start and cfg_page_struct_shift: maps.bpf.h, pages.bpf.c.
 */
#ifndef PINACCT_PAGE_BPF_H
#define PINACCT_PAGE_BPF_H

#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>
#include <pinacct/wire.h>
#include "kernel.h"

static __always_inline u64 page_pfn(u64 page)
{
	return (page - vmemmap_start) >> cfg_page_struct_shift;
}

static __always_inline u64 read_u64(u64 addr)
{
	u64 v = 0;

	bpf_probe_read_kernel(&v, sizeof(v), (void *)addr);
	return v;
}

static __always_inline u32 page_flags_offset(void)
{
	if (bpf_core_field_exists(struct page___md, flags))
		return bpf_core_field_offset(struct page___md, flags);
	return bpf_core_field_offset(struct page, flags);
}

/*
 * The head page of the page whose compound word is `info`. Until 6.18 a tail has
 * the head's address plus one; 7.x may have an address mask instead, told by its
 * value: a mask is minus a power of two (7.3 page-flags.h:208).
 */
static __always_inline u64 page_head(u64 page)
{
	u64 info, v;

	if (bpf_core_field_exists(struct page___7x, compound_info))
		info = read_u64(page + bpf_core_field_offset(struct page___7x, compound_info));
	else
		info = read_u64(page + bpf_core_field_offset(struct page, compound_head));
	if (!(info & 1))
		return page;
	v = info & ~1ULL;
	if (bpf_core_field_exists(struct page___7x, compound_info)) {
		u64 span = -v;

		if (span < (1ULL << 40) && (span & (span - 1)) == 0)
			return page & v;
	}
	return v;
}

/* The order of the folio whose head page this is: a byte of its own in 6.1, later in _flags_1 (6.6). */
static __always_inline u32 head_order(u64 head)
{
	u64 flags = read_u64(head + page_flags_offset());
	u32 off;
	u8 order = 0;

	if (!(flags & (1ULL << bpf_core_enum_value(enum pageflags, PG_head))))
		return 0;
	if (bpf_core_field_exists(struct folio___61, _folio_order))
		off = bpf_core_field_offset(struct folio___61, _folio_order);
	else if (bpf_core_field_exists(struct folio___md, _flags_1))
		off = bpf_core_field_offset(struct folio___md, _flags_1);
	else
		off = bpf_core_field_offset(struct folio, _flags_1);
	if (bpf_probe_read_kernel(&order, sizeof(order), (void *)(head + off)))
		return RUN_ORDER_UNKNOWN;
	return order;
}

static __always_inline u32 page_order(u64 page)
{
	return head_order(page_head(page));
}

#endif
