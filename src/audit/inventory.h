/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The long-term inventory: which subsystem has how many pages of which backing,
 * pinned with FOLL_LONGTERM or without, or merely referenced; and who for. Made of the ledger's
 * sites and open pins, of what pages said, of the scan at the start (what was pinned before, by
 * whom nobody knows), and of references where they were recorded. Pure, as the ledger is.
 */
#ifndef PINACCT_INVENTORY_H
#define PINACCT_INVENTORY_H

#include "audit/get_sites.h"
#include "ledger/ledger.h"
#include "ledger/stacks.h"

struct filter;

enum inventory_mode {
	INVENTORY_LONGTERM, /* FOLL_PIN and FOLL_LONGTERM */
	INVENTORY_PIN,	    /* FOLL_PIN */
	INVENTORY_GET,	    /* FOLL_GET: when it ends cannot be seen */
	INVENTORY_BEFORE,   /* pinned before the start, how is not known */
	INVENTORY_MODE_CNT,
};

struct inventory_row {
	const char *subsystem; /* static */
	enum inventory_mode mode;
	u8 backing;		   /* enum page_kind; NONE = not known */
	char fs[PIN_FS_BYTES];	   /* of backing FILE; "" = not known */
	u64 open_pages;		   /* now; of references not known: 0 */
	u64 held_pages;		   /* by these: ledger/held.h; 0 = not known */
	u64 pages;		   /* over the run */
	u64 holders;		   /* processes; 0 = not known */
	struct event_task largest; /* holder, and its pages */
	u64 largest_pages;
	u64 stack_id; /* of one call */
};

/*
 * Long-term ones first, then by pages. A page of an open pin goes by what it said itself when it
 * was asked, all others by the first page of their call. The array is the caller's to free(). 0 or
 * -ENOMEM.
 */
int inventory__rows(const struct ledger *l, const struct get_sites *g, const struct stacks *stacks,
		    const struct filter *filter, struct inventory_row **out, size_t *cnt);

const char *inventory_mode__name(enum inventory_mode mode);

#endif
