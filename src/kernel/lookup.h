/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Where the kernel has what, asked of the kernel itself: to read the whole of /proc/kallsyms for it
 * costs some 500 million instructions (6.12), which is a fifth of the tool's start.
 */
#ifndef PINACCT_LOOKUP_H
#define PINACCT_LOOKUP_H

#include <pinacct/bpf_shared.h>

/* Puts the name in. Longer ones than fit are not looked up: addr stays 0. */
void lookup__name(struct named_addr *n, const char *name);
/*
 * Fills in the addresses of n names, vmlinux's and modules', functions and variables; of several
 * with one name the first. 0, or negative errno: -ENOTSUP where each name would be looked for among
 * all symbols (before 6.2, 60443c88f3a8 ("kallsyms: Improve the performance of
 * kallsyms_lookup_name()")), -EPERM, -E2BIG, what bpf() says.
 */
int lookup__addrs(struct named_addr *names, u32 n);

#endif
