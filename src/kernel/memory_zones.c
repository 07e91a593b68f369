// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "base/array.h"
#include "kernel/memory_zones.h"

static u8 zone_by_name(const char *name)
{
	static const char *const names[] = {
#define X(id, number, name) [number] = name,
		PINACCT_PAGE_ZONES(X)
#undef X
	};

	for (size_t i = 1; i < PAGE_ZONE_MAX; i++)
		if (!strcmp(names[i], name))
			return i;
	return PAGE_ZONE_UNKNOWN;
}

static int add(struct memory_zones *z, struct memory_zone zone)
{
	if (zone.zone == PAGE_ZONE_UNKNOWN || zone.start >= zone.end)
		return 0;
	if (ARRAY_GROW(z->at, z->nr, z->cap))
		return -ENOMEM;
	z->at[z->nr++] = zone;
	return 0;
}

/* A zone begins with "Node 0, zone   Normal" and ends with "start_pfn: 1048576". */
int memory_zones__parse(struct memory_zones *z, FILE *zoneinfo)
{
	struct memory_zone zone = { 0 };
	unsigned long long number, spanned = 0;
	char line[256], name[32];
	unsigned node;
	int err = 0;

	*z = (struct memory_zones){ 0 };
	while (!err && fgets(line, sizeof(line), zoneinfo)) {
		if (sscanf(line, "Node %u, zone %31s", &node, name) == 2) {
			zone = (struct memory_zone){ .node = node, .zone = zone_by_name(name) };
			spanned = 0;
		} else if (sscanf(line, " spanned %llu", &number) == 1) {
			spanned = number;
		} else if (sscanf(line, " start_pfn: %llu", &number) == 1) {
			zone.start = number;
			zone.end = number + spanned;
			err = add(z, zone);
		}
	}
	if (!err && !z->nr)
		err = -ENOENT;
	if (err)
		memory_zones__deinit(z);
	return err;
}

int memory_zones__read(struct memory_zones *z)
{
	FILE *f = fopen("/proc/zoneinfo", "re");
	int err;

	*z = (struct memory_zones){ 0 };
	if (!f)
		return -errno;
	err = memory_zones__parse(z, f);
	fclose(f);
	return err;
}

void memory_zones__deinit(struct memory_zones *z)
{
	free(z->at);
	*z = (struct memory_zones){ 0 };
}

const struct memory_zone *memory_zones__find(const struct memory_zones *z, u64 pfn)
{
	const struct memory_zone *found = NULL;

	for (size_t i = 0; i < z->nr; i++) {
		const struct memory_zone *zone = &z->at[i];

		if (pfn < zone->start || pfn >= zone->end)
			continue;
		if (!found || zone->end - zone->start < found->end - found->start)
			found = zone;
	}
	return found;
}
