/* SPDX-License-Identifier: GPL-2.0 */
/* Arguments of a call that only a pair of kprobes can see, kept from its entry to its return. */
#ifndef PINACCT_STASH_BPF_H
#define PINACCT_STASH_BPF_H

#include "kernel_types.h"
#include <bpf/bpf_tracing.h>
#include "handle.bpf.h"

/*
 * 6.1 on x86 attaches no trampoline to a function of seven arguments (KERNEL.md 1.3): of the two
 * _remote() functions, flags are the fourth and pages the fifth, which are kept until the return.
 * Neither calls the other.
 */
static __always_inline int stash_arguments(struct pt_regs *ctx)
{
	u32 tid = bpf_get_current_pid_tgid();
	struct stash st = { .pages = PT_REGS_PARM5(ctx), .flags = PT_REGS_PARM4(ctx) };

	if (!recording)
		return 0;
	/* one from before: its return was not seen, the kernel had no return probe to spare */
	if (bpf_map_lookup_elem(&stashes, &tid))
		count_loss(LOSS_KRETPROBE);
	if (bpf_map_update_elem(&stashes, &tid, &st, BPF_ANY))
		count_loss(LOSS_STASH);
	return 0;
}

/* False: nothing was kept. */
static __always_inline bool unstash(struct pt_regs *ctx, struct call *c)
{
	u32 tid = bpf_get_current_pid_tgid();
	struct stash *st = bpf_map_lookup_elem(&stashes, &tid);

	note_task(c);
	if (!st)
		return false;
	c->addr = st->pages;
	c->flags = gup_flags(st->flags);
	c->unit = UNIT_PAGES;
	c->nr = PT_REGS_RC(ctx);
	bpf_map_delete_elem(&stashes, &tid);
	return recording;
}

#endif
