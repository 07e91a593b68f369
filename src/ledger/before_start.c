// SPDX-License-Identifier: GPL-2.0
#include <stdlib.h>
#include <string.h>
#include "ledger/before_start.h"
#include "ledger/bounded_list.h"

void before_start__deinit(struct before_start *b)
{
	free(b->list);
}

u64 before_start__bytes(const struct before_start *b)
{
	return b->cap * sizeof(*b->list);
}

/* Where the name is in fs[]; the first place, which is "", when there is no room. */
static u8 fs_number(struct before_start *b, const char *fs)
{
	u8 i;

	if (!b->nr_fs)
		b->nr_fs = 1;
	for (i = 0; i < b->nr_fs; i++)
		if (!strncmp(b->fs[i], fs, PIN_FS_BYTES - 1))
			return i;
	if (i == BASE_FS_MAX)
		return 0;
	memcpy(b->fs[i], fs, strnlen(fs, PIN_FS_BYTES - 1));
	b->nr_fs++;
	return i;
}

bool before_start__add(struct before_start *b, const struct rec_page *page, u64 pfn, u64 pins)
{
	if (b->scanned_ns)
		return true; /* the scan is over: this is of another time */
	if (!bounded_list__grow((void **)&b->list, &b->cap, b->nr, BASE_MAX, sizeof(*b->list),
				b->no_memory)) {
		b->dropped = true;
		return false;
	}
	if (!b->nr)
		b->sorted = true;
	else if (b->list[b->nr - 1].pfn >= pfn)
		b->sorted = false;
	b->list[b->nr++] = (struct base_folio){
		.pfn = pfn,
		.order = page->order,
		.kind = page->kind,
		.fs = fs_number(b, page->fs),
		.left = pins < UINT32_MAX ? pins : UINT32_MAX,
	};
	b->pins += pins;
	return true;
}

static int by_pfn(const void *a, const void *b)
{
	const struct base_folio *x = a, *y = b;

	return x->pfn < y->pfn ? -1 : x->pfn > y->pfn;
}

/*
 * In order, and none within another: a page that became part of a larger folio while the scan ran
 * was told twice, and the searches below rely on both.
 */
static void put_in_order(struct before_start *b)
{
	size_t kept = 0;

	if (!b->sorted && b->nr)
		qsort(b->list, b->nr, sizeof(*b->list), by_pfn);
	b->sorted = true;
	for (size_t i = 0; i < b->nr; i++) {
		const struct base_folio *last = kept ? &b->list[kept - 1] : NULL;

		if (!last || b->list[i].pfn >= last->pfn + ((u64)1 << last->order))
			b->list[kept++] = b->list[i];
	}
	b->nr = kept;
}

void before_start__scanned(struct before_start *b, bool whole, u64 ts_ns)
{
	put_in_order(b);
	b->known = whole && !b->dropped;
	b->scanned_ns = ts_ns ? ts_ns : 1;
}

bool before_start__known(const struct before_start *b, u64 release_ts_ns)
{
	return b->known && release_ts_ns > b->scanned_ns;
}

/* The first folio that does not end before pfn. */
static size_t first_at(const struct before_start *b, u64 pfn)
{
	size_t low = 0, high = b->nr;

	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (pfn >= b->list[mid].pfn + ((u64)1 << b->list[mid].order))
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

static struct base_folio *find(const struct before_start *b, u64 pfn)
{
	size_t i = first_at(b, pfn);

	return i < b->nr && b->list[i].pfn <= pfn ? &b->list[i] : NULL;
}

/*
 * The first one in [pfn, end) that still has pins. The way over those that have none is written
 * down, so that the next one who asks goes it in one step.
 */
static struct base_folio *next_with_pins(struct before_start *b, u64 pfn, u64 end)
{
	size_t first = first_at(b, pfn), i = first;

	while (i < b->nr && b->list[i].pfn < end && !b->list[i].left)
		i += b->list[i].skip ? b->list[i].skip : 1;
	if (i > first)
		b->list[first].skip = i - first;
	return i < b->nr && b->list[i].pfn < end ? &b->list[i] : NULL;
}

u64 before_start__pins(const struct before_start *b, u64 pfn)
{
	const struct base_folio *one = find(b, pfn);

	return one ? one->left : 0;
}

static void split_folio(struct before_start *b, const struct span *s,
			void (*add)(void *arg, const struct span *part, bool from_before),
			void *arg)
{
	struct base_folio *one = find(b, s->pfn);
	struct span part = *s;

	part.pages = one && one->left < s->pages ? one->left : one ? s->pages : 0;
	if (part.pages) {
		one->left -= part.pages;
		add(arg, &part, true);
	}
	part.pages = s->pages - part.pages;
	if (part.pages)
		add(arg, &part, false);
}

void before_start__split(struct before_start *b, const struct span *s,
			 void (*add)(void *arg, const struct span *part, bool from_before),
			 void *arg)
{
	u64 end = s->pfn + s->pages;
	struct span part = *s;

	if (s->flags & RUN_FOLIO) {
		split_folio(b, s, add, arg);
		return;
	}
	while (part.pfn < end) {
		struct base_folio *one = next_with_pins(b, part.pfn, end);
		u64 start = !one ? end : one->pfn > part.pfn ? one->pfn : part.pfn, stop;

		part.order = order_behind(s->pfn, s->order, part.pfn);
		part.pages = start - part.pfn;
		if (part.pages)
			add(arg, &part, false);
		if (!one)
			break;
		stop = one->pfn + ((u64)1 << one->order);
		part.pfn = start;
		part.pages = (stop < end ? stop : end) - start;
		part.pages = one->left < part.pages ? one->left : part.pages;
		one->left -= part.pages;
		part.order = order_behind(s->pfn, s->order, start);
		add(arg, &part, true);
		part.pfn += part.pages;
	}
}

int before_start__for_each(const struct before_start *b,
			   int (*fn)(const struct ledger_base *base, void *arg), void *arg)
{
	for (size_t i = 0; i < b->nr; i++) {
		const struct base_folio *one = &b->list[i];
		const struct ledger_base base = {
			.pfn = one->pfn,
			.left = one->left,
			.order = one->order,
			.kind = one->kind,
			.fs = b->fs[one->fs],
		};
		int err = one->left ? fn(&base, arg) : 0;

		if (err)
			return err;
	}
	return 0;
}
