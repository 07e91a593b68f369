// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "base/array.h"
#include "base/compare.h"
#include "record/owner_index.h"

int owner_index__add(struct owner_index *x, const struct rec_owner *rec, u32 *owner)
{
	if (ARRAY_GROW(x->owners, x->nr_owners, x->cap_owners))
		return -ENOMEM;
	*owner = x->nr_owners;
	x->owners[x->nr_owners] = *rec;
	x->owners[x->nr_owners++].nr_runs = 0;
	return 0;
}

int owner_index__add_pages(struct owner_index *x, u32 owner, u64 pfn, u64 pages)
{
	struct owner_span *last = x->nr_spans ? &x->spans[x->nr_spans - 1] : NULL;

	if (last && !x->sorted && last->owner == owner && last->end == pfn) {
		last->end += pages;
		return 0;
	}
	if (ARRAY_GROW(x->spans, x->nr_spans, x->cap_spans))
		return -ENOMEM;
	x->spans[x->nr_spans++] = (struct owner_span){ pfn, pfn + pages, owner };
	x->sorted = false;
	return 0;
}

static bool same_owner(const struct rec_owner *a, const struct rec_owner *b)
{
	return a->kind == b->kind && a->object == b->object && a->tgid == b->tgid &&
	       a->pid == b->pid && a->fd == b->fd && a->start == b->start;
}

int owner_index__add_record(struct owner_index *x, const struct rec_owner *rec,
			    const struct rec_run *runs)
{
	u32 owner = x->nr_owners - 1;
	int err = 0;

	if (!x->nr_owners || !same_owner(&x->owners[owner], rec))
		err = owner_index__add(x, rec, &owner);
	for (u32 i = 0; i < rec->nr_runs && !err; i++)
		err = owner_index__add_pages(x, owner, runs[i].pfn, runs[i].pages);
	return err;
}

static int by_page(const void *a, const void *b)
{
	const struct owner_span *x = a, *y = b;

	COMPARE(x->pfn, y->pfn);
	COMPARE(x->owner, y->owner);
	COMPARE(x->end, y->end);
	return 0;
}

/* Sorted, and so that none overlaps the next: then a search looks at one only. */
static void sort_spans(struct owner_index *x)
{
	size_t kept = 0;
	u64 end = 0;

	if (x->nr_spans)
		qsort(x->spans, x->nr_spans, sizeof(*x->spans), by_page);
	for (size_t i = 0; i < x->nr_spans; i++) {
		struct owner_span s = x->spans[i];

		if (s.pfn < end)
			s.pfn = end;
		if (s.pfn >= s.end)
			continue;
		end = s.end;
		if (kept && x->spans[kept - 1].owner == s.owner && x->spans[kept - 1].end == s.pfn)
			x->spans[kept - 1].end = s.end;
		else
			x->spans[kept++] = s;
	}
	x->nr_spans = kept;
	x->sorted = true;
}

s64 owner_index__find_number(struct owner_index *x, u64 pfn, u64 pages)
{
	size_t low = 0, high;

	if (!x->sorted)
		sort_spans(x);
	high = x->nr_spans;
	while (low < high) { /* the first span that ends behind pfn */
		size_t mid = low + (high - low) / 2;

		if (x->spans[mid].end <= pfn)
			low = mid + 1;
		else
			high = mid;
	}
	if (low == x->nr_spans || x->spans[low].pfn >= pfn + pages)
		return -1;
	return x->spans[low].owner;
}

const struct rec_owner *owner_index__find(struct owner_index *x, u64 pfn, u64 pages)
{
	s64 owner = owner_index__find_number(x, pfn, pages);

	return owner < 0 ? NULL : &x->owners[owner];
}

void owner_index__deinit(struct owner_index *x)
{
	free(x->owners);
	free(x->spans);
	*x = (struct owner_index){ 0 };
}
