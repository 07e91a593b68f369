/* SPDX-License-Identifier: GPL-2.0 */
/*
 * From the pages of a call to runs and lists. A call may have a million pages, so what is done for each of
 * them is next to nothing: groups of GROUP_PAGES neighbours in memory make a span, of which only the
 * begin is looked at; pages that are no neighbours go out as a list of their numbers.
 */
#ifndef PINACCT_WALK_BPF_H
#define PINACCT_WALK_BPF_H

#include "emit.bpf.h"
#include "page.bpf.h"

/* bpf_loop() goes no further in one go (BPF_MAX_LOOPS). */
#define LOOP_MAX (1U << 23)

static __always_inline void add_run(struct slot *s, u64 page, u64 pages, u32 order, u32 flags)
{
	u32 i = s->nr_runs;

	if (i < RUNS_PER_CHUNK) {
		struct rec_run *run = &s->runs[i];

		run->pfn = page_pfn(page);
		run->pages = pages;
		run->order = order;
		run->flags = flags;
		run->pad = 0;
		s->nr_runs = ++i;
	}
	if (i >= RUNS_PER_CHUNK)
		slot__flush_runs(s, true);
}

/*
 * The span gathered so far becomes runs: up to the end of a folio of 2 MiB or more each, else to the 2 MiB
 * boundary, as the wire format wants it.
 */
static long cut_span(u32 i, struct slot **sp)
{
	struct slot *s = *sp;
	u64 page = s->span, pages = s->span_pages, pfn, room, head;
	u32 order, span, flags = 0;

	if (!pages)
		return 1;
	head = page_head(page);
	order = head_order(head);
	if (!s->pin && shows_no_pin(head, order))
		flags = RUN_NOPIN;
	pfn = page_pfn(page);
	span = order > 9 && order < 40 ? order : 9;
	room = (pfn | ((1ULL << span) - 1)) + 1 - pfn;
	if (room > pages)
		room = pages;
	add_run(s, page, room, order, flags);
	s->span = page + (room << cfg_page_struct_shift);
	s->span_pages = pages - room;
	return 0;
}

__noinline int span__close(struct slot *s)
{
	if (!s || !s->span_pages)
		return 0;
	if (s->span_pages == 1)
		cut_span(0, &s);
	else
		bpf_loop((s->span_pages >> 9) + 2, cut_span, &s, 0);
	s->span_pages = 0;
	return 0;
}

static __always_inline void span__add(struct slot *s, u64 page, u64 pages)
{
	if (s->span_pages && s->span + (s->span_pages << cfg_page_struct_shift) == page) {
		s->span_pages += pages;
		return;
	}
	span__close(s);
	s->span = page;
	s->span_pages = pages;
}

/* A folio pinned n times is a run of n without page identity. */
static __always_inline void add_folio(struct slot *s, u64 head, u64 pins)
{
	u32 order = head_order(head);

	add_run(s, head, pins, order,
		RUN_FOLIO | (!s->pin && shows_no_pin(head, order) ? RUN_NOPIN : 0));
}

/* One entry of a list. Since 6.12 the unpin functions pass over empty places. */
static long add_entry(u32 i, struct slot **sp)
{
	struct slot *s = *sp;
	u64 page = word_at(s->array + (u64)i * sizeof(u64));

	if (!page || page == zero_page)
		s->skipped++;
	else if (s->folios)
		add_folio(s, page, 1);
	else
		span__add(s, page, 1);
	return 0;
}

/*
 * A group of the list in s->words, or, where that works, where it is: pt_regs is nothing but a struct of at least
 * sixteen words (x86-64: r15 to orig_ax), through which they are read without a copy.
 */
#ifdef bpf_target_x86
#define GROUP_WORDS(W)                                                                             \
	W(0, r15) W(1, r14) W(2, r13) W(3, r12) W(4, bp) W(5, bx) W(6, r11) W(7, r10)              \
	W(8, r9) W(9, r8) W(10, ax) W(11, cx) W(12, dx) W(13, si) W(14, di) W(15, orig_ax)
#define GROUP_CAST(addr) \
	((struct pt_regs *)bpf_rdonly_cast((void *)(addr), bpf_core_type_id_kernel(struct pt_regs)))
#else
#define GROUP_WORDS(W)                                                                             \
	W(0, r) W(1, r) W(2, r) W(3, r) W(4, r) W(5, r) W(6, r) W(7, r)                            \
	W(8, r) W(9, r) W(10, r) W(11, r) W(12, r) W(13, r) W(14, r) W(15, r)
#endif

/* Are the pages of the group neighbours, from *first on? */
static __always_inline bool neighbours(struct slot *s, u64 at, u64 *first)
{
	const u64 step = 1ULL << cfg_page_struct_shift;

#ifdef bpf_target_x86
	if (cfg_have_cast) {
		struct pt_regs *group = GROUP_CAST(at);
		u64 base = group->r15;

		*first = base;
#define IS_NEXT(n, reg)                     \
	if (group->reg != base + (n)*step) \
		return false;
		GROUP_WORDS(IS_NEXT)
#undef IS_NEXT
		return true;
	}
#endif
	if (bpf_probe_read_kernel(s->words, sizeof(s->words), (void *)at))
		__builtin_memset(s->words, 0, sizeof(s->words));
	*first = s->words[0];
	for (u32 n = 1; n < GROUP_PAGES; n++)
		if (s->words[n] != *first + n * step)
			return false;
	return true;
}

static __always_inline u64 list_entry(struct slot *s, u64 page)
{
	if (page && page != zero_page)
		return page_pfn(page);
	s->skipped++;
	return LIST_HOLE;
}

static __always_inline void list_group(struct slot *s, u64 at)
{
	u32 i = s->nr_list;

	if (i > LIST_PER_CHUNK - GROUP_PAGES)
		return;
#ifdef bpf_target_x86
	if (cfg_have_cast) {
		struct pt_regs *group = GROUP_CAST(at);

#define KEEP(n, reg) s->list[i + (n)] = list_entry(s, group->reg);
		GROUP_WORDS(KEEP)
#undef KEEP
	} else
#endif
	{
		for (u32 n = 0; n < GROUP_PAGES; n++)
			s->list[i + n] = list_entry(s, s->words[n]);
	}
	s->nr_list = i + GROUP_PAGES;
	if (s->nr_list >= LIST_PER_CHUNK)
		slot__flush_list(s, true);
}

static long add_group(u32 i, struct slot **sp)
{
	struct slot *s = *sp;
	u64 at = s->array + (u64)i * GROUP_PAGES * sizeof(u64), first;

	if (neighbours(s, at, &first))
		span__add(s, first, GROUP_PAGES);
	else
		list_group(s, at);
	return 0;
}

/* Tells which part of a long list bpf_loop() is in. */
static long add_groups(u32 round, struct slot **sp)
{
	struct slot *s = *sp;
	u64 groups = s->nr / GROUP_PAGES;

	if (groups > LOOP_MAX)
		groups = LOOP_MAX;
	bpf_loop(groups, add_group, sp, 0);
	s->array += groups * GROUP_PAGES * sizeof(u64);
	s->nr -= groups * GROUP_PAGES;
	return s->nr < GROUP_PAGES;
}

static __always_inline void walk_list(struct slot *s)
{
	if (!s->folios)
		bpf_loop(LOOP_MAX, add_groups, &s, 0);
	/* pages that make no group; of folios there are never as many (memfd_pin_folios' callers) */
	bpf_loop(s->nr < LOOP_MAX ? s->nr : LOOP_MAX, add_entry, &s, 0);
	if (s->nr > LOOP_MAX)
		count_loss(LOSS_PAGE_READ);
}

#define PAGE_SHIFT 12

/* The first page that a struct bio_vec covers, and how many there are; as __bio_release_pages() counts them. */
static __always_inline u64 bvec_page(u64 vec, u64 *pages)
{
	u64 page = word_at(vec), lengths = word_at(vec + bpf_core_field_offset(struct bio_vec, bv_len));
	u64 len = (u32)lengths, offset = lengths >> 32;

	if (pages)
		*pages = len ? ((offset + len - 1) >> PAGE_SHIFT) - (offset >> PAGE_SHIFT) + 1 : 0;
	return page + (offset >> PAGE_SHIFT << cfg_page_struct_shift);
}

struct bvec_count {
	u64 addr;
	u64 pages;
};

static long count_bvec(u32 i, struct bvec_count *c)
{
	u64 pages;

	bvec_page(c->addr + (u64)i * sizeof(struct bio_vec), &pages);
	c->pages += pages;
	return 0;
}

static __always_inline u64 count_bvec_pages(u64 addr, u32 vecs)
{
	struct bvec_count c = {.addr = addr};

	if (vecs == 1)
		count_bvec(0, &c);
	else
		bpf_loop(vecs, count_bvec, &c, 0);
	return c.pages;
}

static __always_inline void list_one(struct slot *s, u64 page)
{
	u32 i = s->nr_list;

	if (i >= LIST_PER_CHUNK)
		return;
	s->list[i] = list_entry(s, page);
	s->nr_list = i + 1;
	if (s->nr_list >= LIST_PER_CHUNK)
		slot__flush_list(s, true);
}

static long add_bvec(u32 i, struct slot **sp)
{
	struct slot *s = *sp;
	u64 pages, page = bvec_page(s->array + (u64)i * sizeof(struct bio_vec), &pages);

	if (pages == 1)
		list_one(s, page);
	else if (pages)
		span__add(s, page, pages);
	return 0;
}

static __always_inline void walk__begin(struct slot *s, const struct call *c)
{
	s->array = c->addr;
	s->nr = c->nr;
	s->span_pages = 0;
	s->skipped = 0;
	s->nr_runs = 0;
	s->nr_list = 0;
	s->folios = c->unit == UNIT_FOLIOS;
}

static __always_inline u16 head_flags(const struct slot *s)
{
	return s->pin ? s->head.pin.flags : s->head.unpin.flags;
}

/* What is left is sent; the last chunk of the call says that it is the last. */
static __always_inline void finish(struct slot *s)
{
	u32 runs, list;

	span__close(s);
	runs = s->nr_runs;
	list = s->nr_list;
	if (list)
		slot__flush_list(s, runs);
	/* all went out as it became full: end the call. Zero pages only: nothing happened. */
	if (runs || (!list && head_flags(s) & PIN_F_NEXT))
		slot__flush_runs(s, false);
}

/* Turns the pages of s->call into runs and lists behind the record head that is in `s`, and sends them. */
__noinline int walk_call(struct slot *s)
{
	struct call *c;

	if (!s)
		return 0;
	c = &s->call;
	walk__begin(s, c);
	switch (c->unit) {
	case UNIT_PAGES:
	case UNIT_FOLIOS:
		walk_list(s);
		break;
	case UNIT_BVECS:
		bpf_loop(c->vecs, add_bvec, &s, 0);
		break;
	case UNIT_RANGE:
		span__add(s, c->addr, c->nr);
		break;
	case UNIT_FOLIO:
		if (c->addr == zero_page) /* gup_put_folio() passes it over */
			s->skipped = c->nr;
		else
			add_folio(s, c->addr, c->nr);
		break;
	}
	finish(s);
	return 0;
}

#endif
