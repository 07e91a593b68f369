/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Two programs on one function, so that none of its calls is missed.
 *
 * The kernel does not run a program that is already running on the same CPU; it only counts that
 * (KERNEL.md 1.4). Without more, an interrupt that releases a bio while a task is inside the same
 * program loses all releases of that bio, and so does a task that preempts another there: one fio
 * run on 7.2 lost hundreds.
 *
 * So a second program is attached that runs behind the first. The first marks each call that it
 * records. Where the second finds no mark, the first was not run, and the second hands the call to
 * the code of the first by a tail call, which the kernel does not refuse.
 *
 * A mark is the address of the call's context, which lies on the stack and so differs between
 * nested calls. It is kept where nothing else can write between the first and the second program of
 * a call: per CPU for a softirq and for a hardirq; for a task per CPU where the kernel does not
 * preempt itself, else per thread.
 *
 * What is lost all the same is told by counters.c: of the calls that the first missed, those that
 * the second did not take over, and at most as many as the second missed itself. Nearly always 0.
 */
#ifndef PINACCT_SECOND_BPF_H
#define PINACCT_SECOND_BPF_H

#include "kernel_types.h"
#include "context.bpf.h"
#include "walk.bpf.h"

/* Added to the context's address in the mark that the second program leaves for the first's code.
 */
#define HANDED_OVER 1

static __always_inline u64 *irq_mark(u32 count)
{
	u32 key = 2 * bpf_get_smp_processor_id() + !(count & cfg_in_hardirq_mask);

	return bpf_map_lookup_elem(&irq_marks, &key);
}

static __always_inline u64 *task_mark(void)
{
	u32 key = cfg_preemptible ? bpf_get_current_task_btf()->pid : bpf_get_smp_processor_id();

	return bpf_map_lookup_elem(&task_marks, &key);
}

/*
 * `irq`: the function can be called by an interrupt. Only then the preempt count is read, as that
 * costs the two programs 60 instructions (7.2).
 */
static __always_inline u64 *call_mark(bool irq)
{
	u32 count = irq ? preempt_count() : 0;

	return count & (IN_SOFTIRQ_MASK | cfg_in_hardirq_mask) ? irq_mark(count) : task_mark();
}

/*
 * For the first program: is it to record this call? If it cannot leave a mark it must not, as the
 * second would record the call once more.
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

/* For the second program: the place for a mark if the first did not run for this call, else NULL.
 */
static __always_inline u64 *unclaimed(void *ctx, u32 hook, bool irq)
{
	struct cpu_counters *c;
	u64 *mark;

	if (recording == RECORDING_BY_FIRST)
		return NULL;
	mark = call_mark(irq);
	if (!mark) {
		count_loss(LOSS_STASH); /* whether the first ran is not known, so report a loss */
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
 * For calls by tasks that each of the two programs records itself, without a tail call. Where tasks
 * are not preempted there is only the first.
 */
static __always_inline bool claim_of_pair(void *ctx, u32 hook, bool first)
{
	if (!cfg_preemptible)
		return first;
	return first ? claim(ctx, false) : unclaimed(ctx, hook, false) != NULL;
}

/*
 * Before recording user space makes pins of its own, and the programs note in which order they ran,
 * as the kernel promises no order.
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
