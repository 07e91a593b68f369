/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Pins that ended without a release, because their page does not show them. Owns a copy of each
 * with what the page said, the first VANISHED_MAX of them.
 */
#ifndef PINACCT_VANISHED_H
#define PINACCT_VANISHED_H

#include "ledger/page_facts.h"

#define VANISHED_MAX 4096

struct vanished {
	struct ledger_vanished *list;
	size_t nr, cap;
	u64 dropped;	 /* not kept */
	bool *no_memory; /* the ledger's */
};

void vanished__deinit(struct vanished *v);
u64 vanished__bytes(const struct vanished *v);
/* Copies; the holder that site.holder points to must be in one->holder. */
void vanished__add(struct vanished *v, const struct ledger_vanished *one);
/* As ledger__for_each_vanished(). */
int vanished__for_each(const struct vanished *v,
		       int (*fn)(const struct ledger_vanished *one, void *arg), void *arg);

#endif
