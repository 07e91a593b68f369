// SPDX-License-Identifier: GPL-2.0
#include <assert.h>
#include "ledger/open_runs.h"

/* A block with more runs than this gets cells: a walk over fewer is as fast. */
#define BLOCK_RUNS_MAX 48
/* One with more than this gets a map of its pages, which then costs less than 4 bytes a run. */
#define BLOCK_MAP_MIN 16
/* At most so many runs are told the order of a folio: it must not take long. */
#define LEARN_MAX 4096

static u64 block_key_of(const void *elem)
{
	return ((const struct block *)elem)->key;
}

int open_runs__init(struct open_runs *runs, struct open_calls *calls)
{
	int err = pool__init(&runs->pool, sizeof(struct more_run));

	if (!err)
		err = pool__init(&runs->blocks, sizeof(struct block));
	if (!err)
		err = pool__init(&runs->maps, sizeof(struct page_map));
	if (!err)
		err = pool__init(&runs->cells, sizeof(struct cells));
	if (!err)
		err = table__init(&runs->block_by_key, &runs->blocks, offsetof(struct block, next),
				  block_key_of);
	runs->calls = calls;
	runs->block_by_key.load = 2; /* saves 4 bytes for each 2 MiB that is pinned */
	return err;
}

void open_runs__deinit(struct open_runs *runs)
{
	table__deinit(&runs->block_by_key);
	pool__deinit(&runs->cells);
	pool__deinit(&runs->maps);
	pool__deinit(&runs->blocks);
	pool__deinit(&runs->pool);
}

u64 open_runs__bytes(const struct open_runs *runs)
{
	return pool__bytes(&runs->pool) + pool__bytes(&runs->blocks) + pool__bytes(&runs->maps) +
	       pool__bytes(&runs->cells) + table__bytes(&runs->block_by_key);
}

u32 open_runs__block(const struct open_runs *runs, u64 key)
{
	u32 idx = table__first(&runs->block_by_key, key);

	while (idx && block_at(runs, idx)->key != key)
		idx = block_at(runs, idx)->next;
	return idx;
}

static u32 block_get(struct open_runs *runs, u64 key)
{
	u32 idx = open_runs__block(runs, key);

	if (idx)
		return idx;
	idx = pool__alloc(&runs->blocks);
	block_at(runs, idx)->key = key;
	table__add(&runs->block_by_key, key, idx);
	if (key_order(key)) {
		runs->large[key_order(key)]++;
		runs->large_orders |= 1u << key_order(key);
	}
	return idx;
}

static void block_put(struct open_runs *runs, u32 idx)
{
	struct block *b = block_at(runs, idx);
	u8 order = key_order(b->key);

	if (b->cnt)
		return;
	if (b->cells & MAP_ONLY)
		pool__free(&runs->maps, untag(b->cells));
	else if (b->cells)
		pool__free(&runs->cells, b->cells);
	if (order && !--runs->large[order])
		runs->large_orders &= ~(1u << order);
	table__del(&runs->block_by_key, b->key, idx);
	pool__free(&runs->blocks, idx);
}

/* A list is a ring, named by its tail; the head comes behind it. */
static void ring_append(struct open_runs *runs, u32 *tail, u32 idx)
{
	struct open_run *r = open_runs__at(runs, idx);

	if (*tail) {
		struct open_run *t = open_runs__at(runs, *tail);

		r->next = t->next;
		t->next = idx;
	} else {
		r->next = idx;
	}
	*tail = idx;
}

static void ring_prepend(struct open_runs *runs, u32 *tail, u32 idx)
{
	u32 was = *tail;

	ring_append(runs, tail, idx);
	if (was)
		*tail = was;
}

static void ring_del(struct open_runs *runs, u32 *tail, u32 prev, u32 idx)
{
	struct open_run *r = open_runs__at(runs, idx);

	if (prev == idx) {
		*tail = 0;
		return;
	}
	open_runs__at(runs, prev)->next = r->next;
	if (*tail == idx)
		*tail = prev;
}

/* The list for a run: its cell's if it fits into one. */
static u32 *ring_for(struct open_runs *runs, struct block *b, const struct open_run *r)
{
	u64 pages =
		r->flags & RUN_FOLIO && r->order <= FOLIO_ORDER_MAX ? (u64)1 << r->order : r->len;
	u64 first = r->off >> cell_bits(b), last = (r->off + pages - 1) >> cell_bits(b);
	struct cells *c = block_cells(runs, b);

	if (!c || first != last || last >= CELLS)
		return &b->tail;
	c->used |= (u64)1 << first;
	return &c->tail[first];
}

/* Without memory for a map, or for cells, the block stays as it is, and slow. */
static void block_make_map(struct open_runs *runs, struct block *b)
{
	u32 map = pool__alloc(&runs->maps), idx = b->tail;

	if (!map)
		return;
	b->cells = map | MAP_ONLY;
	do {
		const struct open_run *r = open_runs__at(runs, idx);

		if (!(r->flags & RUN_FOLIO))
			page_map__add(POOL_ELEM(&runs->maps, map, struct page_map), r->off, r->len);
		idx = r->next;
	} while (idx != b->tail);
}

static void block_make_cells(struct open_runs *runs, struct block *b)
{
	u32 next, idx, last = b->tail, cells = pool__alloc(&runs->cells);
	const struct page_map *map = block_map(runs, b);

	if (!cells)
		return;
	if (map)
		POOL_ELEM(&runs->cells, cells, struct cells)->map = *map;
	else
		POOL_ELEM(&runs->cells, cells, struct cells)->map.gave_up = true;
	if (b->cells)
		pool__free(&runs->maps, untag(b->cells));
	b->cells = cells;
	b->tail = 0;
	idx = open_runs__at(runs, last)->next;
	for (;; idx = next) {
		struct open_run *r = open_runs__at(runs, idx);

		next = r->next;
		ring_append(runs, ring_for(runs, b, r), idx);
		if (idx == last)
			break;
	}
}

static void call_link(struct open_runs *runs, u32 idx)
{
	struct more_run *m = more_run_at(runs, idx);
	struct open_run *own = &open_calls__at(runs->calls, m->call)->own;

	m->call_prev = 0;
	m->run.call_next = own->call_next;
	if (own->call_next)
		more_run_at(runs, own->call_next)->call_prev = idx;
	own->call_next = idx;
}

static void call_unlink(struct open_runs *runs, const struct more_run *m)
{
	u32 next = m->run.call_next;

	if (m->call_prev)
		more_run_at(runs, m->call_prev)->run.call_next = next;
	else
		open_calls__at(runs->calls, m->call)->own.call_next = next;
	if (next)
		more_run_at(runs, next)->call_prev = m->call_prev;
}

/* A run of the call: the one inside it if that is free. */
static u32 run_new(struct open_runs *runs, u32 call)
{
	u32 idx;

	if (!open_calls__at(runs->calls, call)->own.len)
		return call | OWN_RUN;
	idx = pool__take(&runs->pool);
	assert(idx);
	*more_run_at(runs, idx) = (struct more_run){ .call = call };
	call_link(runs, idx);
	return idx;
}

void open_runs__add(struct open_runs *runs, const struct span *s, u32 call)
{
	u32 block = block_get(runs, s->key);
	struct block *b = block_at(runs, block);
	u32 idx = run_new(runs, call);
	struct open_run *r = open_runs__at(runs, idx);
	struct page_map *map;

	assert(block);
	r->off = s->pfn - key_base(s->key);
	r->len = s->pages;
	r->block = block;
	r->order = s->order;
	r->flags = s->flags;
	if (b->cnt >= BLOCK_MAP_MIN && !b->cells && !key_order(b->key))
		block_make_map(runs, b);
	if (b->cnt >= BLOCK_RUNS_MAX && !block_cells(runs, b))
		block_make_cells(runs, b);
	map = block_map(runs, b);
	if (map && !r->flags)
		page_map__add(map, r->off, r->len);
	ring_append(runs, ring_for(runs, b, r), idx);
	b->cnt++;
	runs->cnt++;
}

u32 open_runs__split(struct open_runs *runs, u32 *tail, u32 idx, u32 off)
{
	u32 rest = run_new(runs, open_runs__call(runs, idx));
	struct open_run *r = open_runs__at(runs, idx), *n = open_runs__at(runs, rest);
	struct block *b = block_at(runs, r->block);
	u64 base = key_base(b->key);

	assert(off > r->off && off < (u64)r->off + r->len);
	n->next = r->next;
	n->block = r->block;
	n->flags = r->flags;
	n->off = off;
	n->len = r->off + r->len - off;
	n->order = order_behind(base + r->off, r->order, base + off);
	/* Right behind idx on its list: both were pinned by one call, and are of one age. */
	r->next = rest;
	if (*tail == idx)
		*tail = rest;
	r->len = off - r->off;
	b->cnt++;
	runs->cnt++;
	return rest;
}

void open_runs__del(struct open_runs *runs, u32 *tail, u32 prev, u32 idx)
{
	struct open_run *r = open_runs__at(runs, idx);
	u32 block = r->block;

	ring_del(runs, tail, prev, idx);
	if (idx & OWN_RUN) {
		r->len = 0;
	} else {
		call_unlink(runs, more_run_at(runs, idx));
		pool__give(&runs->pool, idx);
	}
	block_at(runs, block)->cnt--;
	runs->cnt--;
	block_put(runs, block);
}

void open_runs__blur(struct open_runs *runs, u32 *tail, u32 prev, u32 idx, u64 head, u8 order,
		     u32 pins)
{
	struct open_run *r = open_runs__at(runs, idx);
	struct block *b = block_at(runs, r->block);

	open_runs__forget(runs, r->block, r->off, r->len);
	ring_del(runs, tail, prev, idx);
	r->off = head - key_base(b->key);
	r->len = pins;
	r->order = order;
	r->flags = RUN_FOLIO;
	ring_prepend(runs, ring_for(runs, b, r), idx);
}

static bool learn(struct open_runs *runs, u32 *tail, u32 idx, u32 start, u8 order)
{
	struct open_run *r = open_runs__at(runs, idx);

	if (r->flags & RUN_FOLIO)
		return true;
	if (r->off >= start) {
		if (r->order == RUN_ORDER_UNKNOWN)
			r->order = order;
		return true;
	}
	/* The run tells of the folio at `start` already? Its order is that of an earlier one. */
	if (order_behind(r->off, r->order, start) != RUN_ORDER_UNKNOWN)
		return true;
	if (pool__reserve(&runs->pool, runs->reserved + 1))
		return false;
	idx = open_runs__split(runs, tail, idx, start);
	open_runs__at(runs, idx)->order = order;
	return true;
}

static u32 learn_list(struct open_runs *runs, u32 *tail, u32 start, u8 order, u32 most)
{
	u32 idx = *tail, end = start + (1u << order);

	if (!idx)
		return most;
	do {
		const struct open_run *r = open_runs__at(runs, idx);

		idx = r->next;
		r = open_runs__at(runs, idx);
		if (r->off < end && (u64)r->off + r->len > start &&
		    !learn(runs, tail, idx, start, order))
			return 0;
	} while (--most && idx != *tail);
	return most;
}

void open_runs__learn(struct open_runs *runs, u64 key, u64 folio, u8 order)
{
	u32 block = open_runs__block(runs, key), start = folio - key_base(key), most = LEARN_MAX;
	struct block *b = block_at(runs, block);
	struct cells *c;

	if (!block || block_key(folio, order) != key)
		return;
	most = learn_list(runs, &b->tail, start, order, most);
	c = block_cells(runs, b);
	if (!c)
		return;
	for (u32 i = start >> cell_bits(b); i <= (start + (1u << order) - 1) >> cell_bits(b); i++)
		if (most)
			most = learn_list(runs, &c->tail[i], start, order, most);
}
