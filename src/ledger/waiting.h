/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Releases that wait for their pin, which may be on its way in another CPU's ring. Owns them, in
 * the order in which they came; what waited for reorder_ns becomes unmatched.
 */
#ifndef PINACCT_WAITING_H
#define PINACCT_WAITING_H

#include "ledger/pool.h"
#include "ledger/stream_time.h"
#include "ledger/unmatched.h"

/* A release call with pages that wait; shared by its spans. */
struct waiting_call {
	struct release r;
	struct event_task task;
	u32 refs;
};

struct waiting_span {
	struct span span;
	struct past_pin past; /* what history__find() knew of its pages when it came */
	u64 arrived_ns;	      /* stream time */
	u32 call;	      /* index of struct waiting_call */
	u32 prev, next;	      /* all spans, in order of arrival */
	u32 key_next;
	u32 tried; /* the last retry that looked at it */
};

struct waiting {
	struct pool spans, calls;
	struct table by_key;
	u32 first, last;
	u64 pages;
	const struct history *history;
	struct unmatched *unmatched;
	const struct stream_time *time;
};

/* Where a span goes that waits, and what it inherits when it is part of one that waited before. */
struct waiting_place {
	struct release *r;
	u32 call; /* its waiting_call; 0 = there is none so far */
	u32 last; /* behind this one; moves along */
	u64 arrived_ns;
	const struct past_pin *past; /* NULL = to be looked up */
	u32 tried;
};

/* 0 or -ENOMEM. */
int waiting__init(struct waiting *w, const struct history *history, struct unmatched *unmatched,
		  const struct stream_time *time);
void waiting__deinit(struct waiting *w);
u64 waiting__bytes(const struct waiting *w);

static inline struct waiting_span *waiting__at(const struct waiting *w, u32 idx)
{
	return POOL_ELEM(&w->spans, idx, struct waiting_span);
}

static inline struct waiting_call *waiting__call(const struct waiting *w, u32 idx)
{
	return POOL_ELEM(&w->calls, idx, struct waiting_call);
}

/* Without memory to wait with the span is unmatched at once. */
void waiting__add(struct waiting *w, struct waiting_place *place, const struct span *span);
void waiting__del(struct waiting *w, u32 idx);
/* Keeps a call while its spans are taken out and put back. */
void waiting__hold_call(struct waiting *w, u32 call);
void waiting__put_call(struct waiting *w, u32 call);
/* Leaves span `idx` the pages before pfn; the others wait behind it. The caller reserved a span. */
void waiting__split(struct waiting *w, u32 idx, u64 pfn);

/*
 * The span of a block whose release is the first after the pin, and was not tried in this retry: a
 * later release may be another pin's that is still to come. 0 = there is none.
 */
u32 waiting__first_for(const struct waiting *w, u64 key, const struct span *pinned, u64 pin_ts_ns,
		       u32 retry);

/* What waited long enough becomes unmatched; all = everything. */
void waiting__expire(struct waiting *w, bool all);
/* Only so many go on waiting: the oldest become unmatched. */
void waiting__bound(struct waiting *w);

#endif
