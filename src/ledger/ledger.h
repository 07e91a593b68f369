/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The ledger: which pins are outstanding, and which release was for which pin.
 *
 * Feed it events in stream order; it keeps open pins as runs of page frames and takes releases off
 * them. Pure: no clock (time is the events'), no files, no BPF, no stdio, no globals. The caller
 * owns it; pointers that it hands out are borrowed and live until the next feed.
 *
 * Asserted on each feed in debug builds, in pages:
 *     pinned = ended + open           (what was acquired has ended or is open)
 *     released + vanished = ended + unmatched + pending
 *                                     (what was released ended a pin, or did not, or waits for one;
 *                                     vanished pins ended without a release: their page shows none)
 *
 * A release names pages (a page, a list, a range) or a folio and a count. Pages are looked up
 * exactly; what is left over, and a release by folio and count, is taken off any pin of the folio,
 * because the kernel counts pins per folio. Which pin, when several holders pinned the same pages:
 * same bio, then same API family, then same mm, then a holder whose address space is gone (what it
 * left is released by the kernel's workers, who have no mm), then the oldest (enum ledger_match,
 * counted and remembered). By the last two rules the wrong pin may be taken: what was left open
 * then tells of the release and of the holder that it was taken for (ledger_contested).
 *
 * A call's folios are known by the order of each run's first page. That of a later one is learnt
 * from the release that names it, and holds for all runs that have its pages then.
 *
 * A release may come before its pin in the stream (other CPU's ring). Then it is pending, and ends
 * a pin whose time is not later than the release's and that comes within `reorder_ns` of stream
 * time; after that it is unmatched for good.
 *
 * What is open costs 60 bytes a call with its first run in it, 32 a further run, and some 27 for
 * each 2 MiB (or larger folio) that has any; what is there once, a MiB. Time goes with the runs of
 * a record, not with its pages, and not with how much is open. `make bench-replay` measures both.
 */
#ifndef PINACCT_LEDGER_H
#define PINACCT_LEDGER_H

#include <stdbool.h>
#include <stddef.h>
#include "record/event.h"

struct ledger;

/* How a release found its pin; a smaller number is a surer one. */
enum ledger_match {
	LEDGER_MATCH_NONE = 0,
	LEDGER_MATCH_ONLY,   /* there was one candidate only */
	LEDGER_MATCH_BIO,    /* several; same bio or request: rule 1 */
	LEDGER_MATCH_FAMILY, /* several; only one API family fits: rule 2 */
	LEDGER_MATCH_MM,     /* several; same mm: rule 3 */
	LEDGER_MATCH_GONE,   /* several; only one's address space is gone: rule 4 */
	LEDGER_MATCH_OLDEST, /* several; the oldest: rule 5 */
	LEDGER_MATCH_MAX,
};

/* Pages of a pin that ended, by a release or because their page does not show them. */
struct ledger_ended {
	u64 call_id; /* of the pin */
	u64 pages;
	u64 open_pages; /* of the call, that are left */
	u64 release_stack_id;
	u16 release_api;
	bool put; /* no release was seen: the page lacks a reference for each pin */
};

struct ledger_opts {
	u64 reorder_ns;	       /* how long a release may precede its pin; 0 = 1 s */
	u64 held_ns;	       /* remember ended pins older than this (long-held); 0 = 10 s */
	u64 preexisting_pages; /* pins that were there before the hooks: so many unmatched
				  releases are of unknown origin, not faults */
	u32 max_unmatched;     /* unmatched releases kept in detail; 0 = 4096 */
	/* told of each part of a pin that ends, from within ledger__feed(); NULL = nobody */
	void (*ended)(void *arg, const struct ledger_ended *s);
	void *ended_arg;
};

/* Who pinned. Interned: equal holders are one. */
struct ledger_holder {
	struct event_task task;
	u64 exited_ns;	/* thread exit seen; 0 = alive as far as seen */
	u64 mm_gone_ns; /* exit_mmap of task.mm seen; 0 = not */
	bool workload;	/* descends from the command under test */
};

/*
 * From where, on what. Interned: calls of equal holder, stack, api, flags and file are one site.
 * Beyond some thousands of holders or sites (a daemon), sites without open pages are folded: all
 * inodes and user stacks into one (ino and ustack_id 0), all exited holders of one comm and cgroup
 * into one with tid, tgid and mm 0. Totals over all sites stay exact.
 */
struct ledger_site {
	const struct ledger_holder *holder;
	u64 stack_id;
	struct event_file file;
	u16 api;
	u16 flags;
	/* totals over the run */
	u64 calls;
	u64 pinned_pages;
	u64 open_pages;
	u64 max_held_ns; /* the longest that a pin of this site was held, of those that ended */
	u64 held_calls;	 /* calls that ended later than held_ns */
	u64 held_pages;
	double page_seconds; /* pages x time over ended pins */
};

/* The last release that touched a pin without ending it. */
struct ledger_release {
	u64 ts_ns;
	u64 stack_id;
	u32 tid;
	u16 api;
	u16 flags;
	u32 pages;
	bool put; /* of references, of the pin's bio: no pin ended by it */
	char comm[PIN_COMM_BYTES];
};

/*
 * Releases by one task that were taken for another holder's pins, and may have been of this call's.
 */
struct ledger_contested {
	u64 ts_ns; /* of the last */
	u64 pages; /* of this call that it may have been of, at most */
	u64 stack_id;
	u16 api;
	u32 tid; /* who released */
	char comm[PIN_COMM_BYTES];
	enum ledger_match match; /* why it was taken for the other one */
	struct event_task other; /* whose pin it was taken for */
};

/* A pin call of which pages are still pinned. */
struct ledger_open {
	const struct ledger_site *site;
	u32 call; /* for ledger__for_each_run() */
	u64 call_id;
	u64 ts_ns;
	u64 bio;
	u64 pinned_pages;			   /* by this call */
	u64 open_pages;				   /* of these, still pinned */
	enum ledger_match worst_match;		   /* the least sure rule by which the rest ended */
	const struct ledger_release *last_release; /* NULL = none yet */
	const struct ledger_contested *contested;  /* NULL = none */
};

/* A release, or a part of one, that no pin explains. */
struct ledger_unmatched {
	u64 ts_ns;
	struct rec_run run;
	u64 stack_id;
	struct event_task task;
	u16 api;
	u16 flags;
	bool unknown_origin; /* may be of a pin from before the hooks */
	bool nopin;	     /* the page itself held no pin when the release began (RUN_NOPIN) */
	/* what was last seen of this folio, if it was pinned and released before; else zeroes */
	u64 prev_pin_ts_ns;
	u64 prev_pin_stack_id;
	u64 prev_unpin_ts_ns;
	u64 prev_unpin_stack_id;
};

struct ledger_totals {
	u64 pin_calls, pinned_pages;
	u64 unpin_calls, released_pages;
	u64 ended_pages;
	u64 open_pages, open_calls, open_runs;
	u64 pending_pages;   /* releases that still wait for their pin */
	u64 unmatched_pages; /* final; unknown_origin_pages included */
	u64 unknown_origin_pages;
	u64 unmatched_dropped;		   /* unmatched releases not kept in detail */
	u64 inner_pages;		   /* PIN_F_INNER: passed over */
	u64 match_pages[LEDGER_MATCH_MAX]; /* ended pages by rule */
	u64 vanished_pages;   /* of ended_pages: no release was seen, the page shows no pin */
	u64 vanished_dropped; /* of those, readings not kept in detail */
	u64 page_readings;    /* folios that were asked as suspects */
	u64 base_pages;	      /* pins that the scan at the start found */
	bool base_known;      /* there was such a scan, and nothing of it is missing */
	u64 last_ts_ns;	      /* latest event time seen */
	u64 bytes;	      /* memory in use by the ledger */
};

/* NULL and errno = ENOMEM. NULL opts = defaults. */
struct ledger *ledger__new(const struct ledger_opts *opts);
void ledger__free(struct ledger *l);

/*
 * PIN, UNPIN, PUT (evidence only: who put what a bio had pinned), FORK, EXIT, MM_GONE, MARK
 * (CMD_START names the root of the workload's family, after END nothing is pending, SCANNED closes
 * the scan), PAGE and WRITEBACK (page_facts.h) are used; all others are ignored.
 * Returns 0 or -ENOMEM: the ledger is unchanged by this event; or, where a detail could not be
 * kept, every later event is refused, too, because reports would differ.
 */
int ledger__feed(struct ledger *l, const struct event *e);

void ledger__totals(const struct ledger *l, struct ledger_totals *out);

/* Callbacks return 0 to go on; anything else ends the walk and is returned. */
int ledger__for_each_open(const struct ledger *l,
			  int (*fn)(const struct ledger_open *open, void *arg), void *arg);
/*
 * The runs of one open call (ledger_open.call), in no special order. A run still open by count only
 * (which pages is not known) has RUN_FOLIO set.
 */
int ledger__for_each_run(const struct ledger *l, u32 call,
			 int (*fn)(const struct rec_run *run, void *arg), void *arg);
int ledger__for_each_site(const struct ledger *l,
			  int (*fn)(const struct ledger_site *site, void *arg), void *arg);
int ledger__for_each_unmatched(const struct ledger *l,
			       int (*fn)(const struct ledger_unmatched *u, void *arg), void *arg);

#endif
