/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Who pinned. Owns the holders: a task as it was when it pinned (ids, address space, name), with
 * its end once that was seen. Equal ones are kept once; a task whose number is used again is
 * another one. Promises that a holder stays where it is until holders__del(), so that sites can
 * point to it.
 *
 * A search passes over HOLDERS_LOOKED_AT holders at most: those of one name that lived at other
 * times. A real kernel has a few of them, a made-up file may have as many as it has records.
 */
#ifndef PINACCT_HOLDERS_H
#define PINACCT_HOLDERS_H

#include "ledger/ledger.h"
#include "ledger/pool.h"
#include "ledger/process.h"

#define HOLDERS_LOOKED_AT 256

struct holder {
	struct ledger_holder pub;
	u64 first_ns; /* its first pin */
	u64 key;      /* hash of what makes it equal to another */
	u32 key_next, tid_next, mm_next;
	u32 process;
	u32 sites;   /* that are its */
	bool used;   /* not a free element */
	bool past;   /* stands for holders that exited: see fold.h */
	bool by_tid; /* in holders.by_tid */
	bool by_mm;  /* in holders.by_mm */
};

/* Latest ends, for pins that come after them in the stream but were before them in time. */
#define DEATHS 64
struct death {
	u64 what; /* tid or mm */
	u64 ts_ns;
};

struct holders {
	struct pool pool;
	struct table by_key;
	struct table by_tid; /* those that did not exit yet */
	struct table by_mm;  /* those whose address space is not gone yet */
	struct death exits[DEATHS], mms_gone[DEATHS];
	u32 nr_exits, nr_mms_gone;
	u64 nr_gone; /* holders whose address space is gone, of all that ever were */
	struct processes *processes;
};

/* 0 or -ENOMEM. */
int holders__init(struct holders *h, struct processes *processes);
void holders__deinit(struct holders *h);
u64 holders__bytes(const struct holders *h);

static inline struct holder *holders__at(const struct holders *h, u32 idx)
{
	return POOL_ELEM(&h->pool, idx, struct holder);
}

/* Index of the holder that this task was at that time; made when there is none. 0 = no memory. */
u32 holders__get(struct holders *h, const struct event_task *task, u64 ts_ns);
/* The one that stands for exited holders of like's name and cgroup. 0 = no memory. */
u32 holders__get_past(struct holders *h, const struct ledger_holder *like);
/* It has no sites. */
void holders__del(struct holders *h, u32 idx);

/* Is it the holder that holders__get() would return? */
bool holders__is(const struct holder *h, const struct event_task *task, u64 ts_ns);

/* A thread exited, an address space was torn down. */
void holders__exit(struct holders *h, u32 tid, u64 ts_ns);
void holders__mm_gone(struct holders *h, u64 mm, u64 ts_ns);

/* Brings pub.workload up to date, of all or of one: who is of the workload may be learnt late. */
void holders__refresh(const struct holders *h);
void holders__refresh_one(const struct holders *h, struct holder *one);

#endif
