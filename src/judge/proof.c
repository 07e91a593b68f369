// SPDX-License-Identifier: GPL-2.0
/*
 * What a loss can hide is a pin, a release, or both of one page. A lost release leaves an open pin
 * that the page no longer shows: ended by the page. A lost pin leaves a release that nothing
 * explains, and the two cancel in vmstat's net. Both lost: as if it had not been. Left are a pin
 * that is lost and not released, and what the page cannot tell because others pin it too; those
 * move vmstat's net away from what is open:
 *
 *     vmstat's net + added = open - released of before the start
 *
 * and more releases (pins) cannot have been lost than vmstat counted beyond what was recorded.
 */
#include "ledger/page_facts.h"
#include "judge/proof.h"
#include "judge/witness.h"

struct walk {
	const struct ledger *ledger;
	struct proof *p;
};

static int look_at_run(const struct rec_run *run, void *arg)
{
	struct walk *w = arg;
	u64 step;

	for (u64 i = 0; i < run->pages; i += step) {
		u64 pfn = run->pfn + (run->flags & RUN_FOLIO ? 0 : i);
		struct rec_page page;

		step = 1;
		if (!ledger__page(w->ledger, pfn, &page) || page.kind == PAGE_KIND_NONE ||
		    page.flags & PAGE_F_UNSTABLE) {
			w->p->unread++;
			continue;
		}
		step = run->flags & RUN_FOLIO ? run->pages
					      : page.pfn + ((u64)1 << page.order) - pfn;
		if (step > run->pages - i)
			step = run->pages - i;
		if (ledger__base_pins(w->ledger, pfn))
			w->p->doubtful += step;
	}
	return 0;
}

static int look_at_call(const struct ledger_open *open, void *arg)
{
	struct walk *w = arg;

	return ledger__for_each_run(w->ledger, open->call_id, look_at_run, w);
}

static void hold_against_vmstat(const struct session *s, const struct ledger_totals *t,
				struct proof *p)
{
	const struct rec_vmstat *start = session__vmstat(s, VMSTAT_START);
	const struct rec_vmstat *end = session__vmstat(s, VMSTAT_END);
	u64 added = end->added - start->added;
	u64 acquired = end->vm_acquired - start->vm_acquired + added;
	u64 released = end->vm_released - start->vm_released;
	s64 lost_pins = (s64)(acquired - t->pinned_pages);
	s64 lost_releases = (s64)(released - t->released_pages);

	p->unknown = (s64)(acquired - released - (t->open_pages - t->unknown_origin_pages));
	if (!p->unknown && lost_pins < (s64)p->excused)
		p->unknown = p->excused - lost_pins;
	if (!p->unknown && lost_releases < (s64)p->vanished)
		p->unknown = p->vanished - lost_releases;
}

void proof__check(const struct session *s, struct proof *p)
{
	const struct rec_meta *meta = session__meta(s);
	struct walk walk = { .ledger = session__ledger(s), .p = p };
	struct ledger_totals t;
	struct witness w;

	*p = (struct proof){ 0 };
	witness__compare(s, &w);
	ledger__totals(walk.ledger, &t);
	p->vanished = t.vanished_pages;
	p->excused = t.unmatched_pages - t.unknown_origin_pages;
	p->asked = t.page_readings;
	p->base_unknown = !t.base_known && (!meta || meta->preexisting_pages);
	if (!w.present)
		return;
	hold_against_vmstat(s, &t, p);
	ledger__for_each_open(walk.ledger, look_at_call, &walk);
	p->proven = w.quiet && !p->unread && !p->doubtful && !p->unknown && !p->base_unknown;
}
