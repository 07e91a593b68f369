/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Pins that were there before the hooks: told by the scan of all memory when recording began. Owns
 * the folios that had any, the first BASE_MAX of them, with what is known to be left.
 *
 * The scan runs while recording is on already, so that nothing falls between. Pins that the ledger
 * has of a folio by then are not from before. A pin that came and went while the scan ran may be
 * taken for one from before; that can only excuse a release, not accuse one.
 */
#ifndef PINACCT_BEFORE_START_H
#define PINACCT_BEFORE_START_H

#include "ledger/page_facts.h"
#include "ledger/span.h"

#define BASE_MAX    (1u << 20)
#define BASE_FS_MAX 32

struct base_folio {
	u64 pfn;
	u32 left; /* pins not known to be released */
	u32 skip; /* so many folios from here on have none left; 0 = this one has, or not known */
	u8 order;
	u8 kind; /* enum page_kind */
	u8 fs;	 /* in before_start.fs[] */
};

struct before_start {
	struct base_folio *list; /* by page frame when the scan is over, none within another */
	size_t nr, cap;
	u64 pins;			    /* that the scan found */
	bool sorted, dropped;		    /* dropped: there were more than there is room for */
	bool known;			    /* all of memory was looked at, and nothing dropped */
	u64 scanned_ns;			    /* when the scan was over; 0 = it is not */
	char fs[BASE_FS_MAX][PIN_FS_BYTES]; /* types of their files; the first one is "" */
	u8 nr_fs;
	bool *no_memory; /* the ledger's */
};

void before_start__deinit(struct before_start *b);
u64 before_start__bytes(const struct before_start *b);

/* The scan found `pins` pins, of before the start, on a folio of `page` at pfn. False = no room. */
bool before_start__add(struct before_start *b, const struct rec_page *page, u64 pfn, u64 pins);
/* The scan is over. whole = it saw all of memory. */
void before_start__scanned(struct before_start *b, bool whole, u64 ts_ns);
/*
 * Are the pins known that a release at that time may have been of? A release before the end of the
 * scan may have been of a pin that the scan did not see any more.
 */
bool before_start__known(const struct before_start *b, u64 release_ts_ns);

/* Pins that the folio of pfn still has, as far as known. */
u64 before_start__pins(const struct before_start *b, u64 pfn);
/*
 * A release that no pin explains, in parts: `add` is told of each whether it was of pins from
 * before. Those are taken off.
 */
void before_start__split(struct before_start *b, const struct span *s,
			 void (*add)(void *arg, const struct span *part, bool from_before),
			 void *arg);
/* As ledger__for_each_base(). */
int before_start__for_each(const struct before_start *b,
			   int (*fn)(const struct ledger_base *base, void *arg), void *arg);

#endif
