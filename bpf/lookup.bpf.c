// SPDX-License-Identifier: GPL-2.0
/*
 * Run on demand by lookup.c: where the kernel has what, by name. No types of the kernel in here, so
 * that libbpf need not read its BTF for it.
 */
#include "kernel_types.h"
#include <bpf/bpf_helpers.h>
#include <pinacct/bpf_shared.h>

char LICENSE[] SEC("license") = "GPL";

struct named_addr names[LOOKUP_NAMES_MAX];
u32 nr_names;

SEC("syscall")
int look_up(void *ctx)
{
	for (u32 i = 0; i < LOOKUP_NAMES_MAX; i++) {
		struct named_addr *n = &names[i];
		u64 addr = 0;

		if (i >= nr_names)
			break;
		if (bpf_kallsyms_lookup_name(n->name, sizeof(n->name), 0, &addr))
			addr = 0;
		n->addr = addr;
	}
	return 0;
}
