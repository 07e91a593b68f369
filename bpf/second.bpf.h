/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Two programs on a function, so that none of its calls is missed.
 *
 * The kernel does not run a program that is already running on its CPU: an interrupt that releases
 * a bio while a task is inside the same program loses every release of that bio, and so does a task
 * that preempts another there (KERNEL.md 1.4; hundreds of lost releases in one fio run on 7.2).
 * It counts per program. So a second program is attached behind the first: the first marks each
 * call that it takes care of, and where there is no mark the second hands the call to the first's
 * code by a tail call, which the kernel always lets pass. Its count of what the first was kept
 * from, less what the second did in its place, is what was lost, and no more than what the second
 * was kept from (counters.c): almost always zero.
 *
 * The mark is the address of the call's context, which is on the stack, and is kept where nothing
 * can come between the two programs: for a softirq and a hardirq per CPU; for a task per CPU too
 * where the kernel does not preempt itself, else per thread.
 */
#ifndef PINACCT_SECOND_BPF_H
#define PINACCT_SECOND_BPF_H

#include "kernel_types.h"
#include "context.bpf.h"
#include "walk.bpf.h"

/*
 * A mark that the second program leaves for the first's code: so much above the context's address.
 */
#define HANDED_OVER 1

static __always_inline u64 *irq_mark(u32 count)
{
	u32 key = 2 * bpf_get_smp_processor_id() + !(count & IN_HARDIRQ_MASK);

	return bpf_map_lookup_elem(&irq_marks, &key);
}

static __always_inline u64 *task_mark(void)
{
	u32 key = cfg_preemptible ? bpf_get_current_task_btf()->pid : bpf_get_smp_processor_id();

	return bpf_map_lookup_elem(&task_marks, &key);
}

/*
 * `irq`: it may be the call of an interrupt. To look costs the two programs 60 instructions (7.2),
 * so only then.
 */
static __always_inline u64 *call_mark(bool irq)
{
	u32 count = irq ? preempt_count() : 0;

	return count & (IN_SOFTIRQ_MASK | IN_HARDIRQ_MASK) ? irq_mark(count) : task_mark();
}

/*
 * Asked by the first program: is this call to be recorded here? If no mark can be left it is the
 * second's.
 */
static __always_inline bool claim(void *ctx, bool irq)
{
	u64 *mark;

	if (recording == RECORDING_BY_FIRST)
		return true;
	mark = call_mark(irq);
	if (!mark)
		return false;
	if (*mark - HANDED_OVER == (u64)ctx) {
		*mark = 0;
		return true;
	}
	if (recording == RECORDING_BY_SECOND)
		return false;
	*mark = (u64)ctx;
	return true;
}

/* Asked by the second: the place for a mark, if the first was kept from this call; else NULL. */
static __always_inline u64 *unclaimed(void *ctx, u32 hook, bool irq)
{
	struct cpu_counters *c;
	u64 *mark;

	if (recording == RECORDING_BY_FIRST)
		return NULL;
	mark = call_mark(irq);
	if (!mark) {
		count_loss(LOSS_STASH); /* was the first there? That it may be lost is said */
		return NULL;
	}
	if (*mark == (u64)ctx) {
		*mark = 0;
		return NULL;
	}
	c = cpu_counters();
	if (c)
		__sync_fetch_and_add(&c->by_second[hook & (HOOK_ID_MAX - 1)], 1);
	return mark;
}

/*
 * For a task's call that each of two programs does itself; where tasks are not preempted there is
 * one.
 */
static __always_inline bool claim_of_pair(void *ctx, u32 hook, bool first)
{
	if (!cfg_preemptible)
		return first;
	return first ? claim(ctx, false) : unclaimed(ctx, hook, false) != NULL;
}

/*
 * User space makes a pin and lets it go: who is there, and in which order? It is the kernel's
 * affair, not assumed.
 */
static __always_inline bool probing(void)
{
	return probe_tgid && probe_tgid == bpf_get_current_pid_tgid() >> 32;
}

static __always_inline int note_nothing(bool first)
{
	return 0;
}

static __always_inline bool any_call(void *ctx)
{
	return true;
}

static __always_inline int note_order(bool first)
{
	if (!probing())
		return 0;
	if (first)
		order_first = ++order_next;
	else
		order_second = ++order_next;
	return 0;
}

static __always_inline int note_own_pin(bool first)
{
	if (first && probing())
		saw_own_pin++;
	return 0;
}

static __always_inline int note_dirty_lock(bool first)
{
	if (first && probing())
		saw_dirty_lock++;
	return 0;
}

static __always_inline int note_inner_unpin(bool first)
{
	if (first && probing())
		saw_inner_unpin = saw_dirty_lock;
	return 0;
}

#endif
