/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Asks pages in a live run, and puts their answers into the stream: before the command starts,
 * which are pinned already; soon after a loss, and before the end, whether those that the ledger
 * has pins of still show them.
 */
#ifndef PINACCT_SUSPECTS_H
#define PINACCT_SUSPECTS_H

#include "capture/capture.h"
#include "ledger/ledger.h"

struct pages;

struct suspects {
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
int suspects__scan(struct suspects *s);
/*
 * Open pins, and releases without a pin: reads their pages, twice where they contradict the ledger.
 */
int suspects__read(struct suspects *s, const struct ledger *l);
/*
 * To be called now and then with how much was lost so far of what the ledger needs: when that has
 * grown, reads the pages of open pins, for a page tells of a lost release only until somebody else
 * pins it, too.
 */
int suspects__after_loss(struct suspects *s, const struct ledger *l, u64 lost);
void suspects__deinit(struct suspects *s);

#endif
