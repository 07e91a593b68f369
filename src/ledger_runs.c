// SPDX-License-Identifier: GPL-2.0
#include <assert.h>
#include "ledger_impl.h"

/* A block gets cells when it has more runs than this: up to here a walk is as fast. */
#define BLOCK_RUNS_MAX 48

static u64 block_key_of(const void *elem)
{
	return ((const struct block *)elem)->key;
}

int runs__init(struct ledger *l)
{
	int err = pool__init(&l->runs, sizeof(struct open_run));

	if (!err)
		err = pool__init(&l->blocks, sizeof(struct block));
	if (!err)
		err = pool__init(&l->cells, sizeof(struct cells));
	if (!err)
		err = table__init(&l->block_by_key, &l->blocks, offsetof(struct block, next),
				  block_key_of);
	return err;
}

void runs__deinit(struct ledger *l)
{
	table__deinit(&l->block_by_key);
	pool__deinit(&l->cells);
	pool__deinit(&l->blocks);
	pool__deinit(&l->runs);
}

static struct block *block_at(const struct ledger *l, u32 idx)
{
	return pool__at(&l->blocks, idx);
}

u32 runs__block(const struct ledger *l, u64 key)
{
	u32 idx = table__first(&l->block_by_key, key);

	while (idx && block_at(l, idx)->key != key)
		idx = block_at(l, idx)->next;
	return idx;
}

static u32 block_get(struct ledger *l, u64 key)
{
	u32 idx = runs__block(l, key);

	if (idx)
		return idx;
	idx = pool__alloc(&l->blocks);
	block_at(l, idx)->key = key;
	table__add(&l->block_by_key, key, idx);
	if (key & 0xff) {
		l->giants[key & 0xff]++;
		l->giant_orders |= 1u << (key & 0xff);
	}
	return idx;
}

static void block_put(struct ledger *l, u32 idx)
{
	struct block *b = block_at(l, idx);
	u8 order = b->key & 0xff;

	if (b->cnt)
		return;
	if (b->cells)
		pool__free(&l->cells, b->cells);
	if (order && !--l->giants[order])
		l->giant_orders &= ~(1u << order);
	table__del(&l->block_by_key, b->key, idx);
	pool__free(&l->blocks, idx);
}

/* Behind the tail is the head: appending and prepending differ in who is the tail then. */
static void ring_append(struct ledger *l, u32 *tail, u32 idx)
{
	struct open_run *r = runs__at(l, idx);

	if (*tail) {
		struct open_run *t = runs__at(l, *tail);

		r->next = t->next;
		t->next = idx;
	} else {
		r->next = idx;
	}
	*tail = idx;
}

static void ring_prepend(struct ledger *l, u32 *tail, u32 idx)
{
	u32 was = *tail;

	ring_append(l, tail, idx);
	if (was)
		*tail = was;
}

static void ring_del(struct ledger *l, u32 *tail, u32 prev, u32 idx)
{
	struct open_run *r = runs__at(l, idx);

	if (prev == idx) {
		*tail = 0;
		return;
	}
	runs__at(l, prev)->next = r->next;
	if (*tail == idx)
		*tail = prev;
}

/* log2 of the pages of a cell */
static unsigned cell_bits(const struct block *b)
{
	return (b->key & 0xff ? b->key & 0xff : BLOCK_PAGES_BITS) - 6;
}

/* The list for a run: its cell's if it fits into one. */
static u32 *ring_for(struct ledger *l, struct block *b, const struct open_run *r)
{
	u64 pages =
		r->flags & RUN_FOLIO && r->order <= FOLIO_ORDER_MAX ? (u64)1 << r->order : r->len;
	u64 first = r->off >> cell_bits(b), last = (r->off + pages - 1) >> cell_bits(b);
	struct cells *c;

	if (!b->cells || first != last || last >= CELLS)
		return &b->tail;
	c = pool__at(&l->cells, b->cells);
	c->used |= (u64)1 << first;
	return &c->tail[first];
}

/* Without memory for cells the block merely stays slow. */
static void block_make_cells(struct ledger *l, struct block *b)
{
	u32 next, idx, last = b->tail;

	b->cells = pool__alloc(&l->cells);
	if (!b->cells || !last)
		return;
	b->tail = 0;
	idx = runs__at(l, last)->next;
	for (;; idx = next) {
		struct open_run *r = runs__at(l, idx);

		next = r->next;
		ring_append(l, ring_for(l, b, r), idx);
		if (idx == last)
			break;
	}
}

static void call_link(struct ledger *l, u32 idx)
{
	struct open_run *r = runs__at(l, idx);
	struct pin_call *c = call_at(l, r->call);

	r->call_prev = 0;
	r->call_next = c->runs;
	if (c->runs)
		runs__at(l, c->runs)->call_prev = idx;
	c->runs = idx;
}

static void call_unlink(struct ledger *l, const struct open_run *r)
{
	if (r->call_prev)
		runs__at(l, r->call_prev)->call_next = r->call_next;
	else
		call_at(l, r->call)->runs = r->call_next;
	if (r->call_next)
		runs__at(l, r->call_next)->call_prev = r->call_prev;
}

void runs__add(struct ledger *l, const struct span *s, u32 call)
{
	u32 block = block_get(l, s->key);
	struct block *b = block_at(l, block);
	u32 idx = pool__alloc(&l->runs);
	struct open_run *r = runs__at(l, idx);

	assert(idx && block);
	*r = (struct open_run){.call = call,
			       .off = s->pfn - key_base(s->key),
			       .len = s->pages,
			       .block = block,
			       .order = s->order,
			       .flags = s->flags};
	if (b->cnt == BLOCK_RUNS_MAX && !b->cells)
		block_make_cells(l, b);
	ring_append(l, ring_for(l, b, r), idx);
	call_link(l, idx);
	b->cnt++;
	l->t.open_runs++;
}

u32 runs__split(struct ledger *l, u32 *tail, u32 idx, u32 off)
{
	u32 rest = pool__alloc(&l->runs);
	struct open_run *r = runs__at(l, idx), *n = runs__at(l, rest);
	struct block *b = block_at(l, r->block);
	u64 base = key_base(b->key);

	assert(rest && off > r->off && off < (u64)r->off + r->len);
	*n = *r;
	n->off = off;
	n->len = r->off + r->len - off;
	n->order = order_behind(base + r->off, r->order, base + off);
	/* The older of two neighbours stays in front: behind idx, on idx' list. */
	r->next = rest;
	if (*tail == idx)
		*tail = rest;
	r->len = off - r->off;
	call_link(l, rest);
	b->cnt++;
	l->t.open_runs++;
	return rest;
}

void runs__del(struct ledger *l, u32 *tail, u32 prev, u32 idx)
{
	struct open_run *r = runs__at(l, idx);
	u32 block = r->block;

	ring_del(l, tail, prev, idx);
	call_unlink(l, r);
	pool__free(&l->runs, idx);
	block_at(l, block)->cnt--;
	l->t.open_runs--;
	block_put(l, block);
}

void runs__blur(struct ledger *l, u32 *tail, u32 prev, u32 idx, u64 head, u8 order, u32 pins)
{
	struct open_run *r = runs__at(l, idx);
	struct block *b = block_at(l, r->block);

	ring_del(l, tail, prev, idx);
	r->off = head - key_base(b->key);
	r->len = pins;
	r->order = order;
	r->flags = RUN_FOLIO;
	ring_prepend(l, ring_for(l, b, r), idx);
}
