// SPDX-License-Identifier: GPL-2.0
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include "capture/channels.h"

#define ONLINE_PATH "/sys/devices/system/cpu/online"
#define NO_CHANNEL  (~0u)

/* "3" or "0-3" at *at, which moves behind it and its comma. False: it is neither. */
static bool next_range(const char **at, unsigned long *first, unsigned long *last)
{
	char *end;

	*first = *last = strtoul(*at, &end, 10);
	if (end == *at)
		return false;
	if (*end == '-') {
		*at = end + 1;
		*last = strtoul(*at, &end, 10);
		if (end == *at)
			return false;
	}
	*at = *end == ',' ? end + 1 : end;
	return *end == ',' || *end == '\n' || !*end;
}

/* Channels for the CPUs of the list. Returns how many; 0 = it is no such list. */
static unsigned assign_listed(const char *online, unsigned nr_cpus, u32 *of_cpu)
{
	unsigned long first, last;
	unsigned nr = 0;

	while (*online && *online != '\n') {
		if (!next_range(&online, &first, &last))
			return 0;
		for (unsigned long cpu = first; cpu <= last && cpu < nr_cpus; cpu++)
			if (of_cpu[cpu] == NO_CHANNEL)
				of_cpu[cpu] = nr++;
	}
	return nr;
}

unsigned channels__assign(const char *online, unsigned nr_cpus, u32 *of_cpu)
{
	unsigned nr, later = 0;

	for (unsigned cpu = 0; cpu < nr_cpus; cpu++)
		of_cpu[cpu] = NO_CHANNEL;
	nr = assign_listed(online, nr_cpus, of_cpu);
	if (!nr) {
		for (unsigned cpu = 0; cpu < nr_cpus; cpu++)
			of_cpu[cpu] = cpu;
		return nr_cpus;
	}
	for (unsigned cpu = 0; cpu < nr_cpus; cpu++)
		if (of_cpu[cpu] == NO_CHANNEL)
			of_cpu[cpu] = later++ % nr;
	return nr;
}

unsigned channels__assign_online(unsigned nr_cpus, u32 *of_cpu)
{
	FILE *f = fopen(ONLINE_PATH, "re");
	char list[4096];

	if (!f || !fgets(list, sizeof(list), f))
		list[0] = '\0';
	if (f)
		fclose(f);
	return channels__assign(list, nr_cpus, of_cpu);
}
