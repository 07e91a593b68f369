/* SPDX-License-Identifier: GPL-2.0 */
/* One pin call, one release call: the record, the counters. The programs in pinacct.bpf.c only decode. */
#ifndef PINACCT_HANDLE_BPF_H
#define PINACCT_HANDLE_BPF_H

#include "context.bpf.h"
#include "stack.bpf.h"
#include "twice.bpf.h"
#include "walk.bpf.h"

/*
 * Programs run with preemption off from their first instruction on (pinacct.bpf.c), so that no other task
 * on the CPU finds them busy. A call longer than this is recorded with preemption on: a
 * registration of a million pages would keep the CPU for too long.
 */
#define LONG_CALL_PAGES 4096

#define PF_KTHREAD 0x00200000 /* sched.h, all versions */

static __always_inline void pin_context(struct slot *s, const struct call *c)
{
	struct task_ctx *t = task_ctx__peek();
	u32 depth;

	if (!t)
		return;
	if (t->bio) {
		s->pin.ctx = t->bio;
		s->pin.iter_kind = t->bio_iter_kind;
		s->pin.iter_dir = t->bio_iter_dir;
	} else if (t->iter_kind && c->start && (t->iter_addr & ~4095ULL) == (c->start & ~4095ULL)) {
		s->pin.iter_kind = t->iter_kind;
		s->pin.iter_dir = t->iter_dir;
	}
	t->iter_kind = 0;
	depth = t->fs_depth;
	if (depth) {
		struct fs_ctx *fs = &t->fs[(depth - 1 < FS_DEPTH ? depth - 1 : 0) & (FS_DEPTH - 1)];

		if (!s->pin.iter_kind) {
			s->pin.iter_kind = fs->iter_kind;
			s->pin.iter_dir = fs->iter_dir;
		}
		s->pin.ino = fs->ino;
		s->pin.dev = fs->dev;
		s->pin.fs_hook = fs->hook;
		__builtin_memcpy(s->pin.fs, fs->name, sizeof(s->pin.fs));
	}
}

static __always_inline void pin_head(void *ctx, struct slot *s, const struct call *c)
{
	struct task_struct *task = bpf_get_current_task_btf();
	u64 id = bpf_get_current_pid_tgid();

	__builtin_memset(&s->pin, 0, sizeof(s->pin));
	s->pin.h.kind = REC_PIN;
	s->pin.h.cpu = bpf_get_smp_processor_id();
	s->pin.call_id = next_call_id();
	s->pin.mm = (u64)task->mm;
	s->pin.cgroup_id = bpf_get_current_cgroup_id();
	s->pin.tid = (u32)id;
	s->pin.tgid = id >> 32;
	s->pin.api = c->api;
	s->pin.flags = c->flags | (task->flags & PF_KTHREAD ? PIN_F_KTHREAD : 0);
	bpf_get_current_comm(s->pin.comm, sizeof(s->pin.comm));
	pin_context(s, c);
	if (cfg_stacks != STACKS_OFF) {
		s->pin.stack_id = kernel_stack(ctx, s, false);
		if (!s->pin.stack_id)
			s->pin.flags |= PIN_F_NOSTACK;
	}
	if (cfg_user_stacks)
		s->pin.ustack_id = user_stack(ctx, s);
	s->pin.h.ts_ns = bpf_ktime_get_ns();
}

static __always_inline void count_pin(const struct call *c, u64 zero_pages)
{
	struct cpu_counters *k = cpu_counters();

	if (!k)
		return;
	__sync_fetch_and_add(&k->seen_acquired, c->nr - zero_pages);
	if (c->flags & PIN_F_NOVMSTAT)
		__sync_fetch_and_add(&k->added, c->nr - zero_pages);
	if (zero_pages)
		__sync_fetch_and_add(&k->zero_acquired, zero_pages);
}

static __noinline int pin__record(void *ctx, struct call *c)
{
	struct slot *s = slot__get();
	u64 zero = 0;

	if (s) {
		pin_head(ctx, s, c);
		walk_call(s, c, true);
		zero = s->zero_pages;
		slot__put(s);
	}
	count_pin(c, zero);
	return 0;
}

/* When the call returned: nr > 0 pins were taken. */
static __always_inline int record_pin(void *ctx, struct call *c, s64 nr)
{
	if (!recording || nr <= 0)
		return 0;
	c->nr = nr;
	if (cfg_have_preempt_kfunc && c->nr > LONG_CALL_PAGES) {
		bpf_preempt_enable();
		pin__record(ctx, c);
		bpf_preempt_disable();
	} else {
		pin__record(ctx, c);
	}
	return 0;
}

/* `first`: see twice.bpf.h. */
static __always_inline int handle_pin(void *ctx, struct call *c, s64 nr, bool first)
{
	return recording && nr > 0 && claim(ctx, first) ? record_pin(ctx, c, nr) : 0;
}

static __always_inline u32 gup_flags(u64 foll)
{
	return (foll & cfg_foll_write ? PIN_F_WRITE : 0) |
	       (foll & cfg_foll_longterm ? PIN_F_LONGTERM : 0);
}

static __always_inline void unpin_head(void *ctx, struct slot *s, const struct call *c)
{
	struct task_struct *task = bpf_get_current_task_btf();
	u64 id = bpf_get_current_pid_tgid();

	__builtin_memset(&s->unpin, 0, sizeof(s->unpin));
	s->unpin.h.kind = REC_UNPIN;
	s->unpin.h.cpu = bpf_get_smp_processor_id();
	s->unpin.call_id = next_call_id();
	s->unpin.tid = (u32)id;
	s->unpin.tgid = id >> 32;
	s->unpin.api = c->api;
	s->unpin.flags = c->flags;
	bpf_get_current_comm(s->unpin.comm, sizeof(s->unpin.comm));
	if (in_interrupt()) {
		struct irq_ctx *irq = irq_ctx();

		s->unpin.flags |= PIN_F_IRQ;
		s->unpin.ctx = irq ? irq->bio : 0;
	} else {
		struct task_ctx *t = task_ctx__peek();

		s->unpin.mm = (u64)task->mm;
		if (task->flags & PF_KTHREAD)
			s->unpin.flags |= PIN_F_KTHREAD;
		if (t) {
			s->unpin.ctx = t->release_bio;
			if (t->guard)
				s->unpin.flags |= PIN_F_INNER;
		}
	}
	if (cfg_stacks != STACKS_OFF) {
		s->unpin.stack_id = kernel_stack(ctx, s, s->unpin.flags & PIN_F_IRQ);
		if (!s->unpin.stack_id)
			s->unpin.flags |= PIN_F_NOSTACK;
	}
	s->unpin.h.ts_ns = bpf_ktime_get_ns();
}

static __noinline int unpin__record(void *ctx, struct call *c)
{
	struct slot *s = slot__get();
	struct cpu_counters *k = cpu_counters();
	u64 zero = 0;
	bool inner = false;

	if (s) {
		unpin_head(ctx, s, c);
		inner = s->unpin.flags & PIN_F_INNER;
		walk_call(s, c, false);
		zero = s->zero_pages;
		slot__put(s);
	}
	if (k && !inner) {
		__sync_fetch_and_add(&k->seen_released, c->nr - zero);
		if (zero)
			__sync_fetch_and_add(&k->zero_released, zero);
	}
	return 0;
}

/* Is there anything to record? Callers hand on an errno as a count: the kernel ignores it (IS_ERR_VALUE in mm/gup.c). */
static __always_inline bool releases(const struct call *c)
{
	return recording && c->nr && c->nr < (u64)-4095;
}

/* Before the release: afterwards another CPU may already have pinned the pages anew. */
static __always_inline int record_unpin(void *ctx, struct call *c)
{
	if (cfg_have_preempt_kfunc && c->nr > LONG_CALL_PAGES) {
		bpf_preempt_enable();
		unpin__record(ctx, c);
		bpf_preempt_disable();
	} else {
		unpin__record(ctx, c);
	}
	return 0;
}

static __always_inline int handle_unpin(void *ctx, struct call *c, bool first)
{
	return releases(c) && claim(ctx, first) ? record_unpin(ctx, c) : 0;
}

#endif
