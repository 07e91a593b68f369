// SPDX-License-Identifier: GPL-2.0
/*
 * The kernel's symbols in the format of /proc/kallsyms, for where that shows zeroes in place of
 * addresses: with kernel.kptr_restrict=2 to everybody, else to those without CAP_SYSLOG. A program
 * that may trace (CAP_BPF and CAP_PERFMON) reads any address in the kernel anyway. The iterator
 * came with 6.0 (647cafa22349 ("bpf: add a ksym BPF iterator")).
 */
#include "kernel_types.h"
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

char LICENSE[] SEC("license") = "GPL";

SEC("iter/ksym")
int tell_symbol(struct bpf_iter__ksym *ctx)
{
	struct seq_file *seq = ctx->meta->seq;
	struct kallsym_iter *sym = ctx->ksym; /* NULL: there are no more */

	if (!sym)
		return 0;
	if (sym->module_name[0])
		BPF_SEQ_PRINTF(seq, "%llx %c %s\t[%s]\n", sym->value, sym->type, sym->name,
			       sym->module_name);
	else
		BPF_SEQ_PRINTF(seq, "%llx %c %s\n", sym->value, sym->type, sym->name);
	return 0;
}
