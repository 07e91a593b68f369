/* SPDX-License-Identifier: GPL-2.0 */
/* Which page frames are ordinary memory. */
#ifndef PINACCT_MEMORY_RANGES_H
#define PINACCT_MEMORY_RANGES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <pinacct/types.h>

struct memory_range {
	u64 start, end; /* page frames, end is the first one behind */
};

struct memory_ranges {
	struct memory_range *at; /* by address, none touches the next */
	size_t nr, cap;
};

/*
 * The "System RAM" lines of /proc/iomem, whatever they are nested in. 0, -ENOENT when there are
 * none (to one without CAP_SYS_ADMIN all addresses read as 0), or -ENOMEM. Free with
 * memory_ranges__deinit().
 */
int memory_ranges__parse(struct memory_ranges *m, FILE *iomem, u64 page_bytes);
int memory_ranges__read(struct memory_ranges *m);
void memory_ranges__deinit(struct memory_ranges *m);
bool memory_ranges__has(const struct memory_ranges *m, u64 pfn);
u64 memory_ranges__pages(const struct memory_ranges *m);

#endif
