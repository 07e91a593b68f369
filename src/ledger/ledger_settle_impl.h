/* SPDX-License-Identifier: GPL-2.0 */
/* What ledger_settle.c, ledger_base.c and the rest of the ledger share. */
#ifndef PINACCT_LEDGER_SETTLE_IMPL_H
#define PINACCT_LEDGER_SETTLE_IMPL_H

#include "ledger/ledger_impl.h"
#include "ledger/page_facts.h"

/* Bounds on what is kept. */
#define VANISHED_MAX   4096
#define WRITEBACKS_MAX 1024
#define READINGS_MAX   (1u << 18)
#define BASE_MAX       (1u << 20)
#define NOPINS	       1024
#define BASE_FS_MAX    32

/* A folio that was pinned before the start. */
struct base_folio {
	u64 pfn;
	u32 left; /* pins not known to be released */
	u8 order;
	u8 kind; /* enum page_kind */
	u8 fs;	 /* in base_fs[] */
};

/* A release whose first page held no pin. */
struct nopin {
	u64 call_id;
	u64 pfn;
	u8 order;
};

struct settle {
	struct ledger_vanished *vanished;
	size_t nr_vanished, cap_vanished;
	struct ledger_writeback *writebacks;
	size_t nr_writebacks, cap_writebacks;
	struct rec_page *readings; /* by page frame when sorted */
	size_t nr_readings, cap_readings;
	bool readings_sorted;
	struct base_folio *base; /* by page frame when sorted */
	size_t nr_base, cap_base;
	bool base_sorted, base_whole;
	char base_fs[BASE_FS_MAX][PIN_FS_BYTES]; /* types of their files; the first one is "" */
	u8 nr_base_fs;
	bool base_known;      /* all of memory was looked at */
	u64 scanned_ns;	      /* by then */
	struct nopin *nopins; /* the last ones, in a circle */
	u64 nr_nopins;
};

/* Why pins are settled without a release. */
struct by_page {
	struct rec_page page;
	enum ledger_vanish how;
	u64 folio_pins;
};

/*
 * Open pins of calls not younger than before_ns in the folio at pfn; `order` is that of the folio
 * they were taken of.
 */
struct folio_walk {
	u64 before_ns;
	void (*fn)(const struct ledger *l, u32 call, u64 pins, u8 order, struct folio_walk *w);
	u64 start, end, base;
};
void settle__walk(const struct ledger *l, u64 pfn, u8 order, struct folio_walk *w);
u64 settle__open_pins(const struct ledger *l, u64 pfn, u8 order, u64 before_ns, u32 *oldest);

/* How many of `pins` the folio does not show, and what that is. */
u64 settle__shortfall(const struct rec_page *p, u64 pins, enum ledger_vanish *how);

int settle__init(struct ledger *l);
/* Room for one more of `nr`, at most `max`. */
bool settle__grow(void **at, size_t *cap, size_t nr, size_t max, size_t elem_sz);
void settle__keep_reading(struct ledger *l, const struct rec_page *page);
int settle__take_base(struct ledger *l, const struct rec_page *page);

#endif
