/* SPDX-License-Identifier: GPL-2.0 */
/* From the pages of a call to runs. */
#ifndef PINACCT_WALK_BPF_H
#define PINACCT_WALK_BPF_H

#include "emit.bpf.h"
#include "page.bpf.h"

/* How a call names its pages. */
enum unit {
	UNIT_PAGES,  /* addr: array of nr struct page * */
	UNIT_RANGE,  /* addr: struct page *, nr consecutive ones */
	UNIT_FOLIO,  /* addr: struct folio *, nr pins of it */
	UNIT_FOLIOS, /* addr: array of nr struct folio *, one pin each */
};

struct call {
	u64 addr;
	u64 nr;
	u64 start; /* pins: user address, 0 = not known */
	u32 api;
	u32 unit;
	u32 flags; /* PIN_F_* */
};

/* bpf_loop() goes no further in one go (BPF_MAX_LOOPS); 7.x may pin 1 TiB in a call. */
#define LOOP_MAX (1U << 23)

static __always_inline void run__close(struct slot *s, bool pin)
{
	u32 i = s->nr_runs;

	if (s->run_end == s->run_pfn)
		return;
	if (i < RUNS_PER_CHUNK) {
		struct rec_run *run = &s->runs[i];

		run->pfn = s->run_pfn;
		run->pages = s->run_end - s->run_pfn;
		run->order = s->run_order;
		run->flags = s->folios ? RUN_FOLIO : 0;
		run->pad = 0;
		s->nr_runs = ++i;
	}
	if (i >= RUNS_PER_CHUNK)
		slot__flush(s, pin, true);
	s->run_end = s->run_pfn;
}

/* Starts a run at a page: up to the end of a folio of 2 MiB or more, else to the 2 MiB boundary. */
static __always_inline void run__open(struct slot *s, u64 page, u64 pfn)
{
	u32 order = page_order(page);
	u32 span = order > 9 && order < 40 ? order : 9;

	s->run_pfn = pfn;
	s->run_end = pfn + 1;
	s->run_order = order;
	s->run_limit = (pfn | ((1ULL << span) - 1)) + 1;
}

/*
 * A folio pinned n times is a run of n without page identity: here run_end - run_pfn counts pins,
 * and nothing extends it but the same folio again.
 */
__noinline int add_folio(struct slot *s, u64 head, u64 pins, u32 pin)
{
	u64 pfn = page_pfn(head);

	if (!s)
		return 0;
	if (s->run_end != s->run_pfn && s->run_pfn == pfn) {
		s->run_end += pins;
		return 0;
	}
	run__close(s, pin);
	s->run_pfn = pfn;
	s->run_end = pfn + pins;
	s->run_order = head_order(head);
	return 0;
}

__noinline int add_page(struct slot *s, u64 page, u32 pin)
{
	u64 pfn = page_pfn(page);

	if (!s)
		return 0;
	if (pfn == zero_page_pfn) {
		s->zero_pages++;
		return 0;
	}
	if (pfn == s->run_end && pfn < s->run_limit && s->run_end != s->run_pfn) {
		s->run_end++;
		return 0;
	}
	run__close(s, pin);
	run__open(s, page, pfn);
	return 0;
}

struct walk {
	struct slot *s;
	u64 base; /* index of the loop's first page */
	bool pin;
};

static long walk_step(u32 i, struct walk *w)
{
	struct slot *s = w->s;
	u64 at = w->base + i;
	u64 page;

	if ((at & (PTRS_PER_READ - 1)) == 0) {
		u64 left = s->nr - at;
		u32 bytes = (left < PTRS_PER_READ ? left : PTRS_PER_READ) * sizeof(u64);

		if (bytes > sizeof(s->ptrs))
			bytes = sizeof(s->ptrs);
		if (bpf_probe_read_kernel(s->ptrs, bytes, (void *)(s->ptr_array + at * 8))) {
			s->failed = 1;
			return 1;
		}
	}
	page = s->ptrs[at & (PTRS_PER_READ - 1)];
	if (!page) /* since 6.12 the unpin functions pass over empty places */
		return 0;
	if (s->folios)
		add_folio(s, page, 1, w->pin);
	else
		add_page(s, page, w->pin);
	return 0;
}

static long walk_batch(u32 round, struct walk *w)
{
	u64 left;

	w->base = (u64)round * LOOP_MAX;
	left = w->s->nr - w->base;
	bpf_loop(left < LOOP_MAX ? left : LOOP_MAX, walk_step, w, 0);
	return w->s->failed != 0;
}

static __always_inline void walk__begin(struct slot *s)
{
	s->nr_runs = 0;
	s->run_pfn = 0;
	s->run_end = 0;
	s->run_limit = 0;
	s->zero_pages = 0;
	s->failed = 0;
	s->folios = 0;
}

/* `nr` pointers to struct page (or struct folio) at `array`. */
static __always_inline void walk__list(struct slot *s, u64 array, u64 nr, bool folios, bool pin)
{
	struct walk w = { .s = s, .pin = pin };

	s->ptr_array = array;
	s->nr = nr;
	s->folios = folios;
	if (nr <= LOOP_MAX)
		bpf_loop(nr, walk_step, &w, 0);
	else
		bpf_loop((nr + LOOP_MAX - 1) / LOOP_MAX, walk_batch, &w, 0);
}

static long range_step(u32 i, struct walk *w)
{
	struct slot *s = w->s;
	u64 page = s->ptr_array, left = s->nr, room;
	u64 pfn = page_pfn(page);

	run__close(s, w->pin);
	run__open(s, page, pfn);
	room = s->run_limit - pfn;
	if (room > left)
		room = left;
	s->run_end = pfn + room;
	s->nr = left - room;
	s->ptr_array = page + (room << cfg_page_struct_shift);
	return s->nr == 0;
}

/* `nr` consecutive pages from `page` on. */
static __always_inline void walk__range(struct slot *s, u64 page, u64 nr, bool pin)
{
	struct walk w = { .s = s, .pin = pin };

	if (nr == 1) {
		add_page(s, page, pin);
		return;
	}
	s->ptr_array = page;
	s->nr = nr;
	bpf_loop((nr >> 9) + 2, range_step, &w, 0);
}

static __always_inline void walk(struct slot *s, struct call *c, bool pin)
{
	walk__begin(s);
	switch (c->unit) {
	case UNIT_PAGES:
		walk__list(s, c->addr, c->nr, false, pin);
		break;
	case UNIT_FOLIOS:
		walk__list(s, c->addr, c->nr, true, pin);
		break;
	case UNIT_RANGE:
		walk__range(s, c->addr, c->nr, pin);
		break;
	case UNIT_FOLIO:
		/* an order-0 folio is a page: then its identity is known, and it may be the zero page */
		s->folios = 1;
		add_folio(s, c->addr, c->nr, pin);
		break;
	}
}

static __always_inline void finish(struct slot *s, bool pin)
{
	run__close(s, pin);
	if (s->failed) {
		count_loss(LOSS_PAGE_READ);
		if (pin)
			s->pin.flags |= PIN_F_TRUNCATED;
		else
			s->unpin.flags |= PIN_F_TRUNCATED;
	}
	/* nothing but zero pages: nothing happened; all in earlier chunks: end the call */
	if (s->nr_runs || s->failed || (pin ? s->pin.flags : s->unpin.flags) & PIN_F_NEXT)
		slot__flush(s, pin, false);
}

/* Turns a call's pages into runs behind the record head that is in `s`, and sends it. */
__noinline int walk_call(struct slot *s, struct call *c, u32 pin)
{
	if (!s || !c)
		return 0;
	walk(s, c, pin);
	finish(s, pin);
	return 0;
}

#endif
