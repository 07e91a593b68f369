// SPDX-License-Identifier: GPL-2.0
/* Evaluates a session: asks the rules, and makes a report of what they found. */
#include <errno.h>
#include <stdlib.h>
#include "audit/filter.h"
#include "base/array.h"
#include "base/compare.h"
#include "judge/assess.h"
#include "judge/evidence.h"
#include "judge/memory.h"
#include "judge/page_text.h"
#include "judge/rules_impl.h"
#include "judge/suppress.h"
#include "judge/verdict.h"
#include "ledger/page_facts.h"

#define PAGE_BYTES_DEFAULT 4096 /* of a stream that does not say */

/* FNV-1a, over 64-bit words after the id: only has to spread, and to be the same everywhere. */
static u64 finding_key(const struct finding *f, const struct stacks *stacks)
{
	const u64 words[] = { f->api, stacks__name_hash(stacks, f->stack_id) };
	u64 key = 0xcbf29ce484222325ull;

	for (const char *c = finding_defs[f->id].id; *c; c++)
		key = (key ^ (unsigned char)*c) * 0x100000001b3ull;
	for (size_t i = 0; i < sizeof(words); i++)
		key = (key ^ ((words[i / 8] >> (8 * (i % 8))) & 0xff)) * 0x100000001b3ull;
	return key;
}

static int take_first_run(const struct rec_run *run, void *arg)
{
	*(struct rec_run *)arg = *run;
	return 1;
}

static bool too_small(const struct finding *f, const struct filter *filter)
{
	return finding_defs[f->id].severity != SEVERITY_DOUBT && f->pages < filter->min_pages;
}

u64 report__page_bytes(const struct report *r)
{
	return r->meta && r->meta->page_bytes ? r->meta->page_bytes : PAGE_BYTES_DEFAULT;
}

static void finish(struct eval *e, struct report *out, struct finding_group *c)
{
	u64 page_bytes = report__page_bytes(out);
	struct finding *f = &c->finding;
	struct rec_page page;

	f->bytes = f->pages * page_bytes;
	f->held_bytes = held__pages(&c->held) * page_bytes;
	f->key = finding_key(f, out->stacks);
	if (c->call)
		ledger__for_each_run(e->ledger, c->call, take_first_run, &f->sample);
	if (!*f->page && f->sample.pages && ledger__page(e->ledger, f->sample.pfn, &page, NULL))
		page__describe(&page, f->page, sizeof(f->page));
	if (e->trust.uncertain && finding_defs[f->id].severity != SEVERITY_DOUBT)
		evidence__uncertain(f, e->trust.uncertain);
	if (e->opts->suppress)
		f->suppressed = suppressions__match(e->opts->suppress, f, out->stacks);
	out->findings[out->nr_findings++] = *f;
}

/* Down to the last tie, so that one record gives one report. */
static int worst_first(const void *a, const void *b)
{
	const struct finding *x = a, *y = b;

	COMPARE(finding_defs[x->id].severity, finding_defs[y->id].severity);
	COMPARE(y->pages, x->pages);
	COMPARE(x->first_ns, y->first_ns);
	COMPARE(x->id, y->id);
	COMPARE(x->holder.tgid, y->holder.tgid);
	COMPARE(x->holder.mm, y->holder.mm);
	COMPARE(x->stack_id, y->stack_id);
	COMPARE(x->api, y->api);
	COMPARE(x->flags, y->flags);
	return 0;
}

static int list_findings(struct eval *e, struct report *out)
{
	out->findings = calloc(e->found.nr + 1, sizeof(*out->findings));
	if (!out->findings)
		return -ENOMEM;
	for (size_t i = 0; i < e->found.nr; i++)
		if (!too_small(&e->found.all[i]->finding, &e->filter))
			finish(e, out, e->found.all[i]);
	qsort(out->findings, out->nr_findings, sizeof(*out->findings), worst_first);
	return 0;
}

struct site_list {
	const struct filter *filter;
	struct report *out;
	size_t cap;
};

static int list_site(const struct ledger_site *site, void *arg)
{
	struct site_list *list = arg;
	struct report *out = list->out;

	if (!filter__site_row(list->filter, site) || site->pinned_pages < list->filter->min_pages)
		return 0;
	if (ARRAY_GROW(out->sites, out->nr_sites, list->cap))
		return -ENOMEM;
	out->sites[out->nr_sites++] = site;
	return 0;
}

static int most_open_first(const void *a, const void *b)
{
	const struct ledger_site *x = *(const struct ledger_site *const *)a;
	const struct ledger_site *y = *(const struct ledger_site *const *)b;

	COMPARE(y->open_pages, x->open_pages);
	COMPARE(y->pinned_pages, x->pinned_pages);
	COMPARE(x->holder->task.tid, y->holder->task.tid);
	COMPARE(x->stack_id, y->stack_id);
	COMPARE(x->api, y->api);
	COMPARE(x->flags, y->flags);
	return 0;
}

static int list_sites(struct eval *e, struct report *out)
{
	struct site_list list = { .filter = &e->filter, .out = out };
	int err = ledger__for_each_site(e->ledger, list_site, &list);

	if (!err && out->nr_sites)
		qsort(out->sites, out->nr_sites, sizeof(*out->sites), most_open_first);
	return err;
}

static int count_memory(struct eval *e, struct report *out)
{
	out->memory = memory__new(e->ledger, report__page_bytes(out));
	return out->memory ? 0 : -ENOMEM;
}

u64 report__held_bytes(const struct report *r, const struct ledger_site *site)
{
	return r->memory ? memory__of_site(r->memory, site) : 0;
}

static void describe_run(struct eval *e, struct report *out)
{
	struct session *s = e->session;
	const struct rec_meta *meta = session__meta(s);
	const struct rec_mark *start = session__mark(s, MARK_START);

	out->session = s;
	out->meta = meta;
	out->stacks = session__stacks(s);
	out->start_ns = start ? start->h.ts_ns : meta ? meta->h.ts_ns : 0;
	out->end_ns = e->end_ns;
	ledger__totals(e->ledger, &out->totals);
}

static void give_audit(struct eval *e, struct report *out)
{
	out->audit = e->audit;
	out->nr_audit = e->nr_audit;
	e->audit = NULL;
}

int rules__evaluate(struct session *s, const struct rules_opts *opts, struct report *out)
{
	struct eval e;
	int err;

	*out = (struct report){ 0 };
	err = eval__init(&e, s, opts) ?: eval__assess(&e);
	describe_run(&e, out);
	if (!err)
		err = rules__ask(&e);
	if (!err)
		err = list_findings(&e, out);
	if (!err)
		err = list_sites(&e, out);
	if (!err)
		err = count_memory(&e, out);
	if (!err)
		err = earlier_pins__find(s, &out->earlier);
	if (!err && opts->want_inventory)
		err = inventory__rows(e.ledger, session__get_sites(s), out->stacks, &e.filter,
				      &out->inventory, &out->nr_inventory);
	if (!err) {
		give_audit(&e, out);
		out->verdict.open_bytes = out->totals.open_pages * report__page_bytes(out);
		out->verdict.held_bytes = memory__all(out->memory);
		out->verdict.others_open_pages = e.others_open_pages;
		out->verdict.in_flight_pages = e.in_flight_pages;
		verdict__fill(&out->verdict, out, opts, &e.trust);
	}
	eval__deinit(&e);
	if (err)
		report__deinit(out);
	return err;
}

void report__deinit(struct report *r)
{
	free(r->findings);
	free(r->sites);
	memory__free(r->memory);
	free(r->audit);
	free(r->inventory);
	earlier_pins__deinit(&r->earlier);
	*r = (struct report){ 0 };
}
