// SPDX-License-Identifier: GPL-2.0
#include "ledger/fold.h"

#define HOLDER_LIMIT 4096
#define SITE_LIMIT   16384

void fold__init(struct fold *f)
{
	*f = (struct fold){ .holder_limit = HOLDER_LIMIT, .site_limit = SITE_LIMIT };
}

static void move_totals(struct ledger_site *to, const struct ledger_site *from)
{
	to->calls += from->calls;
	to->pinned_pages += from->pinned_pages;
	to->held_calls += from->held_calls;
	to->held_pages += from->held_pages;
	to->page_seconds += from->page_seconds;
	if (from->max_held_ns > to->max_held_ns)
		to->max_held_ns = from->max_held_ns;
}

/* False = no memory. */
static bool fold_site(struct sites *sites, u32 idx, const struct stream_time *time)
{
	struct site *s = sites__at(sites, idx);
	const struct holder *h = holders__at(sites->holders, s->holder);
	struct ledger_site like = s->pub;
	u32 holder = s->holder, to;

	if (h->pub.exited_ns && !h->past && stream_time__is_final(time, h->pub.exited_ns)) {
		holder = holders__get_past(sites->holders, &h->pub);
		if (!holder)
			return false;
	}
	like.file.ino = 0;
	like.file.ustack_id = 0;
	to = sites__get_like(sites, holder, &like);
	if (!to)
		return false;
	if (to != idx) {
		move_totals(&sites__at(sites, to)->pub, &s->pub);
		sites__del(sites, idx);
	}
	return true;
}

static u32 limit_for(u32 live, u32 limit)
{
	return 2 * live > limit ? 2 * live : limit;
}

void fold__run(struct fold *f, struct sites *sites, const struct stream_time *time)
{
	struct holders *holders = sites->holders;
	u32 top = sites->pool.top;

	if (pool__live(&holders->pool) <= f->holder_limit &&
	    pool__live(&sites->pool) <= f->site_limit)
		return;
	holders__refresh(
		holders); /* the names of the exited keep whether they were the workload's */
	for (u32 i = 1; i < top; i++) {
		const struct site *s = sites__at(sites, i);

		if (s->holder && !s->pub.open_pages && !fold_site(sites, i, time))
			break; /* no memory: the rest is folded another time */
	}
	for (u32 i = 1; i < holders->pool.top; i++) {
		const struct holder *h = holders__at(holders, i);

		if (h->used && !h->sites && !h->past)
			holders__del(holders, i);
	}
	f->holder_limit = limit_for(pool__live(&holders->pool), HOLDER_LIMIT);
	f->site_limit = limit_for(pool__live(&sites->pool), SITE_LIMIT);
}
