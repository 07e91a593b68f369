// SPDX-License-Identifier: GPL-2.0
#include <stdlib.h>
#include "base/hash.h"
#include "ledger/history.h"

/* Sets of a few entries; a new entry of a set takes the place of its oldest, roughly. */
#define HISTORY_WAYS	 4
#define HISTORY_SET_BITS 12
#define HISTORY_ENTRIES	 (HISTORY_WAYS << HISTORY_SET_BITS)

void history__deinit(struct history *h)
{
	free(h->entries);
}

u64 history__bytes(const struct history *h)
{
	return h->entries ? HISTORY_ENTRIES * sizeof(*h->entries) : 0;
}

/* Not seeded: which entry another one takes the place of must be the same in each run. */
static struct history_entry *set_of(const struct history *h, u64 key)
{
	u64 hash = hash__u64(0x9e3779b97f4a7c15ull, key);

	return &h->entries[(hash >> (64 - HISTORY_SET_BITS)) * HISTORY_WAYS];
}

void history__add(struct history *h, u64 key, u64 pfn, u64 pages, const struct past_pin *pin)
{
	if (!h->entries)
		h->entries = calloc(HISTORY_ENTRIES, sizeof(*h->entries));
	if (!h->entries) {
		*h->no_memory = true;
		return;
	}
	set_of(h, key)[h->turn++ % HISTORY_WAYS] =
		(struct history_entry){ .pfn = pfn, .pages = pages, .pin = *pin };
}

void history__find(const struct history *h, const struct span *s, u64 before_ns,
		   struct past_pin *out)
{
	u64 start, end;

	*out = (struct past_pin){ 0 };
	if (!h->entries)
		return;
	if (!folio_range(s->pfn, s->order, &start, &end))
		start = end = s->pfn;
	if (end < s->pfn + s->pages)
		end = s->pfn + s->pages;
	for (unsigned i = 0; i < HISTORY_WAYS; i++) {
		const struct history_entry *e = &set_of(h, s->key)[i];

		if (!e->pages || e->pfn >= end || e->pfn + e->pages <= start)
			continue;
		if (e->pin.unpin_ts_ns <= before_ns && e->pin.unpin_ts_ns >= out->unpin_ts_ns)
			*out = e->pin;
	}
}
