/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Reading the kernel's memory at an address that is only a number.
 *
 * bpf_probe_read_kernel() costs some hundred instructions however little it reads; a load through a
 * pointer that bpf_rdonly_cast() (6.2, fd264ca02094) made of the number some eight, as the JIT
 * makes it a plain load with a check. Both read zero, or fail, where there is no memory.
 */
#ifndef PINACCT_LOAD_BPF_H
#define PINACCT_LOAD_BPF_H

#include "kernel_types.h"
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>

extern void *bpf_rdonly_cast(const void *obj, u32 btf_id) __ksym __weak;

/*
 * Came with it, in 6.2 (f0c5941ff5b2): a test that costs nothing, as CO-RE makes a constant of it.
 */
#define have_cast() bpf_core_type_exists(struct bpf_list_head)

/* A function, or its variable would be initialised where there is no need of it, too. */
static __noinline u64 probed_word_at(u64 addr)
{
	u64 v = 0;

	bpf_probe_read_kernel(&v, sizeof(v), (void *)addr);
	return v;
}

/* Eight bytes; any struct with such a first member would do. */
static __always_inline u64 word_at(u64 addr)
{
	if (have_cast()) {
		struct timespec64 *t =
			bpf_rdonly_cast((void *)addr, bpf_core_type_id_kernel(struct timespec64));

		return t->tv_sec;
	}
	return probed_word_at(addr);
}

#endif
