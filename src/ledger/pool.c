// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "ledger/pool.h"

/* Indices have 31 bits: struct open_run needs one to tell where it lives. */
#define POOL_ELEMS_MAX (UINT32_MAX >> 1)
#define CACHE_LINE     64

#define TABLE_MIN_BITS 6
#define TABLE_MAX_BITS 30

int pool__init(struct pool *p, u32 elem_sz)
{
	*p = (struct pool){ .elem_sz = elem_sz, .chunk_bits = POOL_CHUNK_BITS(elem_sz), .top = 1 };
	return pool__reserve(p, 1);
}

void pool__deinit(struct pool *p)
{
	for (u32 i = 0; i < p->nr_chunks; i++)
		free(p->chunks[i]);
	free(p->chunks);
	*p = (struct pool){ 0 };
}

static int add_chunk(struct pool *p)
{
	if ((u64)(p->nr_chunks + 1) << p->chunk_bits > POOL_ELEMS_MAX)
		return -ENOMEM;
	if (p->nr_chunks == p->cap_chunks) {
		u32 cap = p->cap_chunks ? p->cap_chunks + p->cap_chunks / 2 : 4;
		char **chunks = realloc(p->chunks, cap * sizeof(*chunks));

		if (!chunks)
			return -ENOMEM;
		p->chunks = chunks;
		p->cap_chunks = cap;
	}
	p->chunks[p->nr_chunks] = aligned_alloc(CACHE_LINE, (size_t)p->elem_sz << p->chunk_bits);
	if (!p->chunks[p->nr_chunks])
		return -ENOMEM;
	p->nr_chunks++;
	return 0;
}

int pool__grow(struct pool *p, u64 cnt)
{
	while (p->nr_free + ((u64)p->nr_chunks << p->chunk_bits) < cnt + p->top) {
		int err = add_chunk(p);

		if (err)
			return err;
	}
	return 0;
}

u32 pool__alloc(struct pool *p)
{
	u32 idx = pool__take(p);

	if (idx)
		memset(pool__at(p, idx), 0, p->elem_sz);
	return idx;
}

/* Zeroed, so that a walk over all indices can tell a free element. */
void pool__free(struct pool *p, u32 idx)
{
	memset(pool__at(p, idx), 0, p->elem_sz);
	pool__give(p, idx);
}

u64 pool__bytes(const struct pool *p)
{
	return ((u64)p->nr_chunks << p->chunk_bits) * p->elem_sz +
	       p->cap_chunks * sizeof(*p->chunks);
}

int table__init(struct table *t, struct pool *pool, u32 next_off, u64 (*key)(const void *))
{
	*t = (struct table){ .pool = pool,
			     .key = key,
			     .seed = hash__seed(),
			     .next_off = next_off,
			     .bits = TABLE_MIN_BITS,
			     .load = 1 };
	t->heads = calloc((size_t)1 << t->bits, sizeof(*t->heads));
	return t->heads ? 0 : -ENOMEM;
}

void table__deinit(struct table *t)
{
	free(t->heads);
	t->heads = NULL;
}

static u32 *link_of(const struct table *t, u32 idx)
{
	return (u32 *)((char *)pool__at(t->pool, idx) + t->next_off);
}

static void grow(struct table *t)
{
	u32 bits = t->bits + 1;
	u32 *heads = calloc((size_t)1 << bits, sizeof(*heads));

	if (!heads)
		return;
	for (size_t i = 0; i < (size_t)1 << t->bits; i++) {
		u32 next;

		for (u32 idx = t->heads[i]; idx; idx = next) {
			u32 *head = &heads[hash__u64(t->seed, t->key(pool__at(t->pool, idx))) >>
					   (64 - bits)];

			next = table__next(t, idx);
			*link_of(t, idx) = *head;
			*head = idx;
		}
	}
	free(t->heads);
	t->heads = heads;
	t->bits = bits;
}

void table__add(struct table *t, u64 key, u32 idx)
{
	u32 *head;

	if (t->cnt >= (u64)t->load << t->bits && t->bits < TABLE_MAX_BITS)
		grow(t);
	head = &t->heads[hash__u64(t->seed, key) >> (64 - t->bits)];
	*link_of(t, idx) = *head;
	*head = idx;
	t->cnt++;
}

void table__del(struct table *t, u64 key, u32 idx)
{
	u32 *link = &t->heads[hash__u64(t->seed, key) >> (64 - t->bits)];

	while (*link != idx)
		link = link_of(t, *link);
	*link = *link_of(t, idx);
	t->cnt--;
}

u64 table__bytes(const struct table *t)
{
	return ((u64)1 << t->bits) * sizeof(*t->heads);
}
