/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Memory blocks: what the kernel takes offline and online as one,
 * /sys/devices/system/memory/memoryN (Documentation/admin-guide/mm/memory-hotplug.rst).
 */
#ifndef PINACCT_MEMORY_BLOCK_H
#define PINACCT_MEMORY_BLOCK_H

#include <pinacct/types.h>

/*
 * Page frames of block `nr`: the first, and how many. 0, or negative errno: -ENOENT where there is
 * no such block, or the kernel knows no blocks (without CONFIG_MEMORY_HOTPLUG).
 */
int memory_block__pages(u64 nr, u64 page_bytes, u64 *pfn, u64 *pages);

#endif
