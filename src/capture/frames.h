/* SPDX-License-Identifier: GPL-2.0 */
/* What of a kernel stack, as the unwinder found it, is the kernel's own doing. */
#ifndef PINACCT_FRAMES_H
#define PINACCT_FRAMES_H

#include <stdbool.h>
#include <pinacct/types.h>

struct ksyms;

/* Is there a frame that ks has no name for, so that a newer table may be needed? */
bool frames__any_unknown(const struct ksyms *ks, const u64 *ips, u16 nr);

/*
 * Takes out of ips[0..nr), leaf first, and returns how many are left:
 * - BPF programs and trampolines, ours and others';
 * - the frame that a trampoline leaves in the function that it traces. fexit makes the trampoline
 *   call the rest of the function, so that the function is in the stack twice: where it is, and
 *   behind its entry's call of the trampoline;
 * - the task below an interrupt, which has nothing to do with it.
 */
u16 frames__keep_kernel(const struct ksyms *ks, u64 *ips, u16 nr);

/*
 * What is said in place of a name that is the stub of another tracer: it stands where the caller's
 * address was, which only that tracer knows. NULL = it is no such stub.
 */
const char *frames__hidden_caller(const char *name);

#endif
