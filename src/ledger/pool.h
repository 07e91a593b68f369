/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Storage of the ledger: pools of elements of one size, and hash tables that chain such elements.
 * An element is named by an index of 32 bits, which is half a pointer, because pins come by the
 * million. Elements never move. Index 0 is no element.
 */
#ifndef PINACCT_POOL_H
#define PINACCT_POOL_H

#include <stdbool.h>
#include <stddef.h>
#include <pinacct/types.h>
#include "base/hash.h"

/*
 * log2 of the elements of a chunk: many small ones, few large ones, of which there often are few.
 */
#define POOL_CHUNK_BITS(elem_sz) ((elem_sz) <= 64 ? 10 : 6)
#define POOL_CHUNK_MAX		 1024

struct pool {
	char **chunks;
	u32 nr_chunks;
	u32 cap_chunks;
	u32 elem_sz; /* at least 4: a free element holds the index of the next one */
	u32 chunk_bits;
	u32 top;       /* indices [1, top) were handed out at least once */
	u32 free_head; /* freed ones among these */
	u32 nr_free;
};

int pool__init(struct pool *p, u32 elem_sz);
void pool__deinit(struct pool *p);
/* For pool__reserve(). */
int pool__grow(struct pool *p, u64 cnt);
/* A zeroed element, or 0 = no memory. */
u32 pool__alloc(struct pool *p);
void pool__free(struct pool *p, u32 idx);
u64 pool__bytes(const struct pool *p);

/* So many pool__alloc() in a row cannot fail. 0 or -ENOMEM. */
static inline int pool__reserve(struct pool *p, u64 cnt)
{
	bool enough = p->nr_free + ((u64)p->nr_chunks << p->chunk_bits) >= cnt + p->top;

	return enough ? 0 : pool__grow(p, cnt);
}

static inline void *pool__at(const struct pool *p, u32 idx)
{
	u32 at = idx & ((1u << p->chunk_bits) - 1);

	return p->chunks[idx >> p->chunk_bits] + (size_t)at * p->elem_sz;
}

/*
 * The same where the compiler knows the size and need not multiply: a release looks up some 20
 * elements.
 */
#define POOL_ELEM(p, idx, type)                                                                    \
	((type *)(p)->chunks[(idx) >> POOL_CHUNK_BITS(sizeof(type))] +                             \
	 ((idx) & ((1u << POOL_CHUNK_BITS(sizeof(type))) - 1)))

/*
 * As pool__alloc() and pool__free() without the zeroing: only the first four bytes change. The
 * caller writes the whole element, and marks a free one itself.
 */
static inline u32 pool__take(struct pool *p)
{
	u32 idx = p->free_head;

	if (!idx)
		return pool__reserve(p, 1) ? 0 : p->top++;
	p->free_head = *(u32 *)pool__at(p, idx);
	p->nr_free--;
	return idx;
}

static inline void pool__give(struct pool *p, u32 idx)
{
	*(u32 *)pool__at(p, idx) = p->free_head;
	p->free_head = idx;
	p->nr_free++;
}

static inline u32 pool__live(const struct pool *p)
{
	return p->top - 1 - p->nr_free;
}

/*
 * A hash table of pool elements. It does not compare keys: the caller walks the chain and does,
 * because equal keys may occur.
 */
struct table {
	struct pool *pool;
	u64 (*key)(const void *elem);
	u64 seed;
	u32 next_off; /* of the element's u32 link */
	u32 bits;     /* 1 << bits heads */
	u32 load;     /* elements a head before it grows; 1 unless set after table__init() */
	u32 cnt;
	u32 *heads;
};

int table__init(struct table *t, struct pool *pool, u32 next_off, u64 (*key)(const void *));
void table__deinit(struct table *t);
/* Never fails: a table that cannot grow only gets slower. */
void table__add(struct table *t, u64 key, u32 idx);
void table__del(struct table *t, u64 key, u32 idx);
u64 table__bytes(const struct table *t);

static inline u32 table__first(const struct table *t, u64 key)
{
	return t->heads[hash__u64(t->seed, key) >> (64 - t->bits)];
}

static inline u32 table__next(const struct table *t, u32 idx)
{
	return *(u32 *)((char *)pool__at(t->pool, idx) + t->next_off);
}

#endif
