/* SPDX-License-Identifier: GPL-2.0 */
/* Asks in a live run who holds pages, and puts the answers into the stream: OWNER records. */
#ifndef PINACCT_OWNER_CHECKS_H
#define PINACCT_OWNER_CHECKS_H

#include <stdbool.h>
#include "capture/capture.h"

/*
 * Who holds these folios (runs of them, in order of page frames), as far as they show pins. With
 * `mappings`, of those that no object owns also who maps them, for which the page tables of all
 * processes are read. Loads a program of its own, so it is called only when there is something to
 * ask. 0 or the stream's error; owners that cannot be had are a warning.
 */
int owner_checks__send(struct capture *c, const struct rec_page *pages, size_t n,
		       enum page_phase phase, bool mappings);

#endif
