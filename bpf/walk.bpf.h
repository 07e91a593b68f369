/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Makes runs and lists, as the wire format has them, of the pages of one call. A call may have a
 * million pages, so little is done for each: pages that follow each other in memory make a span, of
 * whose folios only the heads are read; pages that do not are sent as a list of page frame numbers,
 * which the reader turns into runs. Lists of pages are read in groups of GROUP_PAGES; where that
 * cannot be (see GROUP_WORDS), all pages become runs here.
 */
#ifndef PINACCT_WALK_BPF_H
#define PINACCT_WALK_BPF_H

#include "kernel_types.h"
#include <bpf/bpf_tracing.h>
#include "emit.bpf.h"
#include "page.bpf.h"

/* The most rounds that one bpf_loop() makes (the kernel's BPF_MAX_LOOPS). */
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
 * One round of span__close(): makes a run of the beginning of the span, and takes it off the span.
 * The run ends at the end of its folio where that is larger than 2 MiB, else at the next multiple
 * of 2 MiB, which no run crosses (wire.h). Returns 1 when nothing is left.
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
	s->span_end = 0;
	return 0;
}

static __always_inline void span__add(struct slot *s, u64 page, u64 pages)
{
	if (s->span_end != page) {
		span__close(s);
		s->span = page;
		s->span_pages = 0;
	}
	s->span_pages += pages;
	s->span_end = page + (pages << cfg_page_struct_shift);
}

/* n pins of a folio as a whole: which of its pages each is on is not known (RUN_FOLIO). */
static __always_inline void add_folio(struct slot *s, u64 head, u64 pins)
{
	u32 order = head_order(head);

	add_run(s, head, pins, order,
		RUN_FOLIO | (!s->pin && shows_no_pin(head, order) ? RUN_NOPIN : 0));
}

/* One entry of the call's list. NULL is passed over, as unpin_user_pages() does since 6.12. */
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
 * GROUP_PAGES entries of the call's list, read in place by plain loads. bpf_rdonly_cast() wants a
 * type of the kernel that has as many 8-byte members: struct pt_regs has (x86-64: r15 to orig_ax).
 * On other processors, and before 6.2, entries are read one by one.
 */
#ifdef bpf_target_x86
/* clang-format off */
#define GROUP_WORDS(W)                                                                             \
	W(0, r15) W(1, r14) W(2, r13) W(3, r12) W(4, bp) W(5, bx) W(6, r11) W(7, r10)              \
	W(8, r9) W(9, r8) W(10, ax) W(11, cx) W(12, dx) W(13, si) W(14, di) W(15, orig_ax)
/* clang-format on */

static __always_inline struct pt_regs *group_at(u64 addr)
{
	return bpf_rdonly_cast((void *)addr, bpf_core_type_id_kernel(struct pt_regs));
}

static __always_inline bool have_groups(void)
{
	return have_cast();
}
#else
#define GROUP_WORDS(W)
#define group_at(addr) ((struct pt_regs *)NULL)
static __always_inline bool have_groups(void)
{
	return false;
}
#endif

/* What it takes to make a page frame number of an entry, read once for many of them. */
struct frames {
	u64 base, zero;
	u32 shift;
};

static __always_inline struct frames frames(void)
{
	return (struct frames){ .base = vmemmap_start,
				.zero = zero_page,
				.shift = cfg_page_struct_shift };
}

static __always_inline u64 list_entry(struct slot *s, const struct frames *f, u64 page)
{
	if (__builtin_expect(!page || page == f->zero, 0)) {
		s->skipped++;
		return LIST_HOLE;
	}
	return (page - f->base) >> f->shift;
}

static __always_inline void list_group(struct slot *s, const struct pt_regs *group,
				       const struct frames *f)
{
	u32 i = s->nr_list;
	u64 *to;

	if (i > LIST_PER_CHUNK - GROUP_PAGES)
		return;
	to = &s->list[i];
#define KEEP(n, reg) to[n] = list_entry(s, f, group->reg);
	GROUP_WORDS(KEEP)
#undef KEEP
	s->nr_list = i + GROUP_PAGES;
	if (s->nr_list > LIST_PER_CHUNK - GROUP_PAGES)
		slot__flush_list(s, true);
}

/* A group whose pages follow each other goes to the span, another to the list. */
static __always_inline void add_group(struct slot *s, u64 at, const struct frames *f)
{
	const struct pt_regs *group = group_at(at);
	const u64 first = group->r15, step = 1ULL << f->shift;
	u64 next = first;

#define IS_NEXT(n, reg)                                                                            \
	if ((n) && group->reg != (next += step))                                                   \
		goto list;
	GROUP_WORDS(IS_NEXT)
#undef IS_NEXT
	span__add(s, first, GROUP_PAGES);
	return;
list:
	list_group(s, group, f);
}

/*
 * A round of bpf_loop() costs as much as six pages, so several groups are done in one. More of them
 * take the verifier longer.
 */
#define GROUPS_PER_ROUND 4

static long add_groups(u32 round, struct slot **sp)
{
	const struct frames f = frames();
	struct slot *s = *sp;
	u64 done = (u64)round * GROUPS_PER_ROUND, groups = s->nr / GROUP_PAGES - done;
	u64 at = s->array + done * GROUP_PAGES * sizeof(u64);

	for (u32 i = 0; i < GROUPS_PER_ROUND; i++) {
		if (i >= groups)
			break;
		add_group(s, at, &f);
		at += GROUP_PAGES * sizeof(u64);
	}
	return 0;
}

static __always_inline void list_rest(struct slot *s, u64 at, u64 nr, const struct frames *f)
{
	u32 i = s->nr_list;
	u64 *to;

	if (i > LIST_PER_CHUNK - GROUP_PAGES)
		return;
	to = &s->list[i];
	for (u32 n = 0; n < GROUP_PAGES && n < nr; n++)
		to[n] = list_entry(s, f, word_at(at + n * sizeof(u64)));
	s->nr_list = i + nr;
}

/* The entries behind the last whole group, fewer than GROUP_PAGES: often all that a call has. */
static __always_inline void add_rest(struct slot *s, u64 at, u64 nr)
{
	const struct frames f = frames();
	u64 next;

	if (!nr)
		return;
	next = word_at(at);
	if (!next || next == f.zero || (nr == 1 && s->nr_list))
		goto list;
	for (u32 n = 1; n < GROUP_PAGES && n < nr; n++) {
		next += 1ULL << f.shift;
		if (word_at(at + n * sizeof(u64)) != next)
			goto list;
	}
	span__add(s, word_at(at), nr);
	return;
list:
	list_rest(s, at, nr, &f);
}

#define PAGE_SHIFT 12

/*
 * The first page that a struct bio_vec covers, and how many there are; as __bio_release_pages()
 * counts them.
 */
static __always_inline u64 bvec_page(u64 vec, u64 *pages)
{
	u64 page = word_at(vec),
	    lengths = word_at(vec + bpf_core_field_offset(struct bio_vec, bv_len));
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
	struct bvec_count c = { .addr = addr };

	if (vecs == 1)
		count_bvec(0, &c);
	else
		bpf_loop(vecs, count_bvec, &c, 0);
	return c.pages;
}

static __always_inline void list_one(struct slot *s, u64 page)
{
	const struct frames f = frames();
	u32 i = s->nr_list;

	if (i >= LIST_PER_CHUNK)
		return;
	s->list[i] = list_entry(s, &f, page);
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

/*
 * Each turns the pages of s->call into runs and lists behind the record head that is in `s`, and
 * sends them. One function for each unit, so that a program has in it what it needs, and no more:
 * the kernel's work to load one grows with the square of its length.
 */
static __always_inline void walk__begin(struct slot *s, bool folios)
{
	s->array = s->call.addr;
	s->nr = s->call.nr;
	s->span_pages = 0;
	s->span_end = 0;
	s->skipped = 0;
	s->nr_runs = 0;
	s->nr_list = 0;
	s->folios = folios;
}

/* Pages, or folios, one by one. */
static __always_inline void walk_entries(struct slot *s)
{
	bpf_loop(s->nr < LOOP_MAX ? s->nr : LOOP_MAX, add_entry, &s, 0);
	if (s->nr > LOOP_MAX)
		count_loss(LOSS_PAGE_READ);
}

static __always_inline void walk_groups(struct slot *s)
{
	u64 groups = s->nr / GROUP_PAGES,
	    rounds = (groups + GROUPS_PER_ROUND - 1) / GROUPS_PER_ROUND;

	if (rounds > LOOP_MAX) /* 2 TiB in one call */
		count_loss(LOSS_PAGE_READ);
	else if (rounds)
		bpf_loop(rounds, add_groups, &s, 0);
	add_rest(s, s->array + groups * GROUP_PAGES * sizeof(u64), s->nr % GROUP_PAGES);
}

__noinline int walk_pages(struct slot *s)
{
	if (!s)
		return 0;
	walk__begin(s, false);
	if (have_groups())
		walk_groups(s);
	else
		walk_entries(s);
	finish(s);
	return 0;
}

__noinline int walk_folios(struct slot *s)
{
	if (!s)
		return 0;
	walk__begin(s, true);
	walk_entries(s);
	finish(s);
	return 0;
}

__noinline int walk_bvecs(struct slot *s)
{
	if (!s)
		return 0;
	walk__begin(s, false);
	bpf_loop(s->call.vecs, add_bvec, &s, 0);
	finish(s);
	return 0;
}

__noinline int walk_range(struct slot *s)
{
	if (!s)
		return 0;
	walk__begin(s, false);
	span__add(s, s->call.addr, s->call.nr);
	finish(s);
	return 0;
}

static __always_inline void walk(struct slot *s, u32 unit)
{
	switch (unit) {
	case UNIT_PAGES:
		walk_pages(s);
		break;
	case UNIT_FOLIOS:
		walk_folios(s);
		break;
	case UNIT_BVECS:
		walk_bvecs(s);
		break;
	case UNIT_RANGE:
		walk_range(s);
		break;
	case UNIT_FOLIO: /* always one run */
		break;
	}
}

#endif
