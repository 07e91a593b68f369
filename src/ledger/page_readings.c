// SPDX-License-Identifier: GPL-2.0
#include <stdlib.h>
#include "ledger/bounded_list.h"
#include "ledger/page_readings.h"

void page_readings__deinit(struct page_readings *r)
{
	free(r->list);
}

u64 page_readings__bytes(const struct page_readings *r)
{
	return r->cap * sizeof(*r->list);
}

void page_readings__add(struct page_readings *r, const struct rec_page *page)
{
	if (!bounded_list__grow((void **)&r->list, &r->cap, r->nr, READINGS_MAX, sizeof(*r->list),
				r->no_memory))
		return; /* evidence only */
	r->list[r->nr++] = *page;
	r->sorted = false;
}

static int by_pfn_then_latest(const void *a, const void *b)
{
	const struct rec_page *x = a, *y = b;

	if (x->pfn != y->pfn)
		return x->pfn < y->pfn ? -1 : 1;
	return x->h.ts_ns > y->h.ts_ns ? -1 : x->h.ts_ns < y->h.ts_ns;
}

static void sort(struct page_readings *r)
{
	if (!r->sorted && r->nr)
		qsort(r->list, r->nr, sizeof(*r->list), by_pfn_then_latest);
	r->sorted = true;
}

/* The number of readings that begin at pfn or before it. */
static size_t count_up_to(const struct page_readings *r, u64 pfn)
{
	size_t low = 0, high = r->nr;

	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (r->list[mid].pfn <= pfn)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

/*
 * A reading may be of many folios and reach over readings of other moments that begin behind it:
 * so many are looked at.
 */
#define LOOK_BACK 64

bool page_readings__find(struct page_readings *r, u64 pfn, struct rec_page *out, u64 *next)
{
	size_t behind;
	bool found = false;

	sort(r);
	behind = count_up_to(r, pfn);
	for (size_t i = behind; i > 0 && behind - i < LOOK_BACK; i--) {
		const struct rec_page *one = &r->list[i - 1];
		u64 off = (pfn - one->pfn) >> one->order;

		if (off >= one->folios || (found && one->h.ts_ns <= out->h.ts_ns))
			continue;
		*out = *one;
		out->pfn = one->pfn + (off << one->order);
		out->folios = 1;
		found = true;
	}
	if (!found && next)
		*next = behind < r->nr ? r->list[behind].pfn : UINT64_MAX;
	return found;
}
