/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Which pages are still pinned, by which call. Owns the runs, and the blocks by which they are
 * found; a call's first run lives in the call (open_calls.h). A release is done in time that goes
 * with the runs near its pages, not with how much is open.
 *
 * A run is named by an index, and taken off with the list that it is on (`tail`) and the run before
 * it there (`prev`), which whoever walked to it knows.
 */
#ifndef PINACCT_OPEN_RUNS_H
#define PINACCT_OPEN_RUNS_H

#include "ledger/open_calls.h"
#include "ledger/page_map.h"

/* A run that is not inside its call: further ones of a call, and the parts of one that was split.
 */
struct more_run {
	struct open_run run;
	u32 call;
	u32 call_prev; /* 0 = the first behind the call's own */
};
_Static_assert(sizeof(struct more_run) == 32, "an open run must stay small");

/* In the index of a run: it is the one inside the call of that index. */
#define OWN_RUN 0x80000000u

/*
 * 2 MiB of page frames, or one folio larger than that. A block exists as long as it has runs. They
 * are on one list, in the order in which they were fed, until there are many; then those that fit
 * into one of 64 cells move to the list of that cell. Before that the block gets a map of its
 * pages.
 */
struct block {
	u64 key; /* block_key() */
	u32 next;
	u32 tail;
	u32 cells; /* index of struct cells, or of a page_map with MAP_ONLY; 0 = none */
	u32 cnt;   /* runs, on all lists */
};

#define CELLS_BITS 6
#define CELLS	   (1u << CELLS_BITS)

#define MAP_ONLY 0x80000000u
struct cells {
	struct page_map map;
	u64 used; /* bit i: tail[i] is not 0 */
	u32 tail[CELLS];
};

struct open_runs {
	struct pool pool, blocks, maps, cells;
	struct table block_by_key;
	u64 cnt;			/* of runs */
	u64 reserved;			/* free runs that the record in hand was promised */
	u32 large[FOLIO_ORDER_MAX + 1]; /* blocks that are one folio, by order */
	u32 large_orders;		/* bit: there are some */
	struct open_calls *calls;
};

/* 0 or -ENOMEM. */
int open_runs__init(struct open_runs *r, struct open_calls *calls);
void open_runs__deinit(struct open_runs *r);
u64 open_runs__bytes(const struct open_runs *r);

/* So many further runs can be made without failing. 0 or -ENOMEM. */
static inline int open_runs__promise(struct open_runs *r, u64 cnt)
{
	r->reserved = cnt;
	return pool__reserve(&r->pool, cnt);
}

static inline struct more_run *more_run_at(const struct open_runs *r, u32 idx)
{
	return POOL_ELEM(&r->pool, idx, struct more_run);
}

/*
 * An index without its tag, the top bit. Behind a barrier: gcc 12.2 at -O2 takes the upper bits of
 * the masked index for those of the whole one when it has shifted that already (POOL_ELEM), and
 * drops the mask.
 */
static inline u32 untag(u32 idx)
{
	idx &= 0x7fffffffu;
	__asm__("" : "+r"(idx));
	return idx;
}

static inline struct open_run *open_runs__at(const struct open_runs *r, u32 idx)
{
	return idx & OWN_RUN ? &open_calls__at(r->calls, untag(idx))->own
			     : &more_run_at(r, idx)->run;
}

/* The call that a run is of. */
static inline u32 open_runs__call(const struct open_runs *r, u32 idx)
{
	return idx & OWN_RUN ? untag(idx) : more_run_at(r, idx)->call;
}

static inline struct block *block_at(const struct open_runs *r, u32 idx)
{
	return POOL_ELEM(&r->blocks, idx, struct block);
}

/* NULL = none. */
static inline struct cells *block_cells(const struct open_runs *r, const struct block *b)
{
	return b->cells && !(b->cells & MAP_ONLY) ? POOL_ELEM(&r->cells, b->cells, struct cells)
						  : NULL;
}

/* NULL = none, or it is no longer kept. */
static inline struct page_map *block_map(const struct open_runs *r, const struct block *b)
{
	struct page_map *map;

	if (!b->cells)
		return NULL;
	if (b->cells & MAP_ONLY)
		map = POOL_ELEM(&r->maps, untag(b->cells), struct page_map);
	else
		map = &POOL_ELEM(&r->cells, b->cells, struct cells)->map;
	return map->gave_up ? NULL : map;
}

/* log2 of the pages of a cell */
static inline unsigned cell_bits(const struct block *b)
{
	u8 order = key_order(b->key);

	return (order ? order : BLOCK_PAGES_BITS) - CELLS_BITS;
}

/* Index of a block; 0 = nothing is open there. */
u32 open_runs__block(const struct open_runs *r, u64 key);
/* Cannot fail: the caller reserved a run and a block. */
void open_runs__add(struct open_runs *r, const struct span *s, u32 call);
/*
 * Cuts run `idx` in two; it ends at `off` then. Returns the part behind, which comes next on the
 * list. Cannot fail: the caller reserved a run.
 */
u32 open_runs__split(struct open_runs *r, u32 *tail, u32 idx, u32 off);
/* The block is gone with its last run. */
void open_runs__del(struct open_runs *r, u32 *tail, u32 prev, u32 idx);
/*
 * Pins of the run were taken off by count: from now on it is `pins` pins on the folio at `head`,
 * on which of its pages is not known.
 */
void open_runs__blur(struct open_runs *r, u32 *tail, u32 prev, u32 idx, u64 head, u8 order,
		     u32 pins);
/*
 * A record tells the order of a run's first folio only. Here another folio's was seen: all runs
 * that hold its pages get to know, and are cut where it begins. Else, once some of its pins were
 * taken off by count, nobody could tell that what is left of a run there is of this folio. Does
 * nothing without memory.
 */
void open_runs__learn(struct open_runs *r, u64 key, u64 folio, u8 order);

/* Takes pages [off, off + len) off the block's map: before their run is cut or gone. */
static inline void open_runs__forget(struct open_runs *r, u32 block, u32 off, u32 len)
{
	struct page_map *map = block_map(r, block_at(r, block));

	if (map)
		page_map__del(map, off, len);
}

#endif
