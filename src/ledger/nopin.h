/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Releases whose page held no pin when they began (RUN_NOPIN): nobody's pin can have been meant.
 * Owns the latest NOPINS of them.
 */
#ifndef PINACCT_NOPIN_H
#define PINACCT_NOPIN_H

#include <stdbool.h>
#include <pinacct/types.h>
#include <pinacct/wire.h>

#define NOPINS 1024

struct nopin {
	u64 call_id;
	u64 pfn;
	u8 order;
};

struct nopins {
	struct nopin *latest; /* a circle; NULL = there was none so far */
	u64 nr;
	bool *no_memory; /* the ledger's */
};

void nopins__deinit(struct nopins *n);
u64 nopins__bytes(const struct nopins *n);
void nopins__add(struct nopins *n, u64 call_id, const struct rec_run *run);
/* Did this release say so of a page of the run? */
bool nopins__has(const struct nopins *n, u64 call_id, const struct rec_run *run);

#endif
