/* SPDX-License-Identifier: GPL-2.0 */
/*
 * struct page: its frame number, its folio and its pins, on every kernel. What differs between
 * kernels is told apart here and nowhere else, by the fields that the kernel's BTF has.
 */
#ifndef PINACCT_PAGE_BPF_H
#define PINACCT_PAGE_BPF_H

#include "kernel_types.h"
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>
#include <pinacct/wire.h>
#include "load.bpf.h"

#define GUP_PIN_COUNTING_BIAS 1024 /* mm.h, all versions */

/* log2(sizeof(struct page)), set by user space before loading. */
const volatile u32 cfg_page_struct_shift = 6;
/* Address of the kernel's variable vmemmap_base, from kallsyms; 0 = it has none. */
const volatile u64 cfg_vmemmap_base_addr = 0;
/* The struct page of frame 0. Set by find_struct_pages(), which runs before all else. */
u64 vmemmap_start = 0;

/*
 * Where the struct pages begin: in a variable where the kernel chooses at boot (for KASLR, or a
 * fifth level of page tables), else a constant of its own (x86: pgtable_64_types.h,
 * __VMEMMAP_BASE_L4, all versions).
 */
static __always_inline void find_struct_pages(u64 variable)
{
	if (variable)
		bpf_probe_read_kernel(&vmemmap_start, sizeof(vmemmap_start), (void *)variable);
#ifdef __TARGET_ARCH_x86
	else
		vmemmap_start = 0xffffea0000000000ULL;
#endif
}

static __always_inline u64 page_pfn(u64 page)
{
	return (page - vmemmap_start) >> cfg_page_struct_shift;
}

/* For plain loads, where the kernel has bpf_rdonly_cast(): see have_cast(). */
static __always_inline struct page *page_ptr(u64 page)
{
	return bpf_rdonly_cast((void *)page, bpf_core_type_id_kernel(struct page));
}

/* A field of a struct page: a plain load, or a helper's copy on kernels before 6.2. */
#define PAGE_FIELD(page, type, field)                                                              \
	({                                                                                         \
		typeof(((struct type *)0)->field) field_value;                                     \
                                                                                                   \
		if (have_cast())                                                                   \
			field_value = ((struct type *)page_ptr(page))->field;                      \
		else                                                                               \
			bpf_core_read(&field_value, sizeof(field_value),                           \
				      &((struct type *)(page))->field);                            \
		field_value;                                                                       \
	})

/*
 * compound_head, which is compound_info from 7.0 on. It is in a union with a list head, and the
 * verifier takes it for a pointer, with which no arithmetic is allowed: it is read by its offset.
 */
static __always_inline u64 compound_word(u64 page)
{
	if (bpf_core_field_exists(struct page___7x, compound_info))
		return word_at(page + bpf_core_field_offset(struct page___7x, compound_info));
	return word_at(page + bpf_core_field_offset(struct page, compound_head));
}

static __always_inline u32 page_flags_offset(void)
{
	if (bpf_core_field_exists(struct page___md, flags))
		return bpf_core_field_offset(struct page___md, flags);
	return bpf_core_field_offset(struct page, flags);
}

static __always_inline u64 page_flags(u64 page)
{
	if (bpf_core_field_exists(struct page___md, flags))
		return PAGE_FIELD(page, page___md, flags.f);
	return PAGE_FIELD(page, page, flags);
}

/*
 * Is the page a folio of one page? Then *refs is its reference count. False also where the kernel
 * has no bpf_rdonly_cast(): the caller then asks page_head() and head_order(), which take longer.
 * What goes through `scratch`, memory of the caller's, is a number to the verifier and no pointer
 * (compound_word()).
 */
static __always_inline bool is_small(u64 page, u64 *scratch, s32 *refs)
{
	struct page *p;
	u64 flags;

	if (!have_cast())
		return false;
	p = page_ptr(page);
	if (bpf_core_field_exists(struct page___7x, compound_info))
		*(volatile u64 *)scratch = ((struct page___7x *)p)->compound_info;
	else
		*(volatile u64 *)scratch = p->compound_head;
	if (bpf_core_field_exists(struct page___md, flags))
		flags = ((struct page___md *)p)->flags.f;
	else
		flags = p->flags;
	*refs = p->_refcount.counter;
	return !(*(volatile u64 *)scratch & 1) &&
	       !(flags & (1ULL << bpf_core_enum_value(enum pageflags, PG_head)));
}

/*
 * The head page of this page's folio; the page itself when it is no tail. A tail's compound word
 * has bit 0 set. The rest is the head's address, or in 7.x a mask that makes the page's address the
 * head's; a mask is minus a power of two, which no address of a page is (7.3 page-flags.h:208).
 */
static __always_inline u64 page_head(u64 page)
{
	u64 info = compound_word(page), v;

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

static __always_inline u32 folio_order_offset(void)
{
	if (bpf_core_field_exists(struct folio___61, _folio_order))
		return bpf_core_field_offset(struct folio___61, _folio_order);
	if (bpf_core_field_exists(struct folio___md, _flags_1))
		return bpf_core_field_offset(struct folio___md, _flags_1);
	return bpf_core_field_offset(struct folio, _flags_1);
}

/*
 * The order of the folio whose head page this is: a byte of its own in 6.1, later in _flags_1
 * (6.6).
 */
static __always_inline u32 head_order(u64 head)
{
	if (!(page_flags(head) & (1ULL << bpf_core_enum_value(enum pageflags, PG_head))))
		return 0;
	return (u8)word_at(head + folio_order_offset());
}

/* The s32 at that offset of a struct that is aligned to 8 bytes, out of the word that it is in. */
static __always_inline s32 int_at(u64 base, u32 offset)
{
	return (s32)(word_at(base + (offset & ~7U)) >> (offset & 4 ? 32 : 0));
}

/*
 * Do the folio's counts rule out that it is pinned? A large folio counts its pins in _pincount. A
 * small one adds GUP_PIN_COUNTING_BIAS to its reference count for each.
 */
static __always_inline bool shows_no_pin(u64 head, u32 order)
{
	if (order)
		return int_at(head, bpf_core_field_offset(struct folio, _pincount)) <= 0;
	return PAGE_FIELD(head, page, _refcount.counter) < GUP_PIN_COUNTING_BIAS;
}

/*
 * The low bits of a mapping tell anonymous and other pages from those of files (KERNEL.md 4.2).
 */
#define MAPPING_FLAGS 3

static __always_inline u32 of_file(u64 page)
{
	u64 mapping;

	if (!page)
		return 0;
	mapping = word_at(page_head(page) + bpf_core_field_offset(struct folio, mapping));
	return mapping && !(mapping & MAPPING_FLAGS) ? PIN_F_MAPPED : 0;
}

#endif
