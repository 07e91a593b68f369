// SPDX-License-Identifier: GPL-2.0
#include <dirent.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include "kernel/disk_io.h"

#define MINOR_BITS 20

/* "READS WRITES" */
static bool read_inflight(const char *path, u64 *sum)
{
	u64 reads, writes;
	FILE *f = fopen(path, "re");
	bool got;

	if (!f)
		return false;
	got = fscanf(f, "%" SCNu64 " %" SCNu64, &reads, &writes) == 2;
	fclose(f);
	if (got)
		*sum += reads + writes;
	return got;
}

static u64 of_all_devices(void)
{
	DIR *dir = opendir("/sys/block");
	const struct dirent *entry;
	char path[320];
	u64 sum = 0;

	if (!dir)
		return 0;
	while ((entry = readdir(dir))) {
		if (entry->d_name[0] == '.')
			continue;
		snprintf(path, sizeof(path), "/sys/block/%s/inflight", entry->d_name);
		read_inflight(path, &sum);
	}
	closedir(dir);
	return sum;
}

u64 disk_io__in_flight(u32 dev)
{
	char path[64];
	u64 nr = 0;

	snprintf(path, sizeof(path), "/sys/dev/block/%u:%u/inflight", dev >> MINOR_BITS,
		 dev & ((1u << MINOR_BITS) - 1));
	return read_inflight(path, &nr) ? nr : of_all_devices();
}
