// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "base/array.h"
#include "kernel/memory_ranges.h"

static int add(struct memory_ranges *m, u64 start, u64 end)
{
	if (start >= end)
		return 0;
	if (m->nr && start <= m->at[m->nr - 1].end && start >= m->at[m->nr - 1].start) {
		if (end > m->at[m->nr - 1].end)
			m->at[m->nr - 1].end = end;
		return 0;
	}
	if (ARRAY_GROW(m->at, m->nr, m->cap))
		return -ENOMEM;
	m->at[m->nr++] = (struct memory_range){ start, end };
	return 0;
}

static int by_start(const void *a, const void *b)
{
	const struct memory_range *x = a, *y = b;

	return x->start < y->start ? -1 : x->start > y->start;
}

int memory_ranges__parse(struct memory_ranges *m, FILE *iomem, u64 page_bytes)
{
	unsigned long long first, last;
	char line[256], name[32];
	int err = 0;

	*m = (struct memory_ranges){ 0 };
	while (!err && fgets(line, sizeof(line), iomem)) {
		if (sscanf(line, " %llx-%llx : %31[^\n]", &first, &last, name) != 3 || !last)
			continue;
		/* "System RAM (kmem)": memory that a driver brought */
		if (!strncmp(name, "System RAM", 10))
			err = add(m, (first + page_bytes - 1) / page_bytes,
				  (last + 1) / page_bytes);
	}
	if (!err && !m->nr)
		err = -ENOENT;
	if (err)
		memory_ranges__deinit(m);
	else
		qsort(m->at, m->nr, sizeof(*m->at), by_start);
	return err;
}

int memory_ranges__read(struct memory_ranges *m)
{
	FILE *f = fopen("/proc/iomem", "re");
	int err;

	*m = (struct memory_ranges){ 0 };
	if (!f)
		return -errno;
	err = memory_ranges__parse(m, f, sysconf(_SC_PAGESIZE));
	fclose(f);
	return err;
}

void memory_ranges__deinit(struct memory_ranges *m)
{
	free(m->at);
	*m = (struct memory_ranges){ 0 };
}

bool memory_ranges__has(const struct memory_ranges *m, u64 pfn)
{
	size_t low = 0, high = m->nr;

	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (pfn < m->at[mid].start)
			high = mid;
		else if (pfn >= m->at[mid].end)
			low = mid + 1;
		else
			return true;
	}
	return false;
}

u64 memory_ranges__pages(const struct memory_ranges *m)
{
	u64 pages = 0;

	for (size_t i = 0; i < m->nr; i++)
		pages += m->at[i].end - m->at[i].start;
	return pages;
}
