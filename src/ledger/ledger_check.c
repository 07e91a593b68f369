// SPDX-License-Identifier: GPL-2.0
#include <stdlib.h>
#include <string.h>
#include "ledger/ledger_check.h"
#include "ledger/ledger_parts.h"

struct count {
	u64 runs, own_runs, pages, calls;
	u64 *call_open; /* by index */
	u64 *site_open;
	struct page_map *map; /* of the block that is looked at */
};

static const char *check_list(const struct ledger *l, u32 block, u32 tail, u64 cell_start,
			      u64 cell_end, struct count *c)
{
	u32 idx = tail;

	if (!tail)
		return NULL;
	do {
		const struct open_run *r;
		u64 pages;

		idx = open_runs__at(&l->runs, idx)->next;
		r = open_runs__at(&l->runs, idx);
		pages = r->flags & RUN_FOLIO && r->order <= FOLIO_ORDER_MAX ? (u64)1 << r->order
									    : r->len;
		if (!r->len)
			return "a run of no pages";
		if (r->block != block)
			return "a run on the list of another block";
		if (r->off < cell_start || r->off + pages > cell_end)
			return "a run outside of its cell";
		if (!open_runs__call(&l->runs, idx) ||
		    !open_calls__at(&l->calls, open_runs__call(&l->runs, idx))->site)
			return "a run without a call";
		c->call_open[open_runs__call(&l->runs, idx)] += r->len;
		if (!(r->flags & RUN_FOLIO))
			page_map__add(c->map, r->off, r->len);
		c->own_runs += !!(idx & OWN_RUN);
		c->pages += r->len;
		if (++c->runs > l->runs.cnt)
			return "more runs than the totals say, or a broken list";
	} while (idx != tail);
	return NULL;
}

static const char *check_block(const struct ledger *l, u32 idx, struct count *c)
{
	const struct block *b = block_at(&l->runs, idx);
	const struct cells *cells = block_cells(&l->runs, b);
	struct page_map map = { .gave_up = false };
	unsigned bits = cell_bits(b);
	u64 before = c->runs;
	const char *why;

	c->map = &map;
	why = check_list(l, idx, b->tail, 0, UINT64_MAX, c);

	for (unsigned i = 0; cells && i < CELLS && !why; i++) {
		if (cells->tail[i] && !(cells->used >> i & 1))
			return "a used cell without its bit";
		why = check_list(l, idx, cells->tail[i], (u64)i << bits, (u64)(i + 1) << bits, c);
	}
	if (why)
		return why;
	if (block_map(&l->runs, b) &&
	    (map.gave_up || memcmp(block_map(&l->runs, b)->bits, map.bits, sizeof(map.bits))))
		return "a block's map is not what its runs hold";
	if (c->runs - before != b->cnt || !b->cnt)
		return "a block's count of runs is wrong";
	if (open_runs__block(&l->runs, b->key) != idx)
		return "a block cannot be found, or is there twice";
	return NULL;
}

static const char *check_blocks(const struct ledger *l, struct count *c)
{
	for (size_t i = 0; i < (size_t)1 << l->runs.block_by_key.bits; i++) {
		for (u32 idx = l->runs.block_by_key.heads[i]; idx;
		     idx = table__next(&l->runs.block_by_key, idx)) {
			const char *why = check_block(l, idx, c);

			if (why)
				return why;
		}
	}
	if (c->runs != l->runs.cnt || c->runs - c->own_runs != pool__live(&l->runs.pool))
		return "open_runs is wrong, or runs leaked";
	if (c->pages != l->accounts.open)
		return "open_pages is not what the runs sum up to";
	return NULL;
}

static const char *check_calls(const struct ledger *l, struct count *c)
{
	u64 releases = 0;

	for (u32 i = 1; i < l->calls.pool.top; i++) {
		const struct pin_call *call = open_calls__at(&l->calls, i);
		u64 listed = 0;

		if (!call->site)
			continue;
		for (u32 r = i | OWN_RUN; r && listed <= call->open;
		     r = open_runs__at(&l->runs, r)->call_next)
			listed += open_runs__at(&l->runs, r)->len;
		if (!call->open || call->open > call->pinned || call->open != c->call_open[i] ||
		    listed != call->open)
			return "a call's open pages are not what its runs sum up to";
		c->site_open[call->site] += call->open;
		c->calls++;
		releases += open_calls__last_release(&l->calls, i) != NULL;
	}
	if (c->calls != l->accounts.open_calls || c->calls != pool__live(&l->calls.pool))
		return "open_calls is wrong, or calls leaked";
	if (releases != pool__live(&l->calls.releases))
		return "last releases leaked";
	return NULL;
}

static const char *check_sites(const struct ledger *l, const struct count *c)
{
	u64 pinned = 0;

	for (u32 i = 1; i < l->sites.pool.top; i++) {
		const struct site *s = sites__at(&l->sites, i);

		if (!s->holder)
			continue;
		if (s->pub.open_pages != c->site_open[i])
			return "a site's open pages are not what its calls sum up to";
		pinned += s->pub.pinned_pages;
	}
	return pinned == l->accounts.pinned ? NULL : "pinned_pages is not what the sites sum up to";
}

static const char *check_pending(const struct ledger *l)
{
	u64 pages = 0, cnt = 0;

	for (u32 i = l->waiting.first; i; i = waiting__at(&l->waiting, i)->next) {
		pages += waiting__at(&l->waiting, i)->span.pages;
		if (++cnt > pool__live(&l->waiting.spans))
			return "the queue of pending releases is broken";
	}
	if (pages != l->waiting.pages || cnt != pool__live(&l->waiting.spans))
		return "pending_pages is wrong, or pending releases leaked";
	if (!cnt && pool__live(&l->waiting.calls))
		return "waiting calls leaked";
	return NULL;
}

static const char *check_totals(const struct ledger *l)
{
	const struct accounts *a = &l->accounts;
	u64 matched = 0;

	for (unsigned i = 0; i < LEDGER_MATCH_MAX; i++)
		matched += a->by_match[i];
	if (matched != a->ended)
		return "what ended is not what the rules sum up to";
	if (a->pinned != a->ended + a->open)
		return "pinned != ended + open";
	if (l->releases.pages + a->vanished != a->ended + l->waiting.pages + l->unmatched.pages)
		return "released + vanished != ended + pending + unmatched";
	return NULL;
}

const char *ledger__check(const struct ledger *l)
{
	struct count c = { .call_open = calloc(l->calls.pool.top, sizeof(u64)),
			   .site_open = calloc(l->sites.pool.top, sizeof(u64)) };
	const char *why = "no memory for the check";

	if (c.call_open && c.site_open)
		why = check_blocks(l, &c);
	if (!why)
		why = check_calls(l, &c);
	if (!why)
		why = check_sites(l, &c);
	if (!why)
		why = check_pending(l);
	if (!why)
		why = check_totals(l);
	free(c.call_open);
	free(c.site_open);
	return why;
}
