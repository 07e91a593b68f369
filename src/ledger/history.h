/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What last ended at some pages, for the evidence of a double unpin. Owns a table of a fixed size,
 * made at the first pin that ends, in which the newer takes the place of the older: what is not
 * found may have been.
 */
#ifndef PINACCT_HISTORY_H
#define PINACCT_HISTORY_H

#include "ledger/span.h"

/* A pin and its release; all 0 = not known. */
struct past_pin {
	u64 pin_ts_ns, pin_stack_id;
	u64 unpin_ts_ns, unpin_stack_id;
};

struct history_entry {
	u64 pfn;
	u64 pages;
	struct past_pin pin;
};

struct history {
	struct history_entry *entries; /* NULL = nothing ended so far */
	u32 turn;
	bool *no_memory; /* the ledger's */
};

void history__deinit(struct history *h);
u64 history__bytes(const struct history *h);
/* These pages of a block were pinned and released. */
void history__add(struct history *h, u64 key, u64 pfn, u64 pages, const struct past_pin *pin);
/* The latest of the span's folio that was released before that time. */
void history__find(const struct history *h, const struct span *s, u64 before_ns,
		   struct past_pin *out);

#endif
