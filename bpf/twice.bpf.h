/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Two programs on each busy function, so that none of its calls is missed.
 *
 * The kernel does not run a program that is already running on its CPU: an interrupt that
 * releases a bio while a task is inside the same program loses every release of that bio, and so does a task that
 * preempts another there (KERNEL-FACTS 0.6; hundreds of lost releases in one fio run on 7.2). It
 * counts per program. So a second program with the same work is attached behind the first: the first marks each
 * call that it takes care of, and the second does the work when there is no mark.
 *
 * The mark is the address of the call's context, on the stack, and is kept where nothing can come
 * between the two programs: per task, or per CPU for a softirq and for a hardirq.
 */
#ifndef PINACCT_TWICE_BPF_H
#define PINACCT_TWICE_BPF_H

#include "context.bpf.h"

static __always_inline u64 *call_mark(void)
{
	u32 count = preempt_count();

	if (count & (IN_SOFTIRQ_MASK | IN_HARDIRQ_MASK)) {
		struct irq_ctx *irq = irq_ctx();

		if (!irq)
			return NULL;
		if (count & IN_HARDIRQ_MASK)
			return &irq->hardirq_mark;
		return &irq->softirq_mark;
	} else {
		struct task_ctx *t = task_ctx__get();

		return t ? &t->mark : NULL;
	}
}

/* Is this call ours to record? Exactly one of its two programs is told so. */
static __always_inline bool claim(void *ctx, bool first)
{
	u64 *mark;

	if (!twice)
		return first;
	mark = call_mark();
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
	return true;
}

/* The order in which the two run is the kernel's affair: seen, not assumed, before they are relied upon. */
static __always_inline void note_order(bool first)
{
	if (!order_probe_tgid || order_probe_tgid != bpf_get_current_pid_tgid() >> 32)
		return;
	if (first)
		order_first = ++order_next;
	else
		order_second = ++order_next;
}

#endif
