/* SPDX-License-Identifier: GPL-2.0 */
/* What the files of the ledger share; ledger.h is for everybody else. */
#ifndef PINACCT_LEDGER_IMPL_H
#define PINACCT_LEDGER_IMPL_H

#include "ledger/ledger.h"
#include "ledger/ledger_pool.h"

#define BLOCK_PAGES_BITS 9 /* runs are cut at, and found by, 2 MiB */
#define BLOCK_PAGES	 (1u << BLOCK_PAGES_BITS)
/* Folios above this order do not exist: 4 TiB of 4 KiB pages. Offsets in a folio fit in 32 bits. */
#define FOLIO_ORDER_MAX 30
/* A run that breaks the wire's rules by more than this is not cut up, to bound what it costs. */
#define CUT_PAGES_MAX (64 * BLOCK_PAGES)

/*
 * Pages of one call in one block that are still pinned. `off` counts from the
 * block's first page. With RUN_FOLIO it is a number of pins (`len`) on the
 * folio of `order` that starts at `off`, and which pages they are is not known.
 */
struct open_run {
	u32 next; /* of the list that it is on: a ring, the oldest behind the tail */
	u32 off;
	u32 len;
	u32 block;
	u32 call_next; /* of the same call */
	u8 order;      /* of the folio of the first page */
	u8 flags;      /* RUN_FOLIO */
	u8 worst;      /* of the call, in the run inside it: enum ledger_match */
	u8 family;     /* the same: enum hook_family */
};

/*
 * Most calls pin one run: it lives inside of its call, beside all that a
 * release asks for, and its index is the call's with OWN_RUN. Further runs, and
 * the parts of a run that was split, have elements of their own.
 */
#define OWN_RUN 0x80000000u
struct more_run {
	struct open_run run;
	u32 call;
	u32 call_prev; /* 0 = the first behind the call's own */
};
_Static_assert(sizeof(struct more_run) == 32, "an open run must stay small");

/*
 * Where open runs are found: 2 MiB of page frames, or one folio larger than
 * that. A block exists as long as it has runs. Its runs are on one list, in the
 * order they were fed, until there are many; then those that fit into one of 64
 * cells move to the list of that cell. Before that it gets a map of its pages.
 */
struct block {
	u64 key; /* BLOCK_KEY */
	u32 next;
	u32 tail;
	u32 cells; /* index of struct cells, or of a page_map with MAP_ONLY; 0 = none */
	u32 cnt;   /* runs, on all lists */
};

#define CELLS_BITS 6
#define CELLS	   (1u << CELLS_BITS)

/*
 * Which pages of 2 MiB are pinned, by runs that know their pages. It is kept for
 * as long as no page is pinned twice, which is nearly always: then the first
 * run found to hold a page is the only one, and none need be looked for where
 * there is none.
 */
struct page_map {
	u64 bits[BLOCK_PAGES / 64];
	bool gave_up; /* a page was pinned twice, or the block is larger */
};

#define MAP_ONLY 0x80000000u
struct cells {
	struct page_map map;
	u64 used; /* bit i: tail[i] is not 0 */
	u32 tail[CELLS];
};

/* A pin call with pages still pinned. */
struct pin_call {
	struct open_run own; /* len 0 = that one is gone, others are left */
	u32 site;	     /* 0 = a free element */
	u32 open;	     /* never 0 in a call that lives */
	u64 ts_ns;
	u64 bio;
	u64 call_id;
	u32 pinned;
} __attribute__((packed, aligned(4)));
_Static_assert(sizeof(struct pin_call) == 60, "an open call must stay small");

/* The last release of a call that was released in part. */
struct last_release {
	struct ledger_release r;
	u64 call_id; /* of the release */
	u32 call;    /* index of the pin call */
	u32 next;
};

/* A release call as the matching sees it. */
struct release {
	const struct event_task *task;
	u64 ts_ns;
	u64 call_id;
	u64 stack_id;
	u64 bio;
	u64 mm; /* 0 when the task is a bystander */
	u16 api;
	u16 flags;
	u8 family;
	bool late; /* was pending: a pin that is younger than this release is none of its business
		    */
	const struct by_page
		*by_page; /* nobody released: the page shows no pin; NULL = a release */
	/*
	 * Pages of one call, taken by one rule, that are still to be written down: a list of pages
	 * mostly is of one call. calls__flush() before anybody looks at counts.
	 */
	u32 taken_call; /* 0 = none */
	u32 taken_pages;
	enum ledger_match taken_by;
};

/* Pages in one block. `order` is that of the folio of the first one. */
struct span {
	u64 key;
	u64 pfn;
	u64 pages;
	u8 order;
	u8 flags; /* RUN_FOLIO: so many pins of the folio at pfn */
};

/* What was last settled at some pages, for the evidence of a double unpin. */
struct history {
	u64 pin_ts_ns, pin_stack_id;
	u64 unpin_ts_ns, unpin_stack_id;
};

struct history_entry {
	u64 pfn;
	u64 pages;
	struct history h;
};

/* A release call with pages that wait for their pin; shared by its pending spans. */
struct waiting_call {
	struct release r;
	struct event_task task;
	u32 refs;
};

struct pending {
	struct span span;
	struct history hist;
	u64 arrived_ns; /* stream time */
	u32 call;	/* index of struct waiting_call */
	u32 prev, next; /* all of them, in order of arrival */
	u32 key_next;
	u32 tried; /* the last retry that looked at it */
};

/* A process: who its parent was, to tell the workload from the others. */
struct process {
	u64 born_ns;
	u64 dead_ns;
	u32 tgid;
	u32 parent; /* index; 0 = not known, or no longer of interest */
	u32 next;
	u32 refs;    /* holders and children */
	bool forked; /* its FORK was seen */
	bool member; /* of the workload, for sure */
	bool hashed; /* the one that now has this tgid */
};

struct holder {
	struct ledger_holder pub;
	u64 first_ns; /* its first pin */
	u32 tid_next, mm_next;
	u32 process;
	u32 sites;
	bool used; /* not a free element */
	bool past; /* stands for holders that exited: see ledger_fold.c */
};

struct site {
	struct ledger_site pub;
	u32 holder; /* index; 0 = a free element */
	u32 next;
};

/* Above so many, holders and sites are folded: see ledger_fold.c. */
#define HOLDER_LIMIT 4096
#define SITE_LIMIT   16384

#define RECENT_SITES_BITS 8

/* Latest exits, for pins that come after them in the stream but were before them in time. */
#define DEATHS 64
struct death {
	u64 what; /* tid or mm */
	u64 ts_ns;
};

struct ledger {
	struct ledger_opts opts;
	struct ledger_totals t; /* but for `bytes` */

	u64 runs_due; /* the event that is fed was promised so many free runs */
	struct pool runs, blocks, maps, cells, calls, releases;
	struct table block_by_key, release_by_call;
	struct call_ids *ids;
	u32 giants[FOLIO_ORDER_MAX + 1]; /* blocks that are one folio, by order */
	u32 giant_orders;		 /* bit: there are some */

	struct pool processes, holders, sites;
	struct table process_by_tgid, holder_by_tid, holder_by_mm, site_by_key;
	u32 recent_sites[1 << RECENT_SITES_BITS];    /* asked before the tables are */
	u32 process_limit, holder_limit, site_limit; /* clean up above these */
	struct death exits[DEATHS], mms_gone[DEATHS];
	u32 nr_exits, nr_mms_gone;

	struct pool pendings, waiting;
	struct table pending_by_key;
	u32 pending_first, pending_last;
	u32 retries;
	struct history_entry *history; /* made at the first settled pin */
	u32 history_turn;
	struct ledger_unmatched *unmatched;
	u32 nr_unmatched, cap_unmatched;
	u32 unmatched_faults;  /* entries below this one are not of unknown origin */
	struct settle *settle; /* what pages said; NULL = nothing so far */
};

static inline u64 block_key(u64 pfn, u8 order)
{
	bool giant = order > BLOCK_PAGES_BITS && order <= FOLIO_ORDER_MAX;

	if (giant)
		pfn &= ~(((u64)1 << order) - 1);
	return pfn >> BLOCK_PAGES_BITS << 8 | (giant ? order : 0);
}

static inline u64 key_base(u64 key)
{
	return key >> 8 << BLOCK_PAGES_BITS;
}

/* The folio's pages as [*start, *end). False when the order is not known. */
static inline bool folio_range(u64 pfn, u8 order, u64 *start, u64 *end)
{
	if (order > FOLIO_ORDER_MAX)
		return false;
	*start = pfn >> order << order;
	*end = *start + ((u64)1 << order);
	return true;
}

static inline struct pin_call *call_at(const struct ledger *l, u32 idx)
{
	return POOL_ELEM(&l->calls, idx, struct pin_call);
}

static inline struct more_run *more_at(const struct ledger *l, u32 idx)
{
	return POOL_ELEM(&l->runs, idx, struct more_run);
}

/*
 * The index without its tag, the top bit. Behind a barrier: gcc 12.2 at -O2 takes the upper bits of
 * the masked index for those of the whole one when it has shifted that already (POOL_ELEM), and
 * drops the mask.
 */
static inline u32 untag(u32 idx)
{
	idx &= 0x7fffffffu;
	__asm__("" : "+r"(idx));
	return idx;
}

static inline struct open_run *runs__at(const struct ledger *l, u32 idx)
{
	return idx & OWN_RUN ? &call_at(l, untag(idx))->own : &more_at(l, idx)->run;
}

static inline u32 runs__call(const struct ledger *l, u32 idx)
{
	return idx & OWN_RUN ? untag(idx) : more_at(l, idx)->call;
}

static inline struct block *block_at(const struct ledger *l, u32 idx)
{
	return POOL_ELEM(&l->blocks, idx, struct block);
}

static inline struct cells *block_cells(const struct ledger *l, const struct block *b)
{
	return b->cells && !(b->cells & MAP_ONLY) ? POOL_ELEM(&l->cells, b->cells, struct cells)
						  : NULL;
}

/* NULL = none, or it is no longer kept. */
static inline struct page_map *block_map(const struct ledger *l, const struct block *b)
{
	struct page_map *map;

	if (!b->cells)
		return NULL;
	if (b->cells & MAP_ONLY)
		map = POOL_ELEM(&l->maps, untag(b->cells), struct page_map);
	else
		map = &POOL_ELEM(&l->cells, b->cells, struct cells)->map;
	return map->gave_up ? NULL : map;
}

/* log2 of the pages of a cell */
static inline unsigned cell_bits(const struct block *b)
{
	return (b->key & 0xff ? b->key & 0xff : BLOCK_PAGES_BITS) - CELLS_BITS;
}

static inline struct site *site_at(const struct ledger *l, u32 idx)
{
	return POOL_ELEM(&l->sites, idx, struct site);
}

static inline struct holder *holder_at(const struct ledger *l, u32 idx)
{
	return POOL_ELEM(&l->holders, idx, struct holder);
}

static inline bool after_reorder(const struct ledger *l, u64 ts_ns)
{
	return l->t.last_ts_ns > ts_ns && l->t.last_ts_ns - ts_ns > l->opts.reorder_ns;
}

/* ledger_cut.c: a run in pieces that lie in one block each. */
struct cut {
	u64 pfn;
	u64 pages; /* still to come */
	u64 folio_end;
	u8 order;
	u8 flags;
};
void cut__start(struct cut *c, const struct rec_run *run);
bool cut__next(struct cut *c, struct span *out);
u8 order_behind(u64 pfn, u8 order, u64 at);

/* cut__start() and the first cut__next(); most runs are one piece, and need no more than this. */
static inline bool cut__first(struct cut *c, const struct rec_run *run, struct span *out)
{
	bool small = run->order <= BLOCK_PAGES_BITS, folio = run->flags & RUN_FOLIO;
	bool fits = (run->pfn & (BLOCK_PAGES - 1)) + run->pages <= BLOCK_PAGES;

	c->pages = 0;
	if (folio ? !small : !fits || (!small && run->order <= FOLIO_ORDER_MAX)) {
		cut__start(c, run);
		return cut__next(c, out);
	}
	out->key = run->pfn >> BLOCK_PAGES_BITS << 8;
	out->pfn = folio ? run->pfn >> run->order << run->order : run->pfn;
	out->pages = run->pages;
	out->order = small ? run->order : RUN_ORDER_UNKNOWN;
	/* One pin of a one-page folio is a pin of that page. */
	out->flags = folio && (run->order || run->pages > 1) ? RUN_FOLIO : 0;
	return run->pages;
}

#define for_each_span(cut, run, span)                                                              \
	for (bool more_ = cut__first(cut, run, span); more_;                                       \
	     more_ = (cut)->pages && cut__next(cut, span))

/* ledger_map.c: sets of pages of a block. */
/* Gives up when a page is there already. */
void map__add(struct page_map *map, u32 off, u32 len);
void map__del(struct page_map *map, u32 off, u32 len);
/* The first page at `off` or behind it; BLOCK_PAGES = none. */
u32 map__next(const struct page_map *map, u32 off);

/* ledger_runs.c: the index of open runs. */
int runs__init(struct ledger *l);
void runs__deinit(struct ledger *l);
u32 runs__block(const struct ledger *l, u64 key);
/* Cannot fail: the caller reserved a run and a block. */
void runs__add(struct ledger *l, const struct span *s, u32 call);
/*
 * Splits so that run `idx`, on the list of tail, ends at off; returns the part behind. The caller
 * reserved a run.
 */
u32 runs__split(struct ledger *l, u32 *tail, u32 idx, u32 off);
void runs__del(struct ledger *l, u32 *tail, u32 prev, u32 idx);
/* The run's len pins are on the folio from now on, not on single pages. */
void runs__blur(struct ledger *l, u32 *tail, u32 prev, u32 idx, u64 head, u8 order, u32 pins);

/* Pages [off, off + len) of a block will be no exact run's any longer: before they are not. */
static inline void runs__forget(struct ledger *l, u32 block, u32 off, u32 len)
{
	struct page_map *map = block_map(l, block_at(l, block));

	if (map)
		map__del(map, off, len);
}

/*
 * A record tells the order of a run's first folio only. When another one's is
 * seen, all runs that hold its pages get to know, and are cut where it begins:
 * else what is left of them there could not be told to be of the folio, once
 * some of its pins were taken off by count. Does nothing without memory.
 */
void runs__learn(struct ledger *l, u64 key, u64 folio, u8 order);

/* ledger_match.c: which open run a release is for, and taking it off. */
/*
 * Pages by identity. Those that no run holds are handed to miss(). Needs at most
 * match__splits() new runs.
 */
void match__pages(struct ledger *l, struct release *r, const struct span *s,
		  void (*miss)(struct ledger *l, u64 pfn, u64 pages, void *arg), void *arg);
/*
 * Up to `pins` pins off the folio at pfn (order unknown: off whatever folio holds pfn, and not
 * beyond its end). Returns how many.
 */
u64 match__folio(struct ledger *l, struct release *r, const struct span *folio, u64 pins);
u64 match__splits(const struct ledger *l, const struct span *s);

/* ledger_calls.c: open calls and the totals that pins and releases move. */
int calls__init(struct ledger *l);
void calls__deinit(struct ledger *l);
u8 calls__family(u16 api);
void calls__count(struct ledger *l, const struct event *e, u32 site);
/*
 * More pages for the event's call: `idx` is what this returned for its runs
 * before, 0 = first. Cannot fail: the caller reserved a call.
 */
u32 calls__extend(struct ledger *l, const struct event *e, u32 site, u32 idx, u32 pages);
/* The call's runs are off already. */
void calls__settle(struct ledger *l, u32 call, struct release *r, u32 pages, enum ledger_match how);
/* NULL = it was not released in part. */
const struct last_release *calls__last_release(const struct ledger *l, u32 call);
/* References of the bio that this call pinned for were put. */
void calls__note_put(struct ledger *l, u32 call, const struct release *r, u32 pages);
/* May free the call. */
void calls__flush(struct ledger *l, struct release *r);

/* ledger_ids.c: open calls by call_id. */
int ids__init(struct ledger *l);
void ids__deinit(struct ledger *l);
/*
 * The open calls of one id (a hostile stream, or a huge call, has several): `after` is the one
 * before, 0 = first. 0 = no more.
 */
u32 ids__find(const struct ledger *l, u64 call_id, u32 after);
void ids__add(struct ledger *l, u32 call);
void ids__del(struct ledger *l, u32 call);
/* The call whose next chunk is to come; a hint, so that chunks need no index. */
void ids__expect_chunk(struct ledger *l, u32 call);
u32 ids__chunk(const struct ledger *l, u64 call_id);
u64 ids__bytes(const struct ledger *l);

/* ledger_pending.c: releases without a pin, so far or for good. */
int pending__init(struct ledger *l);
void pending__deinit(struct ledger *l);
/* So that pending__release() of these cannot fail. 0 or -ENOMEM. */
int pending__reserve(struct ledger *l, const struct rec_run *runs, u32 nr_runs);
/* Takes the release's pages off open runs; what is left over waits. */
void pending__release(struct ledger *l, struct release *r, const struct rec_run *runs, u32 nr_runs);
/* A pin came: is anybody waiting for it? All of it is taken at `until` settled pages in total. */
void pending__retry(struct ledger *l, const struct span *s, u64 pin_ts_ns, u64 until);
/* Those that waited long enough become unmatched; all = every one. */
void pending__expire(struct ledger *l, bool all);

/* ledger_unmatched.c */
u64 history__bytes(const struct ledger *l);
void history__note(struct ledger *l, u64 key, u64 pfn, u64 pages, const struct history *h);
void history__find(const struct ledger *l, const struct span *s, u64 before_ns,
		   struct history *out);
void unmatched__add(struct ledger *l, const struct release *r, const struct span *s,
		    const struct history *h);
void unmatched__deinit(struct ledger *l);

/* ledger_settle.c, ledger_base.c: what pages said. 0 or -ENOMEM. */
int settle__page(struct ledger *l, const struct rec_page *page);
int settle__scanned(struct ledger *l, bool whole, u64 ts_ns);
int settle__writeback(struct ledger *l, const struct rec_writeback *wb);
/* Pins of `call` that are settled by what the page says: still its own. */
void settle__note(struct ledger *l, u32 call, u32 pages, const struct by_page *by);
/*
 * Pins of these pages by calls for the put's bio, by all calls when it has none: see
 * calls__note_put().
 */
void settle__note_put(struct ledger *l, const struct release *put, const struct span *span);
void settle__note_nopin(struct ledger *l, u64 call_id, const struct rec_run *run);
bool settle__is_nopin(const struct ledger *l, u64 call_id, const struct rec_run *run);
/*
 * Of a release at that time: what was before the scan may have been of a pin that the scan did not
 * see any more.
 */
bool settle__base_known(const struct ledger *l, u64 release_ts_ns);
/* An unmatched span in parts that are of pins from before the start, or are not. */
void settle__split_unmatched(struct ledger *l, const struct span *s,
			     void (*add)(struct ledger *l, const struct span *part, bool unknown,
					 void *arg),
			     void *arg);
u64 settle__bytes(const struct ledger *l);
void settle__deinit(struct ledger *l);

/* ledger_intern.c: holders and sites. */
int intern__init(struct ledger *l);
void intern__deinit(struct ledger *l);
/* 0 = no memory. */
u32 intern__site(struct ledger *l, const struct event *e);
u32 intern__holder(struct ledger *l, const struct event_task *task, u64 ts_ns);
/* The holder that stands for exited ones of like's name. 0 = no memory. */
u32 intern__past(struct ledger *l, const struct ledger_holder *like);
u32 intern__site_of(struct ledger *l, u32 holder, const struct ledger_site *like);
void intern__del_holder(struct ledger *l, u32 idx);
void intern__del_site(struct ledger *l, u32 idx);
void intern__exit(struct ledger *l, u32 tid, u64 ts_ns);
void intern__mm_gone(struct ledger *l, u64 mm, u64 ts_ns);
/* ledger_fold.c: keeps the number of holders and sites bounded. */
void intern__fold(struct ledger *l);

/* ledger_process.c: who descends from the command under test. */
int process__init(struct ledger *l);
void process__deinit(struct ledger *l);
u32 process__get(struct ledger *l, u32 tgid);
void process__put(struct ledger *l, u32 idx);
int process__fork(struct ledger *l, u32 tgid, u32 parent, u64 ts_ns);
void process__exit(struct ledger *l, u32 tgid, u64 ts_ns);
int process__root(struct ledger *l, u32 tgid);
void process__refresh(const struct ledger *l);

/*
 * ledger_audit.c: recounts everything from the runs up and compares. NULL, or
 * what is wrong. Slow; for tests.
 */
const char *ledger__check(const struct ledger *l);

#endif
