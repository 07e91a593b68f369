/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Why the kernel does not let us trace, or would not: each answer is one line with the reason and
 * what to do about it.
 */
#ifndef PINACCT_REFUSAL_H
#define PINACCT_REFUSAL_H

#include <stddef.h>

/*
 * Looks at what can be told before anything is tried: /proc and /sys, user namespace, capabilities,
 * lockdown. 0, or negative errno (-EPERM or -ENOENT) with the line in err.
 */
int refusal__look(char *err, size_t err_sz);
/*
 * What keeps programs on functions from being attached, or from running once they are: the BPF JIT,
 * function tracing or kprobes are off. NULL = nothing that is known.
 */
const char *refusal__hooks_off(void);
/* Why bpf() said `err` (negative errno) to us all the same. Returns it, as user space has it. */
int refusal__explain(int err, char *buf, size_t sz);

#endif
