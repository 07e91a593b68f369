/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Held: the memory that pins keep in place. A pin on one page keeps the whole folio that the page
 * is in, and a folio with many pins is there once: a pin on one page of a 2 MiB folio holds 2 MiB,
 * and 16,384 pins of one page hold 4 KiB. This is the one place that says so.
 */
#ifndef PINACCT_HELD_H
#define PINACCT_HELD_H

#include <stddef.h>
#include <pinacct/wire.h>

/* What some pins hold: page frames, in no order, that may overlap until they are counted. */
struct held {
	struct held_span {
		u64 start, end; /* [start, end) */
	} * spans;
	size_t nr, cap;
};

/*
 * The folios of a run. The order is that of the folio of the first page, and is taken for that of
 * the others, which are within the same 2 MiB. Pages of an order that is not known count as they
 * are. 0 or -ENOMEM.
 */
int held__add(struct held *h, const struct rec_run *run);
/* All of `other`, too. 0 or -ENOMEM. */
int held__add_all(struct held *h, const struct held *other);
/* How many pages, each once. Sorts. */
u64 held__pages(struct held *h);
void held__deinit(struct held *h);

#endif
