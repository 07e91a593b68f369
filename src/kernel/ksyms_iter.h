/* SPDX-License-Identifier: GPL-2.0 */
#ifndef PINACCT_KSYMS_ITER_H
#define PINACCT_KSYMS_ITER_H

/*
 * A file that reads as /proc/kallsyms does, with addresses whatever kernel.kptr_restrict is: a BPF
 * iterator (bpf/ksyms.bpf.c). The caller closes it. A descriptor, or negative errno.
 */
int ksyms_iter__open(void);

#endif
