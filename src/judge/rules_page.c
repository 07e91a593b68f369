// SPDX-License-Identifier: GPL-2.0
/* Rules that the page itself proves. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include "audit/filter.h"
#include "ledger/page_facts.h"
#include "judge/page_text.h"
#include "judge/finding_fill.h"
#include "judge/rules_impl.h"
#include "base/format.h"

#define say(f, ...) snprintf((f)->evidence, sizeof((f)->evidence), __VA_ARGS__)

static int is_file_run(const struct rec_run *run, void *arg)
{
	const struct eval *e = arg;
	u64 end = run->pfn + (run->flags & RUN_FOLIO ? 1 : run->pages), next;
	struct rec_page page;

	for (u64 pfn = run->pfn; pfn < end; pfn = next) {
		if (!ledger__page(e->ledger, pfn, &page, &next))
			continue;
		if (page.kind == PAGE_KIND_FILE)
			return 1;
		next = page.pfn + ((u64)1 << page.order);
	}
	return 0;
}

/*
 * hugetlbfs has no storage: its pages are never written back, so a long-term pin does no harm
 * there. Recordings of the first versions have PIN_F_FILE in pins of them.
 */
static bool is_of_file(const struct ledger_site *site)
{
	return site->flags & PIN_F_FILE &&
	       (site->file.fs_hook || strcmp(site->file.fs, "hugetlbfs"));
}

int is_longterm_file(const struct eval *e, const struct open_pin *pin)
{
	const struct ledger_site *site = pin->open->site;

	if (!(site->flags & PIN_F_LONGTERM) || !eval__judged(e, pin->workload))
		return 0;
	if (is_of_file(site))
		return 1;
	return ledger__for_each_run(e->ledger, pin->open->call, is_file_run, (void *)e);
}

/* Released since, so that no page can be asked any more: what was seen when it was pinned. */
bool was_longterm_file(const struct eval *e, const struct ledger_site *site)
{
	return site->flags & PIN_F_LONGTERM && is_of_file(site) &&
	       site->pinned_pages > site->open_pages &&
	       eval__judged(e, eval__is_workload(e, site, UINT64_MAX));
}

static enum finding_id vanished_id(const struct ledger_vanished *v)
{
	switch (v->how) {
	case LEDGER_VANISH_PUT:
		return FINDING_PIN_PUT;
	case LEDGER_VANISH_FREED:
		return FINDING_FREED_PINNED;
	case LEDGER_VANISH_MISSING:
		break;
	}
	return FINDING_STOLEN_PIN;
}

static void say_vanished(struct finding *f, const struct ledger_vanished *v)
{
	const struct rec_page *p = &v->page;
	char held[48];

	text_count(v->folio_pins, "pin", held, sizeof(held));
	if (p->phase == PAGE_PHASE_FREED)
		say(f,
		    "the folio went back to the allocator with pincount %d; the ledger held %s of it",
		    p->pincount, held);
	else if (v->how == LEDGER_VANISH_FREED)
		say(f, "the ledger holds %s of the folio, and it is free or another one by now",
		    held);
	else if (v->how == LEDGER_VANISH_PUT && p->order)
		say(f, "pincount %d and refcount %d: %" PRIu64 " of %s dropped by put_page()",
		    p->pincount, p->refcount, v->pages, held);
	else if (v->how == LEDGER_VANISH_PUT)
		say(f, "refcount %d%s: %" PRIu64 " of %s of 1024 dropped by put_page()",
		    p->refcount, p->mapcount > 0 ? " though the page is mapped" : "", v->pages,
		    held);
	else
		say(f, "the ledger holds %s of the folio, the page shows %d (%s %d)", held,
		    p->pincount > 0 ? p->pincount : 0, p->order ? "pincount" : "refcount",
		    p->order ? p->pincount : p->refcount);
}

static int add_vanished(struct eval *e, const struct ledger_vanished *v, bool workload)
{
	struct finding one, *oldest;
	int err;

	if (v->known)
		one = finding__from_site(vanished_id(v), &v->site);
	else
		one = (struct finding){ .id = vanished_id(v) };
	one.pages = v->pages;
	one.calls = 1;
	one.first_ns = v->known ? v->pin_ts_ns : v->page.h.ts_ns;
	one.age_ns = eval__since(e, one.first_ns);
	one.workload = workload;
	one.doc_case = v->known ? finding__doc_case(&one, 0) : 0;
	one.sample = (struct rec_run){ .pfn = v->page.pfn, .pages = 1, .order = v->page.order };
	if (v->page.phase == PAGE_PHASE_FREED) {
		one.release_stack_id = v->page.stack_id;
		one.release_ts_ns = v->page.h.ts_ns;
	} else if (v->put.api) {
		finding__set_release(&one, &v->put);
	}
	page__describe(&v->page, one.page, sizeof(one.page));
	err = grouping__add(&e->found, &one, 0, &oldest);
	if (oldest)
		say_vanished(oldest, v);
	return err;
}

static int judge_vanished(const struct ledger_vanished *v, void *arg)
{
	struct eval *e = arg;
	bool workload = v->known && eval__is_workload(e, &v->site, v->pin_ts_ns);

	/*
	 * After a loss a release may have been lost. What was freed with pins is proof by itself.
	 */
	if (v->page.phase != PAGE_PHASE_FREED && (e->trust.lost || e->trust.uncertain))
		return 0;
	if (v->known && (!eval__judged(e, workload) || !filter__site(&e->filter, &v->site)))
		return 0;
	return add_vanished(e, v, workload);
}

int find_vanished(struct eval *e)
{
	return ledger__for_each_vanished(e->ledger, judge_vanished, e);
}

static int judge_writeback(const struct ledger_writeback *w, void *arg)
{
	struct eval *e = arg;
	const struct rec_writeback *wb = &w->first;
	bool workload = eval__is_workload(e, &w->site, w->pin_ts_ns);
	struct finding one = finding__from_site(FINDING_WRITEBACK_PINNED, &w->site);
	char times[48], after[TEXT_NUM_BYTES], fs[4 * PIN_FS_BYTES];
	struct finding *oldest;
	int err;

	if (!eval__judged(e, workload) || !filter__site(&e->filter, &w->site))
		return 0;
	one.pages = w->pages;
	one.calls = 1;
	one.first_ns = w->pin_ts_ns;
	one.age_ns = eval__since(e, w->pin_ts_ns);
	one.workload = workload;
	one.doc_case = finding__doc_case(&one, w->bio);
	one.sample = (struct rec_run){ .pfn = wb->pfn, .pages = 1, .order = wb->order };
	one.release_stack_id = wb->stack_id;
	one.release_ts_ns = wb->h.ts_ns;
	one.release_tid = wb->tid;
	memcpy(one.release_comm, wb->comm, sizeof(one.release_comm));
	snprintf(one.page, sizeof(one.page),
		 "pfn 0x%" PRIx64
		 ": order %u, refcount %d, pincount %d; file of %s %u:%u inode %" PRIu64,
		 wb->pfn, wb->order, wb->refcount, wb->pincount, text_clean(wb->fs, fs, sizeof(fs)),
		 wb->dev >> 20, wb->dev & 0xfffff, wb->ino);
	err = grouping__add(&e->found, &one, 0, &oldest);
	if (oldest)
		say(oldest, "writeback of inode %" PRIu64 " began on it %s, first %s after the pin",
		    wb->ino, text_count(w->times, "time", times, sizeof(times)),
		    text_duration(wb->h.ts_ns > w->pin_ts_ns ? wb->h.ts_ns - w->pin_ts_ns : 0,
				  after));
	return err;
}

int find_writeback(struct eval *e)
{
	return ledger__for_each_writeback(e->ledger, judge_writeback, e);
}
