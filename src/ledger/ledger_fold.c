// SPDX-License-Identifier: GPL-2.0
/*
 * Keeps a ledger that runs for weeks small. Sites and holders are kept as they
 * are up to a limit that no test run reaches. Above it, sites that have no page
 * open give up their detail: their totals go to the site of the same stack, api
 * and flags without inode and user stack, and, when their holder exited, to a
 * holder of the same comm and cgroup with tid 0. What then grows without bound
 * is only what is open, and the number of distinct stacks and names.
 */
#include "ledger/ledger_impl.h"

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

static int fold_site(struct ledger *l, u32 idx)
{
	struct site *s = site_at(l, idx);
	struct holder *h = holder_at(l, s->holder);
	struct ledger_site like = s->pub;
	u32 holder = s->holder, to;

	if (h->pub.exited_ns && !h->past && after_reorder(l, h->pub.exited_ns)) {
		holder = intern__past(l, &h->pub);
		if (!holder)
			return -1;
	}
	like.file.ino = 0;
	like.file.ustack_id = 0;
	to = intern__site_of(l, holder, &like);
	if (!to)
		return -1;
	if (to != idx) {
		move_totals(&site_at(l, to)->pub, &s->pub);
		intern__del_site(l, idx);
	}
	return 0;
}

static u32 limit_for(u32 live, u32 limit)
{
	return 2 * live > limit ? 2 * live : limit;
}

void intern__fold(struct ledger *l)
{
	u32 top = l->sites.top;

	process__refresh(l);
	for (u32 i = 1; i < top; i++) {
		const struct site *s = site_at(l, i);

		if (s->holder && !s->pub.open_pages && fold_site(l, i))
			break; /* no memory: later */
	}
	for (u32 i = 1; i < l->holders.top; i++) {
		const struct holder *h = holder_at(l, i);

		if (h->used && !h->sites && !h->past)
			intern__del_holder(l, i);
	}
	l->holder_limit = limit_for(pool__live(&l->holders), HOLDER_LIMIT);
	l->site_limit = limit_for(pool__live(&l->sites), SITE_LIMIT);
}
