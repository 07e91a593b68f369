/* SPDX-License-Identifier: GPL-2.0 */
/* What sort of page it is, as far as its type and its destructor tell. */
#ifndef PINACCT_PAGEKIND_BPF_H
#define PINACCT_PAGEKIND_BPF_H

#include "kernel_types.h"
#include "pagecounts.bpf.h"

/* page_type of 6.1: a base, bits cleared for a type (page-flags.h:945). */
#define PAGE_TYPE_61_BASE  0xf0000000
#define PAGE_TYPE_61_BUDDY 0x00000080

#define FLAG(flags, name)                                                                          \
	(bpf_core_enum_value_exists(enum pageflags, PG_##name) &&                                  \
	 (flags) & (1ULL << bpf_core_enum_value(enum pageflags, PG_##name)))

/* Kinds that the type word tells; PAGE_KIND_NONE = not typed, a page that may be mapped. */
static __always_inline u32 kind_by_type(u64 head, u64 flags, u32 refcount)
{
	u32 type = read_u32(head + PAGE_OFF(page_type));

	if (FLAG(flags, slab))
		return PAGE_KIND_SLAB;
	if (bpf_core_enum_value_exists(enum pagetype, PGTY_buddy)) {
		type >>= 24;
		if (type == bpf_core_enum_value(enum pagetype, PGTY_buddy))
			return PAGE_KIND_FREE;
		if (type == bpf_core_enum_value(enum pagetype, PGTY_hugetlb))
			return PAGE_KIND_HUGETLB;
		if (type == bpf_core_enum_value(enum pagetype, PGTY_slab))
			return PAGE_KIND_SLAB;
		if (type >= 0xf0 && type < 0xff)
			return PAGE_KIND_TYPED;
	} else if ((type & PAGE_TYPE_61_BASE) == PAGE_TYPE_61_BASE && type < 0xffffff80) {
		return type & PAGE_TYPE_61_BUDDY ? PAGE_KIND_TYPED : PAGE_KIND_FREE;
	}
	return refcount ? PAGE_KIND_NONE : PAGE_KIND_FREE;
}

static __always_inline bool is_hugetlb_61(u64 head, u32 order)
{
	u8 dtor = 0;

	if (!order || !bpf_core_field_exists(struct page___info, compound_dtor))
		return false;
	bpf_probe_read_kernel(
		&dtor, sizeof(dtor),
		(void *)(head + (1ULL << cfg_page_struct_shift) + PAGE_OFF(compound_dtor)));
	return dtor == bpf_core_enum_value(enum compound_dtor_id, HUGETLB_PAGE_DTOR);
}

#endif
