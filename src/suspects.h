/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Asks pages in a live run, and puts their answers into the stream: before the command starts, which are
 * pinned already; before the end, whether those that the ledger has pins of still show them.
 */
#ifndef PINACCT_SUSPECTS_H
#define PINACCT_SUSPECTS_H

#include "capture.h"
#include "ledger.h"

struct pages;

struct suspects {
	struct capture *capture; /* borrowed */
	struct pages *pages;	 /* NULL = not needed so far, or cannot be had */
	bool refused;
};

/* Recording is on, the command does not run. 0 or the stream's error; a reader that cannot be had is none. */
int suspects__scan(struct suspects *s);
/* Open pins, and releases without a pin: reads their pages, twice where they contradict the ledger. */
int suspects__read(struct suspects *s, const struct ledger *l);
void suspects__deinit(struct suspects *s);

#endif
