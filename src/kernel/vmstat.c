// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include "kernel/vmstat.h"

static void refresh(void)
{
	int fd = open("/proc/sys/vm/stat_refresh", O_WRONLY | O_CLOEXEC);

	if (fd < 0)
		return;
	/*
	 * -EINVAL says that some counter was negative; the folding was done all the same
	 * (mm/vmstat.c)
	 */
	if (write(fd, "1", 1) < 0 && errno != EINVAL)
		errno = 0;
	close(fd);
}

int vmstat__read(u64 *acquired, u64 *released)
{
	unsigned long long v;
	int found = 0;
	char name[64];
	FILE *f;

	refresh();
	f = fopen("/proc/vmstat", "re");
	if (!f)
		return -errno;
	while (found < 2 && fscanf(f, "%63s %llu", name, &v) == 2) {
		if (!strcmp(name, "nr_foll_pin_acquired")) {
			*acquired = v;
			found++;
		} else if (!strcmp(name, "nr_foll_pin_released")) {
			*released = v;
			found++;
		}
	}
	fclose(f);
	return found == 2 ? 0 : -ENOENT;
}
