// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <stdlib.h>
#include "base/array.h"
#include "base/compare.h"
#include "ledger/held.h"

#define ORDER_MAX 32 /* beyond any folio: what a damaged record says does not count */

static int add_span(struct held *h, struct held_span span)
{
	struct held_span *last = h->nr ? &h->spans[h->nr - 1] : NULL;

	/* pins of one buffer come page after page, or are of one page */
	if (last && span.start >= last->start && span.start <= last->end) {
		if (span.end > last->end)
			last->end = span.end;
		return 0;
	}
	if (ARRAY_GROW(h->spans, h->nr, h->cap))
		return -ENOMEM;
	h->spans[h->nr++] = span;
	return 0;
}

int held__add(struct held *h, const struct rec_run *run)
{
	u64 folio = run->order <= ORDER_MAX ? (u64)1 << run->order : 1; /* or RUN_ORDER_UNKNOWN */
	u64 pages = run->flags & RUN_FOLIO ? 1 : run->pages; /* by count: all of its one folio */
	u64 start = run->pfn & ~(folio - 1);
	u64 end = (run->pfn + pages + folio - 1) & ~(folio - 1);

	return end > start ? add_span(h, (struct held_span){ start, end }) : 0;
}

int held__add_all(struct held *h, const struct held *other)
{
	int err = 0;

	for (size_t i = 0; i < other->nr && !err; i++)
		err = add_span(h, other->spans[i]);
	return err;
}

static int by_start(const void *a, const void *b)
{
	const struct held_span *x = a, *y = b;

	COMPARE(x->start, y->start);
	COMPARE(x->end, y->end);
	return 0;
}

u64 held__pages(struct held *h)
{
	u64 pages = 0, end = 0;

	if (h->nr)
		qsort(h->spans, h->nr, sizeof(*h->spans), by_start);
	for (size_t i = 0; i < h->nr; i++) {
		const struct held_span *s = &h->spans[i];

		if (s->end <= end)
			continue;
		pages += s->end - (s->start > end ? s->start : end);
		end = s->end;
	}
	return pages;
}

void held__deinit(struct held *h)
{
	free(h->spans);
	*h = (struct held){ 0 };
}
