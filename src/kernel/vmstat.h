/* SPDX-License-Identifier: GPL-2.0 */
/* The outside witness: the kernel's own count of pins. */
#ifndef PINACCT_VMSTAT_H
#define PINACCT_VMSTAT_H

#include <pinacct/types.h>

/*
 * nr_foll_pin_acquired and _released since boot, in pages, after folding the per-CPU deltas by
 * writing /proc/sys/vm/stat_refresh (without it they lag; KERNEL.md 3.2). 0, or -ENOENT when the
 * kernel has no such counters, or another negative errno.
 */
int vmstat__read(u64 *acquired, u64 *released);

#endif
