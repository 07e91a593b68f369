/* SPDX-License-Identifier: GPL-2.0 */
/*
 * PID namespaces: programs see the numbers of the initial one (task->pid, task->tgid,
 * bpf_get_current_pid_tgid()); the user of a tool that runs in another one knows its numbers.
 */
#ifndef PINACCT_PID_NS_BPF_H
#define PINACCT_PID_NS_BPF_H

#include "kernel_types.h"
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>
#include <pinacct/bpf_shared.h>

/* That of the task itself: the last one of those that it has a number in. */
static __always_inline void pid_ns__of(const struct task_struct *task, struct pid_ns *out)
{
	u32 step = bpf_core_type_size(struct upid);
	u64 pid, upid, ns = 0;
	u32 level = 0;

	pid = (u64)BPF_CORE_READ(task, thread_pid);
	bpf_probe_read_kernel(&level, sizeof(level),
			      (void *)(pid + bpf_core_field_offset(struct pid, level)));
	upid = pid + bpf_core_field_offset(struct pid, numbers) + (u64)level * step;
	bpf_probe_read_kernel(&ns, sizeof(ns),
			      (void *)(upid + bpf_core_field_offset(struct upid, ns)));
	out->addr = ns;
	out->level = level;
}

/* The task's number in that namespace; 0 = it is not in there. */
static __always_inline u32 pid_ns__number(const struct pid_ns *in, const struct task_struct *task)
{
	u32 step = bpf_core_type_size(struct upid), level = 0, nr = 0;
	u64 pid, upid, ns = 0;

	pid = (u64)BPF_CORE_READ(task, thread_pid);
	bpf_probe_read_kernel(&level, sizeof(level),
			      (void *)(pid + bpf_core_field_offset(struct pid, level)));
	if (level < in->level)
		return 0;
	upid = pid + bpf_core_field_offset(struct pid, numbers) + (u64)in->level * step;
	bpf_probe_read_kernel(&ns, sizeof(ns),
			      (void *)(upid + bpf_core_field_offset(struct upid, ns)));
	if (ns != in->addr)
		return 0;
	bpf_probe_read_kernel(&nr, sizeof(nr),
			      (void *)(upid + bpf_core_field_offset(struct upid, nr)));
	return nr;
}

/* Fills the record of a task; its header's rest is the caller's. False: it is not in there. */
static __always_inline bool pid_ns__tell(const struct pid_ns *in, const struct task_struct *task,
					 struct rec_ns_pid *r)
{
	const struct task_struct *leader = BPF_CORE_READ(task, group_leader);

	r->h.sz = sizeof(*r);
	r->h.kind = REC_NS_PID;
	r->h.ts_ns = bpf_ktime_get_ns();
	r->tid = BPF_CORE_READ(task, pid);
	r->tgid = BPF_CORE_READ(task, tgid);
	r->ns_tid = pid_ns__number(in, task);
	r->ns_tgid = pid_ns__number(in, leader);
	return r->ns_tid;
}

#endif
