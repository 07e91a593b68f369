/* SPDX-License-Identifier: GPL-2.0 */
/* Which zone and NUMA node page frames are in, as /proc/zoneinfo has it. */
#ifndef PINACCT_MEMORY_ZONES_H
#define PINACCT_MEMORY_ZONES_H

#include <stddef.h>
#include <stdio.h>
#include <pinacct/wire.h>

struct memory_zone {
	u64 start, end; /* page frames, end is the first one behind */
	u16 node;
	u8 zone; /* enum page_zone */
};

struct memory_zones {
	struct memory_zone *at;
	size_t nr, cap;
};

/* 0, -ENOENT when the text names no zone that has memory, or -ENOMEM. */
int memory_zones__parse(struct memory_zones *z, FILE *zoneinfo);
int memory_zones__read(struct memory_zones *z);
void memory_zones__deinit(struct memory_zones *z);
/* NULL = in none. Where spans of zones overlap, as nodes' may, the smallest that has it. */
const struct memory_zone *memory_zones__find(const struct memory_zones *z, u64 pfn);

#endif
