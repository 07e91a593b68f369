/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The pin calls of which pages are still pinned. Owns them, for those that were released in part
 * the last such release, and for those that a release may have been of the last such. Promises that
 * a call stays where it is until open_calls__del(). Which pages they are is in open_runs.h, what
 * they add up to in accounts.h.
 */
#ifndef PINACCT_OPEN_CALLS_H
#define PINACCT_OPEN_CALLS_H

#include "base/u64map.h"
#include "ledger/ledger.h"
#include "ledger/pool.h"
#include "ledger/release.h"

/*
 * Pages of one call in one block that are still pinned. `off` counts from the block's first page.
 * With RUN_FOLIO it is a number of pins (`len`) on the folio of `order` that starts at `off`, and
 * which pages they are is not known.
 */
struct open_run {
	u32 next; /* of the list that it is on: a ring, the oldest behind the tail */
	u32 off;
	u32 len;
	u32 block;
	u32 call_next; /* of the same call */
	u8 order;      /* of the folio of the first page */
	u8 flags;      /* RUN_FOLIO */
	/* of the call, in the run inside it: */
	u8 worst;  /* enum ledger_match */
	u8 family; /* enum hook_family */
};

/*
 * Most calls pin one run: it is inside of the call, next to what a release asks for. Further runs
 * are in open_runs.h.
 */
struct pin_call {
	struct open_run own; /* len 0 = that one is gone, others are left */
	u32 site;	     /* 0 = a free element */
	u32 open;	     /* pages; never 0 in a call that is not free */
	u64 ts_ns;
	u64 bio;
	u64 call_id;
	u32 pinned; /* pages */
} __attribute__((packed, aligned(4)));
_Static_assert(sizeof(struct pin_call) == 60, "an open call must stay small");

/* The last release of a call that was released in part. */
struct last_release {
	struct ledger_release r;
	u64 call_id; /* of the release */
	u32 call;    /* index of the pin call */
	u32 next;
};

/* Releases by one task that may have been of this call, and were taken for another. */
struct contested {
	struct ledger_contested c;
	u32 call;
	u32 next;
};

struct open_calls {
	struct pool pool, releases, contested;
	/* Few calls are released in part, or are contested: the others pay no byte. */
	struct table release_by_call, contested_by_call;
	struct u64map unfinished; /* call_id to index: calls of which more chunks are to come */
};

/* 0 or -ENOMEM. */
int open_calls__init(struct open_calls *c);
void open_calls__deinit(struct open_calls *c);
u64 open_calls__bytes(const struct open_calls *c);

static inline struct pin_call *open_calls__at(const struct open_calls *c, u32 idx)
{
	return POOL_ELEM(&c->pool, idx, struct pin_call);
}

/* The family of functions that a hook is of: enum hook_family. */
u8 open_calls__family(u16 api);

/* Cannot fail: the caller reserved an element of the pool. It has no pages yet. */
u32 open_calls__add(struct open_calls *c, const struct event *pin, u32 site);
/* Its runs are gone. */
void open_calls__del(struct open_calls *c, u32 call);

/*
 * The open call that a later chunk of a call belongs to; 0 = none. A call has a chunk to come when
 * its latest one had PIN_F_MORE: open_calls__expect_chunk() is told of each.
 */
u32 open_calls__of_chunk(const struct open_calls *c, u64 call_id);
void open_calls__expect_chunk(struct open_calls *c, u32 call, bool more);

/* NULL = it was not released in part. */
const struct last_release *open_calls__last_release(const struct open_calls *c, u32 call);
/* The release took pages of the call, and left some. Without memory nothing is noted. */
void open_calls__note_release(struct open_calls *c, u32 call, const struct release *r, u32 pages);
/* References of pages of this call were put, of its bio or by --page-ref: evidence, no release. */
void open_calls__note_put(struct open_calls *c, u32 call, const struct release *r, u32 pages);

/* The last releases that may have been of this call; NULL = none. */
const struct ledger_contested *open_calls__contested(const struct open_calls *c, u32 call);
/* The release was taken for a pin of `other`, by a rule that may be wrong. */
void open_calls__note_contested(struct open_calls *c, u32 call, const struct release *r,
				const struct event_task *other, u64 pages, enum ledger_match match);

#endif
