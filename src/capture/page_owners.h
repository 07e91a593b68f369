/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Who holds pages now, without history: who owns an object that registered them, as the kernel's
 * structures say it, else who maps them.
 */
#ifndef PINACCT_PAGE_OWNERS_H
#define PINACCT_PAGE_OWNERS_H

#include <stddef.h>
#include "kernel/kernel.h"
#include "record/owner_index.h"

/*
 * Adds all objects that keep pages, with the pages of each, to x. 0, or negative errno with one
 * line in err; what was found so far stays in x. `phase` goes into the owners' records.
 */
int page_owners__by_object(const struct kernel *k, enum page_phase phase, struct owner_index *x,
			   char *err, size_t err_sz);

/* Folios whose mapper is asked for: [pfn, pfn + folios << order), one behind the other. */
struct folio_run {
	u64 pfn;
	u32 folios;
	u32 order;
};

/* Called now and then while processes are asked, so that other work need not wait. */
struct owners_meanwhile {
	int (*fn)(void *arg); /* whatever but 0 ends it and is returned */
	void *arg;
};

/*
 * Adds the processes that map pages of these folios to x, a folio to the first process that is
 * found to. Reads the page tables of all processes once. `runs` are in order of page frames, none
 * overlaps the next. `meanwhile` may be NULL. 0, or negative errno with one line in err.
 */
int page_owners__by_mapping(const struct folio_run *runs, size_t n, enum page_phase phase,
			    struct owner_index *x, const struct owners_meanwhile *meanwhile,
			    char *err, size_t err_sz);

#endif
