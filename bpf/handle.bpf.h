/* SPDX-License-Identifier: GPL-2.0 */
/*
 * One pin call, one release call: the record, the counters. The programs in hooks/ only
 * decode.
 */
#ifndef PINACCT_HANDLE_BPF_H
#define PINACCT_HANDLE_BPF_H

#include "kernel_types.h"
#include "backing.bpf.h"
#include "context.bpf.h"
#include "stack.bpf.h"
#include "second.bpf.h"
#include "walk.bpf.h"

#define PF_KTHREAD 0x00200000 /* sched.h, all versions */

/*
 * Reads task and mm as typed pointers at the very begin of a program, where one path leads to. For
 * each pointer read through a trusted pointer the verifier searches all of BTF three times
 * (btf_nested_type_is_trusted()), on each path anew, which makes loading slow. Programs of I/O,
 * where many paths meet and a few instructions do not matter, read the mm as a plain word instead
 * (task_mm()).
 */
static __always_inline void note_task(struct call *c)
{
	if (c->io)
		return;
	c->task = bpf_get_current_task_btf();
	c->mm = (u64)c->task->mm;
}

static __always_inline struct task_struct *task_of(const struct call *c)
{
	return c->io ? bpf_get_current_task_btf() : c->task;
}

static __always_inline u64 mm_word(const struct task_struct *task)
{
	return word_at((u64)task + bpf_core_field_offset(struct task_struct, mm));
}

static __always_inline u64 task_mm(const struct task_struct *task, const struct call *c)
{
	return c->io ? mm_word(task) : c->mm;
}

static __always_inline void copy_comm(char *comm, const struct task_struct *task)
{
	((u64 *)comm)[0] = *(const u64 *)&task->comm[0];
	((u64 *)comm)[1] = *(const u64 *)&task->comm[8];
}

static __always_inline void no_context(struct rec_pin *r)
{
	r->bio = 0;
	r->ino = 0;
	r->dev = 0;
	r->iter_kind = 0;
	r->iter_dir = 0;
	r->fs_hook = 0;
	((u64 *)r->fs)[0] = 0;
	((u64 *)r->fs)[1] = 0;
}

static __always_inline void pin_context(struct rec_pin *r, const struct call *c)
{
	struct task_ctx *t = task_ctx__peek();
	u32 depth;

	if (!t)
		return;
	if (t->bio) {
		r->bio = t->bio;
		r->iter_kind = t->bio_iter_kind;
		r->iter_dir = t->bio_iter_dir;
	} else if (t->iter_kind && c->start && (t->iter_addr & ~4095ULL) == (c->start & ~4095ULL)) {
		r->iter_kind = t->iter_kind;
		r->iter_dir = t->iter_dir;
	}
	t->iter_kind = 0;
	depth = t->fs_depth;
	if (depth) {
		struct fs_ctx *fs = &t->fs[(depth - 1 < FS_DEPTH ? depth - 1 : 0) & (FS_DEPTH - 1)];

		if (!r->iter_kind) {
			r->iter_kind = fs->iter_kind;
			r->iter_dir = fs->iter_dir;
		}
		r->ino = fs->ino;
		r->dev = fs->dev;
		r->fs_hook = fs->hook;
		((u64 *)r->fs)[0] = fs->name[0];
		((u64 *)r->fs)[1] = fs->name[1];
	}
}

/* All but size and id. */
static __always_inline void fill_pin(struct rec_pin *r, const struct call *c, u32 cpu,
				     const struct task_struct *task, u64 stack, u64 ustack)
{
	r->h.kind = REC_PIN;
	r->h.cpu = cpu;
	r->stack_id = stack;
	r->ustack_id = ustack;
	r->mm = task_mm(task, c);
	r->cgroup_id = bpf_get_current_cgroup_id();
	r->tid = task->pid;
	r->tgid = task->tgid;
	r->api = c->api;
	r->flags = c->flags | (task->flags & PF_KTHREAD ? PIN_F_KTHREAD : 0);
	r->nr_runs = 1;
	copy_comm(r->comm, task);
	no_context(r);
	if (c->io)
		pin_context(r, c);
	r->h.ts_ns = bpf_ktime_get_ns();
}

static __always_inline void count_pin(struct cpu_counters *k, const struct call *c, u64 skipped)
{
	if (c->unit == UNIT_FOLIO && c->flags & PIN_F_NOVMSTAT)
		__sync_fetch_and_add(&k->added, c->nr - skipped);
	else
		__sync_fetch_and_add(&k->seen_acquired, c->nr - skipped);
	if (skipped)
		__sync_fetch_and_add(&k->zero_acquired, skipped);
}

/* One page, or `pins` pins of one folio. */
static __always_inline void fill_run(struct rec_run *run, u64 page, u64 pins, bool folio, bool pin)
{
	u64 head = page;
	u32 order = 0;
	bool none;
	s32 refs;

	if (is_small(page, &run->pfn, &refs)) {
		none = refs < GUP_PIN_COUNTING_BIAS;
	} else {
		head = folio ? page : page_head(page);
		order = head_order(head);
		none = !pin && shows_no_pin(head, order);
	}
	run->pfn = page_pfn(page);
	run->pages = pins;
	run->order = order;
	run->flags = (folio ? RUN_FOLIO : 0) | (!pin && none ? RUN_NOPIN : 0);
	run->pad = 0;
}

static __always_inline bool is_folio(const struct call *c)
{
	return c->unit == UNIT_FOLIO || c->unit == UNIT_FOLIOS;
}

static __noinline u64 user_stack(void *ctx)
{
	struct slot *s = slot__get();
	u64 id = 0;

	if (!s)
		return 0;
	if (unwind(ctx, s, true))
		id = stack_name(s, true);
	slot__put(s);
	return id;
}

/* Several pages: built in a buffer, sent by the ring. */
static __noinline void pin__head(void *ctx, struct slot *s, u64 stack)
{
	struct cpu_counters *k = cpu_counters();
	u32 cpu = bpf_get_smp_processor_id();

	if (!k)
		return;
	s->pin = true;
	fill_pin(&s->head.pin, &s->call, cpu, bpf_get_current_task_btf(), stack,
		 cfg_user_stacks ? user_stack(ctx) : 0);
	if (wants_backing(s->call.flags))
		name_backing(&s->head.pin, word_at(s->call.addr));
	s->head.pin.call_id = call_id_of_ring(cpu, k);
}

static __always_inline int pin__many(void *ctx, const struct call *c, struct cpu_counters *k,
				     u64 stack)
{
	struct slot *s = slot__get();

	if (!s) {
		count_pin(k, c, 0);
		return 0;
	}
	s->call = *c;
	pin__head(ctx, s, stack);
	walk(s, c->unit);
	count_pin(k, &s->call, s->skipped);
	slot__put(s);
	return 0;
}

static __always_inline int pin__one(void *ctx, const struct call *c, struct cpu_counters *k,
				    u64 page, u64 stack)
{
	u64 ustack = cfg_user_stacks ? user_stack(ctx) : 0, number;
	u32 cpu = bpf_get_smp_processor_id();
	union lane_entry *e;

	count_pin(k, c, 0);
	e = lane__take(k, &number);
	if (!e) {
		k->lost[LOSS_RING_PIN]++;
		return 0;
	}
	fill_pin(&e->pin.pin, c, cpu, task_of(c), stack, ustack);
	if (wants_backing(c->flags))
		name_backing(&e->pin.pin, page);
	e->pin.pin.call_id = call_id_of_lane(cpu, number);
	fill_run(&e->pin.run, page, c->nr, is_folio(c), true);
	lane__give(e, number, sizeof(e->pin));
	return 0;
}

/*
 * Does the function always have one page, or one folio? Known when this is compiled, so that the
 * code for several is left out.
 */
static __always_inline bool has_one(const struct call *c)
{
	return c->unit == UNIT_FOLIO ||
	       (c->unit == UNIT_RANGE && __builtin_constant_p(c->nr) && c->nr == 1);
}

/* The page of a call that has only one, or only one folio. 0 = it has several. */
static __always_inline u64 only_page(const struct call *c)
{
	if (c->unit == UNIT_FOLIO)
		return c->addr;
	if (c->nr != 1)
		return 0;
	if (c->unit == UNIT_RANGE)
		return c->addr;
	return c->unit == UNIT_BVECS ? bvec_page(c->addr, NULL) : word_at(c->addr);
}

/* The first page of a list; 0 = the call has none. */
static __always_inline u64 first_page(const struct call *c)
{
	return c->unit == UNIT_PAGES ? word_at(c->addr) : 0;
}

/* When the call returned: nr > 0 pins were taken. */
static __always_inline int record_pin(void *ctx, struct call *c)
{
	struct cpu_counters *k = cpu_counters();
	u64 page = only_page(c), stack = 0;
	u32 stacks;

	if (!k)
		return 0;
	if (page == zero_page) {
		__sync_fetch_and_add(&k->zero_acquired, c->nr);
		return 0;
	}
	stacks = cfg_stacks;
	if (stacks != STACKS_OFF) {
		stack = kernel_stack(ctx, k, stacks, c->api, 0);
		if (!stack) {
			BRANCH;
			c->flags |= PIN_F_NOSTACK;
		}
	}
	if (cfg_gets)
		c->flags |= of_file(page ? page : first_page(c));
	if (page || has_one(c))
		return pin__one(ctx, c, k, page, stack);
	return pin__many(ctx, c, k, stack);
}

static __always_inline int handle_pin(void *ctx, struct call *c, s64 nr)
{
	note_task(c);
	if (nr <= 0)
		return 0;
	c->nr = nr;
	return record_pin(ctx, c);
}

/* FOLL_WRITE is bit 0 in every version (KERNEL.md 2.1). */
static __always_inline u32 gup_flags(u64 foll)
{
	u32 flags = foll & PIN_F_WRITE;

	if (foll & cfg_foll_longterm) {
		BRANCH;
		flags |= PIN_F_LONGTERM;
	}
	return flags;
}

/* Who releases, and of what: PIN_F_IRQ, PIN_F_KTHREAD, PIN_F_INNER; the bio. */
static __always_inline u32 release_context(const struct call *c, const struct task_struct *task,
					   u64 *bio)
{
	u32 flags = task->flags & PF_KTHREAD ? PIN_F_KTHREAD : 0,
	    count = c->irq ? preempt_count() : 0;
	struct task_ctx *t;

	*bio = c->ctx;
	if (count & (IN_SOFTIRQ_MASK | cfg_in_hardirq_mask)) {
		struct bio_release *irq = c->io && !c->ctx ? irq_release(count) : NULL;

		if (irq)
			*bio = irq->bio;
		return PIN_F_IRQ;
	}
	if ((!c->io || c->ctx) && !guarded_tasks)
		return flags;
	t = task_ctx__peek();
	if (!t)
		return flags;
	if (!*bio)
		*bio = t->release.bio;
	return flags | (t->guard ? PIN_F_INNER : 0);
}

/* All but size and id. */
static __always_inline void fill_unpin(struct rec_unpin *r, const struct call *c, u32 cpu,
				       const struct task_struct *task, u32 flags, u64 bio,
				       u64 stack)
{
	r->h.kind = REC_UNPIN;
	r->h.cpu = cpu;
	r->stack_id = stack;
	r->mm = flags & PIN_F_IRQ ? 0 : task_mm(task, c);
	r->bio = bio;
	r->tid = task->pid;
	r->tgid = task->tgid;
	r->api = c->api;
	r->flags = c->flags | flags;
	r->nr_runs = 1;
	copy_comm(r->comm, task);
	r->h.ts_ns = bpf_ktime_get_ns();
}

static __always_inline void count_unpin(struct cpu_counters *k, const struct call *c, u32 flags,
					u64 skipped)
{
	if (flags & PIN_F_INNER)
		return;
	__sync_fetch_and_add(&k->seen_released, c->nr - skipped);
	if (skipped)
		__sync_fetch_and_add(&k->zero_released, skipped);
}

static __noinline void unpin__head(struct slot *s, u32 flags, u64 bio, u64 stack)
{
	struct cpu_counters *k = cpu_counters();
	u32 cpu = bpf_get_smp_processor_id();

	if (!k)
		return;
	s->pin = false;
	fill_unpin(&s->head.unpin, &s->call, cpu, bpf_get_current_task_btf(), flags, bio, stack);
	s->head.unpin.call_id = call_id_of_ring(cpu, k);
}

static __always_inline int unpin__many(const struct call *c, struct cpu_counters *k, u32 flags,
				       u64 bio, u64 stack)
{
	struct slot *s = slot__get();

	if (!s) {
		count_unpin(k, c, flags, 0);
		return 0;
	}
	s->call = *c;
	unpin__head(s, flags, bio, stack);
	walk(s, c->unit);
	count_unpin(k, &s->call, flags, s->skipped);
	slot__put(s);
	return 0;
}

static __always_inline int unpin__one(const struct call *c, struct cpu_counters *k,
				      const struct task_struct *task, u64 page, u32 flags, u64 bio,
				      u64 stack)
{
	u32 cpu = bpf_get_smp_processor_id();
	union lane_entry *e;
	u64 number;

	count_unpin(k, c, flags, 0);
	e = lane__take(k, &number);
	if (!e) {
		k->lost[LOSS_RING_UNPIN]++;
		return 0;
	}
	fill_unpin(&e->unpin.unpin, c, cpu, task, flags, bio, stack);
	e->unpin.unpin.call_id = call_id_of_lane(cpu, number);
	fill_run(&e->unpin.run, page, c->nr, is_folio(c), false);
	lane__give(e, number, sizeof(e->unpin));
	return 0;
}

/* Before the release: afterwards another CPU may already have pinned the pages anew. */
static __always_inline int record_unpin(void *ctx, struct call *c)
{
	struct cpu_counters *k = cpu_counters();
	struct task_struct *task = task_of(c);
	u64 page = only_page(c), stack = 0, bio;
	u32 flags, stacks;

	if (!k)
		return 0;
	if (page == zero_page) {
		__sync_fetch_and_add(&k->zero_released, c->nr);
		return 0;
	}
	flags = release_context(c, task, &bio);
	stacks = cfg_stacks;
	if (stacks != STACKS_OFF) {
		stack = kernel_stack(ctx, k, stacks, c->api, flags & PIN_F_IRQ);
		if (!stack) {
			BRANCH;
			flags |= PIN_F_NOSTACK;
		}
	}
	if (page || has_one(c))
		return unpin__one(c, k, task, page, flags, bio, stack);
	return unpin__many(c, k, flags, bio, stack);
}

/* Some callers pass an errno as the count, and the kernel ignores such a call (gup.c). */
static __always_inline int handle_unpin(void *ctx, struct call *c)
{
	note_task(c);
	if (!c->nr || c->nr >= (u64)-4095)
		return 0;
	return record_unpin(ctx, c);
}

/* __bio_release_pages() of this bio, its pages not counted yet. */
static __always_inline struct call bio_call(const struct bio *bio, u64 addr)
{
	return (struct call){
		.addr = (u64)bio->bi_io_vec,
		.vecs = bio->bi_vcnt,
		.ctx = addr,
		.api = HOOK_BIO_RELEASE_PAGES,
		.unit = UNIT_BVECS,
		.io = true,
		.irq = true,
	};
}

/*
 * Records all pages of a bio at once, when their release begins. The kernel then calls
 * unpin_user_folio() for each of them (bio.c, __bio_release_pages()), where they are not recorded
 * again (of_recorded_bio()): one program instead of many is cheaper, and less often skipped. Not
 * attached where bios hold no pins (6.1).
 */
static __always_inline int handle_bio_release(void *ctx, const struct bio *bio, u64 addr)
{
	struct call c = bio_call(bio, addr);
	struct bio_release *r;

	c.nr = count_bvec_pages(c.addr, c.vecs);
	r = bio_release(true);
	if (!r || !c.nr)
		return 0; /* each unpin_user_folio() will be recorded by itself */
	r->bio = addr;
	r->left = c.nr;
	return record_unpin(ctx, &c);
}

#endif
