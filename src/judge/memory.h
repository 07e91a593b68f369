/* SPDX-License-Identifier: GPL-2.0 */
/* The memory that all open pins hold (ledger/held.h), by site and altogether. */
#ifndef PINACCT_MEMORY_H
#define PINACCT_MEMORY_H

#include "ledger/held.h"
#include "ledger/ledger.h"

struct memory;

/* Walks all that is open. The caller's to free. NULL = no memory. */
struct memory *memory__new(const struct ledger *l, u64 page_bytes);
void memory__free(struct memory *m);
/* Bytes; 0 of a site that has no open pins. */
u64 memory__of_site(const struct memory *m, const struct ledger_site *site);
/* Bytes; less than the sum of the sites' where they share folios. */
u64 memory__all(const struct memory *m);

/* Adds what one open call holds. 0 or -ENOMEM. */
int memory__add(const struct ledger *l, const struct ledger_open *open, struct held *to);

#endif
