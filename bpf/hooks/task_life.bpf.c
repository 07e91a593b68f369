// SPDX-License-Identifier: GPL-2.0
/* Tasks that begin and end, and address spaces that end. */
#include "kernel_types.h"
#include "handle.bpf.h"
#include "program.bpf.h"

/* False: it is not to be recorded, or the other program of the pair has done it. */
static __always_inline bool send_task(void *ctx, u32 kind, u32 hook, struct rec_task *r, bool first)
{
	if (!recording || !claim_of_pair(ctx, hook, first))
		return false;
	r->h.sz = sizeof(*r);
	r->h.kind = kind;
	r->h.cpu = bpf_get_smp_processor_id();
	r->h.ts_ns = bpf_ktime_get_ns();
	if (emit(r, sizeof(*r)))
		count_loss(LOSS_RING_TASK);
	return true;
}

/* Where user space is in a PID namespace: what the task is called in there. */
static __always_inline void send_ns_pid(const struct task_struct *task)
{
	struct rec_ns_pid r = {};

	if (!own_ns.level || !pid_ns__tell(&own_ns, task, &r))
		return;
	r.h.cpu = bpf_get_smp_processor_id();
	if (emit(&r, sizeof(r)))
		count_loss(LOSS_RING_TASK);
}

static __always_inline int sched_process_fork_body(u64 *ctx, bool first)
{
	struct task_struct *child = (struct task_struct *)ctx[1];
	struct rec_task r = {
		.mm = mm_word(child),
		.tid = child->pid,
		.tgid = child->tgid,
		.parent = ((struct task_struct *)ctx[0])->tgid,
	};
	bpf_probe_read_kernel(r.comm, sizeof(r.comm), child->comm);
	if (send_task(ctx, REC_FORK, HOOK_TASK_FORK, &r, first))
		send_ns_pid(child);
	return 0;
}
PAIR(tp_btf, tp, sched_process_fork, sched_process_fork_body)

static __always_inline s32 signal_live(const struct task_struct *task)
{
	u64 signal = word_at((u64)task + bpf_core_field_offset(struct task_struct, signal));

	return int_at(signal, bpf_core_field_offset(struct signal_struct, live));
}

static __always_inline int sched_process_exit_body(u64 *ctx, bool first)
{
	struct task_struct *task = (struct task_struct *)ctx[0];
	struct rec_task r = {
		.mm = mm_word(task),
		.tid = task->pid,
		.tgid = task->tgid,
		/* do_exit() has already taken this thread off signal->live */
		.group_dead = signal_live(task) == 0,
	};
	bpf_probe_read_kernel(r.comm, sizeof(r.comm), task->comm);
	send_task(ctx, REC_EXIT, HOOK_TASK_EXIT, &r, first);
	return 0;
}
PAIR(tp_btf, tp, sched_process_exit, sched_process_exit_body)

static __always_inline int exit_mmap_body(void *ctx, bool first)
{
	u64 id = bpf_get_current_pid_tgid();
	struct rec_task r = { .mm = arg(ctx, 0), .tid = (u32)id, .tgid = id >> 32 };

	bpf_get_current_comm(r.comm, sizeof(r.comm));
	send_task(ctx, REC_MM_GONE, HOOK_MM_GONE, &r, first);
	return 0;
}
PAIR(fentry, fentry, exit_mmap, exit_mmap_body)
