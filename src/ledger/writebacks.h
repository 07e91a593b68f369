/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Writeback that began on pinned folios. Owns one entry for each file, pinning stack and process,
 * the first WRITEBACKS_MAX of them, with copies of the site and the holder of the oldest pin.
 */
#ifndef PINACCT_WRITEBACKS_H
#define PINACCT_WRITEBACKS_H

#include "ledger/open_calls.h"
#include "ledger/sites.h"

#define WRITEBACKS_MAX 1024

struct writebacks {
	struct ledger_writeback *list;
	size_t nr, cap;
	bool *no_memory; /* the ledger's */
};

void writebacks__deinit(struct writebacks *w);
u64 writebacks__bytes(const struct writebacks *w);
/* `pins` pins of the folio were open, the oldest of them by this call. */
void writebacks__add(struct writebacks *w, const struct rec_writeback *wb, u64 pins,
		     const struct pin_call *oldest, const struct sites *sites);
/* As ledger__for_each_writeback(). */
int writebacks__for_each(const struct writebacks *w,
			 int (*fn)(const struct ledger_writeback *one, void *arg), void *arg);

#endif
