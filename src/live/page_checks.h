/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Asks pages in a live run, and puts their answers into the stream: before the command starts,
 * which are pinned already; soon after a loss, and before the end, whether those that the ledger
 * has pins of still show them.
 */
#ifndef PINACCT_PAGE_CHECKS_H
#define PINACCT_PAGE_CHECKS_H

#include "capture/capture.h"
#include "ledger/ledger.h"

struct pages;

struct page_checks {
	struct capture *capture; /* borrowed */
	struct pages *pages;	 /* NULL = not needed so far, or cannot be had */
	bool refused;
	u64 lost;    /* when pages were last asked on account of it */
	u64 next_ns; /* not again before */
};

/*
 * Recording is on, the command does not run. 0 or the stream's error; a reader that cannot be had
 * is none.
 */
int page_checks__at_start(struct page_checks *s);
/*
 * Open pins, and releases without a pin: reads their pages, twice where they contradict the ledger.
 */
int page_checks__at_end(struct page_checks *s, const struct ledger *l);
/*
 * To be called now and then with how much was lost so far of what the ledger needs: when that has
 * grown, reads the pages of open pins, for a page tells of a lost release only until somebody else
 * pins it, too.
 */
int page_checks__after_loss(struct page_checks *s, const struct ledger *l, u64 lost);
void page_checks__deinit(struct page_checks *s);

#endif
