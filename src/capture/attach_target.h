/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Tells libbpf which function a program is for. Left to itself libbpf (1.1) compares names from the
 * begin of BTF for each program anew, a twentieth of our start; the kernel's functions are in an
 * index already (kernel.h).
 */
#ifndef PINACCT_ATTACH_TARGET_H
#define PINACCT_ATTACH_TARGET_H

#include "kernel/kernel.h"

struct bpf_program;

/*
 * From here to attach_target__end() objects that are opened have their fentry and fexit programs
 * served by `k`, which must outlive them. Of the whole process, as libbpf keeps it. 0 or negative
 * errno.
 */
int attach_target__begin(const struct kernel *k);
void attach_target__end(void);

/*
 * Between open and load, of a program whose function may be a module's: libbpf is to look for it. 0
 * or negative errno.
 */
int attach_target__find(const struct kernel *k, struct bpf_program *prog, const char *symbol);

#endif
