/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Two programs on a function, so that none of its calls is missed.
 *
 * The kernel does not run a program that is already running on its CPU: an interrupt that
 * releases a bio while a task is inside the same program loses every release of that bio, and so does a task that
 * preempts another there (KERNEL-FACTS 0.6; hundreds of lost releases in one fio run on 7.2). It
 * counts per program. So a second program is attached behind the first: the first marks each
 * call that it takes care of, and the second takes care of it when there is no mark. The kernel's count of what the first
 * was kept from, less what the second did in its place, is what was lost: exact, and almost always zero.
 * The work itself is in a third program, to which both go by a tail call: it is large, and the kernel's work to load it is
 * what our start takes.
 *
 * The mark is the address of the call's context, which is on the stack, and is kept where nothing can come between
 * the two programs: for a softirq and a hardirq per CPU; for a task per CPU too where the
 * kernel does not preempt itself, else per thread.
 */
#ifndef PINACCT_TWICE_BPF_H
#define PINACCT_TWICE_BPF_H

#include "context.bpf.h"
#include "walk.bpf.h"

/* `irq`: it may be the call of an interrupt. To look costs the two programs 60 instructions of 292 (7.2), so only then. */
static __always_inline u64 *call_mark(bool irq)
{
	u32 count = irq ? preempt_count() : 0, cpu = bpf_get_smp_processor_id(), key;

	if (count & IN_HARDIRQ_MASK)
		key = 2 * cpu;
	else if (count & IN_SOFTIRQ_MASK)
		key = 2 * cpu + 1;
	else
		key = 2 * cfg_nr_cpus + (cfg_marks_by_tid ? (u32)bpf_get_current_pid_tgid() : cpu);
	return bpf_map_lookup_elem(&marks, &key);
}

/*
 * Is this call ours to record? Exactly one of its two programs is told so. To be asked before anything else, as
 * the kernel's count, too, is of all calls.
 */
static __always_inline bool claim(void *ctx, u32 hook, bool irq, bool first)
{
	struct cpu_counters *c;
	u64 *mark;

	if (!(irq || cfg_twice_tasks) || !twice)
		return first;
	mark = call_mark(irq);
	if (!mark) {
		/* the first leaves it to the second; the second cannot know, and says that it may be lost */
		if (!first)
			count_loss(LOSS_STASH);
		return false;
	}
	if (first) {
		*mark = (u64)ctx;
		return true;
	}
	if (*mark == (u64)ctx) {
		*mark = 0;
		return false;
	}
	c = cpu_counters();
	if (c)
		__sync_fetch_and_add(&c->again[hook & (HOOK_ID_MAX - 1)], 1);
	return true;
}

/* User space makes a pin and lets it go: who is there, and in which order? It is the kernel's affair, not assumed. */
static __always_inline bool probing(void)
{
	return probe_tgid && probe_tgid == bpf_get_current_pid_tgid() >> 32;
}

static __always_inline int note_nothing(bool first)
{
	return 0;
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
