// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <stdio.h>
#include <unistd.h>
#include "kernel/memory_block.h"

#define BLOCKS "/sys/devices/system/memory/"

/* What a file of sysfs has, in hexadecimal without 0x. */
static int read_hex(const char *path, u64 *value)
{
	FILE *f = fopen(path, "re");
	unsigned long long got;
	int n;

	if (!f)
		return -errno;
	n = fscanf(f, "%llx", &got);
	fclose(f);
	if (n != 1)
		return -EINVAL;
	*value = got;
	return 0;
}

/* A block's number is its address divided by the size of blocks, and so is its phys_index. */
int memory_block__pages(u64 nr, u64 page_bytes, u64 *pfn, u64 *pages)
{
	u64 block_bytes, index;
	char path[96];
	int err;

	snprintf(path, sizeof(path), BLOCKS "memory%llu/phys_index", (unsigned long long)nr);
	err = read_hex(path, &index) ?: read_hex(BLOCKS "block_size_bytes", &block_bytes);
	if (err)
		return err;
	*pages = block_bytes / page_bytes;
	*pfn = index * *pages;
	return 0;
}
