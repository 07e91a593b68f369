// SPDX-License-Identifier: GPL-2.0
/*
 * The tasks of the reader's PID namespace, each by both of its numbers. Loaded only where these
 * differ. A task iterator shows the tasks of its reader's namespace (kernel/bpf/task_iter.c).
 */
#include "kernel_types.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>
#include "pid_ns.bpf.h"

char LICENSE[] SEC("license") = "GPL";

const volatile u64 cfg_ns_addr = 0;
const volatile u32 cfg_ns_level = 0;

SEC("iter/task")
int tell_task(struct bpf_iter__task *ctx)
{
	struct pid_ns ns = { .addr = cfg_ns_addr, .level = cfg_ns_level };
	const struct task_struct *task = ctx->task; /* NULL: there are no more */
	struct rec_ns_pid r = {};

	if (task && pid_ns__tell(&ns, task, &r))
		bpf_seq_write(ctx->meta->seq, &r, sizeof(r));
	return 0;
}
