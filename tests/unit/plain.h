/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The plain matcher, to measure the ledger against: what leak tracers of today
 * do, a hash from page frame to the pins of that page, one entry a pinned page.
 *
 * It is no straw man: entries hold what attribution needs and no more (56
 * bytes, from a pool, chained by 32-bit index, one bucket an entry), the table
 * doubles, of several pins of a page the same rules choose, a release by folio
 * and count searches that folio, and a release that is seen before its pin waits.
 */
#ifndef PLAIN_H
#define PLAIN_H

#include <stddef.h>
#include "record/event.h"

struct plain;

/* Aborts without memory, as all of this is for tests. */
struct plain *plain__new(void);
void plain__free(struct plain *p);
void plain__feed(struct plain *p, const struct event *e);

struct plain_totals {
	u64 pinned_pages, ended_pages, open_pages, pending_pages;
	u64 bytes;
};
void plain__totals(const struct plain *p, struct plain_totals *out);

#endif
