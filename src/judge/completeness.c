// SPDX-License-Identifier: GPL-2.0
/*
 * What a loss can hide, and how it shows:
 *   - a release: its pin stays open in the ledger, but the page no longer shows it (vanished);
 *   - a pin: its release matches nothing (excused), and the two cancel out in vmstat's net;
 *   - a pin and its release: nothing is wrong, as if neither had been;
 *   - a pin that was never released, or a release that the page cannot show because others pin it,
 *     too: vmstat's net differs from what is open.
 *
 * So nothing is missing when
 *
 *     vmstat's net + added = open - released of before the start
 *
 * and vmstat counted at least as many more pins (releases) than were recorded as are excused
 * (vanished).
 */
#include "judge/completeness.h"
#include "ledger/page_facts.h"

struct walk {
	const struct ledger *ledger;
	struct completeness *c;
};

/* Pages from pfn on of which one answer is good, `left` at most. */
static u64 look_at_page(struct walk *w, u64 pfn, u64 left, bool by_count)
{
	struct rec_page page;
	u64 next, pages = left;
	bool read = ledger__page(w->ledger, pfn, &page, &next);

	if (read)
		next = page.pfn + ((u64)1 << page.order);
	if (!by_count && next - pfn < left)
		pages = next - pfn;
	if (!read || page.kind == PAGE_KIND_NONE || page.flags & PAGE_F_UNSTABLE)
		w->c->unread += pages;
	else if (ledger__base_pins(w->ledger, pfn))
		w->c->doubtful += pages;
	return pages;
}

static int look_at_run(const struct rec_run *run, void *arg)
{
	bool by_count = run->flags & RUN_FOLIO;

	for (u64 i = 0; i < run->pages;)
		i += look_at_page(arg, run->pfn + i, run->pages - i, by_count);
	return 0;
}

static int look_at_call(const struct ledger_open *open, void *arg)
{
	struct walk *w = arg;

	return ledger__for_each_run(w->ledger, open->call, look_at_run, w);
}

static void compare_with_vmstat(const struct session *s, const struct ledger_totals *t,
				struct completeness *c)
{
	const struct rec_vmstat *start = session__vmstat(s, VMSTAT_START);
	const struct rec_vmstat *end = session__vmstat(s, VMSTAT_END);
	u64 added = end->added - start->added;
	u64 acquired = end->vm_acquired - start->vm_acquired + added;
	u64 released = end->vm_released - start->vm_released;
	s64 lost_pins = (s64)(acquired - t->pinned_pages);
	s64 lost_releases = (s64)(released - t->released_pages);

	c->unknown = (s64)(acquired - released - (t->open_pages - t->unknown_origin_pages));
	if (!c->unknown && lost_pins < (s64)c->excused)
		c->unknown = c->excused - lost_pins;
	if (!c->unknown && lost_releases < (s64)c->vanished)
		c->unknown = c->vanished - lost_releases;
}

void completeness__check(struct completeness *c, const struct session *s, const struct witness *w)
{
	const struct rec_meta *meta = session__meta(s);
	struct walk walk = { .ledger = session__ledger(s), .c = c };
	struct ledger_totals t;

	*c = (struct completeness){ 0 };
	ledger__totals(walk.ledger, &t);
	c->vanished = t.vanished_pages;
	c->excused = t.unmatched_pages - t.unknown_origin_pages;
	c->asked = t.page_readings;
	/* pins of before the start that are all released need not be known page by page */
	c->base_unknown =
		!t.base_known && (!meta || meta->preexisting_pages != t.unknown_origin_pages);
	if (!w->present)
		return;
	compare_with_vmstat(s, &t, c);
	ledger__for_each_open(walk.ledger, look_at_call, &walk);
	c->proven = w->quiet && !c->unread && !c->doubtful && !c->unknown && !c->base_unknown;
}
