// SPDX-License-Identifier: GPL-2.0
#include <stdlib.h>
#include "ledger/nopin.h"
#include "ledger/span.h"

void nopins__deinit(struct nopins *n)
{
	free(n->latest);
}

u64 nopins__bytes(const struct nopins *n)
{
	return n->latest ? NOPINS * sizeof(*n->latest) : 0;
}

void nopins__add(struct nopins *n, u64 call_id, const struct rec_run *run)
{
	if (!n->latest)
		n->latest = calloc(NOPINS, sizeof(*n->latest));
	if (!n->latest) {
		*n->no_memory = true;
		return;
	}
	n->latest[n->nr++ % NOPINS] =
		(struct nopin){ .call_id = call_id, .pfn = run->pfn, .order = run->order };
}

bool nopins__has(const struct nopins *n, u64 call_id, const struct rec_run *run)
{
	u64 start, end;

	for (u64 i = 0; i < n->nr && i < NOPINS; i++) {
		const struct nopin *one = &n->latest[i];

		if (one->call_id != call_id)
			continue;
		if (!folio_range(one->pfn, one->order, &start, &end)) {
			start = one->pfn;
			end = start + 1;
		}
		if (run->pfn < end && run->pfn + (run->flags & RUN_FOLIO ? 1 : run->pages) > start)
			return true;
	}
	return false;
}
