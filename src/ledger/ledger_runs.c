// SPDX-License-Identifier: GPL-2.0
#include <assert.h>
#include "ledger/ledger_impl.h"

/* A block gets cells when it has more runs than this: up to here a walk is as fast. */
#define BLOCK_RUNS_MAX 48
/* And a map of its pages above so many: below, it would cost more than 4 bytes a run. */
#define BLOCK_MAP_MIN 16
/* So many runs are told the order of a folio, to bound what it costs. */
#define LEARN_MAX 4096

static u64 block_key_of(const void *elem)
{
	return ((const struct block *)elem)->key;
}

int runs__init(struct ledger *l)
{
	int err = pool__init(&l->runs, sizeof(struct more_run));

	if (!err)
		err = pool__init(&l->blocks, sizeof(struct block));
	if (!err)
		err = pool__init(&l->maps, sizeof(struct page_map));
	if (!err)
		err = pool__init(&l->cells, sizeof(struct cells));
	if (!err)
		err = table__init(&l->block_by_key, &l->blocks, offsetof(struct block, next),
				  block_key_of);
	l->block_by_key.load = 2; /* a head less for each 2 MiB that is pinned */
	return err;
}

void runs__deinit(struct ledger *l)
{
	table__deinit(&l->block_by_key);
	pool__deinit(&l->cells);
	pool__deinit(&l->maps);
	pool__deinit(&l->blocks);
	pool__deinit(&l->runs);
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
	if (b->cells & MAP_ONLY)
		pool__free(&l->maps, untag(b->cells));
	else if (b->cells)
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

/* The list for a run: its cell's if it fits into one. */
static u32 *ring_for(struct ledger *l, struct block *b, const struct open_run *r)
{
	u64 pages =
		r->flags & RUN_FOLIO && r->order <= FOLIO_ORDER_MAX ? (u64)1 << r->order : r->len;
	u64 first = r->off >> cell_bits(b), last = (r->off + pages - 1) >> cell_bits(b);
	struct cells *c = block_cells(l, b);

	if (!c || first != last || last >= CELLS)
		return &b->tail;
	c->used |= (u64)1 << first;
	return &c->tail[first];
}

/* Without memory for a map, or for cells, the block merely stays slow. */
static void block_make_map(struct ledger *l, struct block *b)
{
	u32 map = pool__alloc(&l->maps), idx = b->tail;

	if (!map)
		return;
	b->cells = map | MAP_ONLY;
	do {
		const struct open_run *r = runs__at(l, idx);

		if (!(r->flags & RUN_FOLIO))
			map__add(POOL_ELEM(&l->maps, map, struct page_map), r->off, r->len);
		idx = r->next;
	} while (idx != b->tail);
}

static void block_make_cells(struct ledger *l, struct block *b)
{
	u32 next, idx, last = b->tail, cells = pool__alloc(&l->cells);
	const struct page_map *map = block_map(l, b);

	if (!cells)
		return;
	if (map)
		POOL_ELEM(&l->cells, cells, struct cells)->map = *map;
	else
		POOL_ELEM(&l->cells, cells, struct cells)->map.gave_up = true;
	if (b->cells)
		pool__free(&l->maps, untag(b->cells));
	b->cells = cells;
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
	struct more_run *m = more_at(l, idx);
	struct open_run *own = &call_at(l, m->call)->own;

	m->call_prev = 0;
	m->run.call_next = own->call_next;
	if (own->call_next)
		more_at(l, own->call_next)->call_prev = idx;
	own->call_next = idx;
}

static void call_unlink(struct ledger *l, const struct more_run *m)
{
	u32 next = m->run.call_next;

	if (m->call_prev)
		more_at(l, m->call_prev)->run.call_next = next;
	else
		call_at(l, m->call)->own.call_next = next;
	if (next)
		more_at(l, next)->call_prev = m->call_prev;
}

/* A run of the call: the one inside it if that is free. */
static u32 run_new(struct ledger *l, u32 call)
{
	u32 idx;

	if (!call_at(l, call)->own.len)
		return call | OWN_RUN;
	idx = pool__take(&l->runs);
	assert(idx);
	*more_at(l, idx) = (struct more_run){ .call = call };
	call_link(l, idx);
	return idx;
}

void runs__add(struct ledger *l, const struct span *s, u32 call)
{
	u32 block = block_get(l, s->key);
	struct block *b = block_at(l, block);
	u32 idx = run_new(l, call);
	struct open_run *r = runs__at(l, idx);
	struct page_map *map;

	assert(block);
	r->off = s->pfn - key_base(s->key);
	r->len = s->pages;
	r->block = block;
	r->order = s->order;
	r->flags = s->flags;
	if (b->cnt >= BLOCK_MAP_MIN && !b->cells && !(b->key & 0xff))
		block_make_map(l, b);
	if (b->cnt >= BLOCK_RUNS_MAX && !block_cells(l, b))
		block_make_cells(l, b);
	map = block_map(l, b);
	if (map && !r->flags)
		map__add(map, r->off, r->len);
	ring_append(l, ring_for(l, b, r), idx);
	b->cnt++;
	l->t.open_runs++;
}

u32 runs__split(struct ledger *l, u32 *tail, u32 idx, u32 off)
{
	u32 rest = run_new(l, runs__call(l, idx));
	struct open_run *r = runs__at(l, idx), *n = runs__at(l, rest);
	struct block *b = block_at(l, r->block);
	u64 base = key_base(b->key);

	assert(off > r->off && off < (u64)r->off + r->len);
	n->next = r->next;
	n->block = r->block;
	n->flags = r->flags;
	n->off = off;
	n->len = r->off + r->len - off;
	n->order = order_behind(base + r->off, r->order, base + off);
	/* The older of two neighbours stays in front: behind idx, on idx' list. */
	r->next = rest;
	if (*tail == idx)
		*tail = rest;
	r->len = off - r->off;
	b->cnt++;
	l->t.open_runs++;
	return rest;
}

void runs__del(struct ledger *l, u32 *tail, u32 prev, u32 idx)
{
	struct open_run *r = runs__at(l, idx);
	u32 block = r->block;

	ring_del(l, tail, prev, idx);
	if (idx & OWN_RUN) {
		r->len = 0;
	} else {
		call_unlink(l, more_at(l, idx));
		pool__give(&l->runs, idx);
	}
	block_at(l, block)->cnt--;
	l->t.open_runs--;
	block_put(l, block);
}

void runs__blur(struct ledger *l, u32 *tail, u32 prev, u32 idx, u64 head, u8 order, u32 pins)
{
	struct open_run *r = runs__at(l, idx);
	struct block *b = block_at(l, r->block);

	runs__forget(l, r->block, r->off, r->len);
	ring_del(l, tail, prev, idx);
	r->off = head - key_base(b->key);
	r->len = pins;
	r->order = order;
	r->flags = RUN_FOLIO;
	ring_prepend(l, ring_for(l, b, r), idx);
}

static bool learn(struct ledger *l, u32 *tail, u32 idx, u32 start, u8 order)
{
	struct open_run *r = runs__at(l, idx);

	if (r->flags & RUN_FOLIO)
		return true;
	if (r->off >= start) {
		if (r->order == RUN_ORDER_UNKNOWN)
			r->order = order;
		return true;
	}
	/* Of its order nothing but that of an earlier folio is known: else it would be another. */
	if (order_behind(r->off, r->order, start) != RUN_ORDER_UNKNOWN)
		return true;
	if (pool__reserve(&l->runs, l->runs_due + 1))
		return false;
	idx = runs__split(l, tail, idx, start);
	runs__at(l, idx)->order = order;
	return true;
}

static u32 learn_list(struct ledger *l, u32 *tail, u32 start, u8 order, u32 most)
{
	u32 idx = *tail, end = start + (1u << order);

	if (!idx)
		return most;
	do {
		const struct open_run *r = runs__at(l, idx);

		idx = r->next;
		r = runs__at(l, idx);
		if (r->off < end && (u64)r->off + r->len > start &&
		    !learn(l, tail, idx, start, order))
			return 0;
	} while (--most && idx != *tail);
	return most;
}

void runs__learn(struct ledger *l, u64 key, u64 folio, u8 order)
{
	u32 block = runs__block(l, key), start = folio - key_base(key), most = LEARN_MAX;
	struct block *b = block_at(l, block);
	struct cells *c;

	if (!block || block_key(folio, order) != key)
		return;
	most = learn_list(l, &b->tail, start, order, most);
	c = block_cells(l, b);
	if (!c)
		return;
	for (u32 i = start >> cell_bits(b); i <= (start + (1u << order) - 1) >> cell_bits(b); i++)
		if (most)
			most = learn_list(l, &c->tail[i], start, order, most);
}
