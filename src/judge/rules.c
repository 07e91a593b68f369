// SPDX-License-Identifier: GPL-2.0
/* The table of rules, and the walks that ask them. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "judge/evidence.h"
#include "audit/filter.h"
#include "ledger/page_facts.h"
#include "base/compare.h"
#include "judge/page_text.h"
#include "judge/rules_impl.h"
#include "judge/suppress.h"
#include "judge/verdict.h"

#define AGE_NS_DEFAULT	   10000000000ull
#define GRACE_NS_DEFAULT   1000000000ull
#define PAGE_BYTES_DEFAULT 4096 /* of a stream that does not say */

/*
 * An open pin goes to the first rule that takes it, so that a leak is not
 * reported once more as a risk. To add a rule: a row in finding.h, a row here.
 */
static const struct rule {
	enum finding_id id;
	open_rule_fn open;
	site_rule_fn site;
	run_rule_fn run;
	bool on_demand; /* sees something only in recordings with more than pins */
} rules[] = {
	{ FINDING_PARTIAL_RELEASE, .open = is_partial_release },
	{ FINDING_ORPHAN, .open = is_orphan },
	{ FINDING_LEAK, .open = is_leak },
	{ FINDING_LONGTERM_FILE, .open = is_longterm_file, .site = was_longterm_file },
	{ FINDING_LONG_HELD, .open = is_long_held, .site = was_long_held },
	{ FINDING_MISSING_LONGTERM, .open = is_missing_longterm, .site = was_missing_longterm },
	{ FINDING_UNPIN_UNMATCHED, .run = find_unmatched },
	{ FINDING_GET_UNPIN, .run = NULL }, /* find_unmatched tells them apart */
	{ FINDING_STOLEN_PIN, .run = find_vanished },
	{ FINDING_PIN_PUT, .run = NULL }, /* find_vanished tells these apart */
	{ FINDING_FREED_PINNED, .run = NULL },
	{ FINDING_WRITEBACK_PINNED, .run = find_writeback },
	{ FINDING_EXTRACT_MODE, .run = find_extract_mode, .on_demand = true },
	{ FINDING_GET_FOR_DATA, .run = find_get_for_data, .on_demand = true },
	{ FINDING_UNRECONCILED, .run = find_unreconciled },
};
#define NR_RULES (sizeof(rules) / sizeof(rules[0]))

bool rules__looks_for(enum finding_id id)
{
	for (size_t i = 0; i < NR_RULES; i++)
		if (rules[i].id == id)
			return !rules[i].on_demand;
	return false;
}

u64 eval__since(const struct eval *e, u64 ts_ns)
{
	return e->end_ns > ts_ns ? e->end_ns - ts_ns : 0;
}

static u64 mark_ns(const struct session *s, enum mark_kind kind, u64 otherwise_ns)
{
	const struct rec_mark *mark = session__mark(s, kind);

	return mark ? mark->h.ts_ns : otherwise_ns;
}

static int eval__init(struct eval *e, struct session *s, const struct rules_opts *opts,
		      enum doubt doubt)
{
	struct ledger_totals totals;

	*e = (struct eval){
		.session = s,
		.ledger = session__ledger(s),
		.opts = opts,
		.age_ns = opts->age_ns ? opts->age_ns : AGE_NS_DEFAULT,
		.grace_ns = opts->grace_ns ? opts->grace_ns : GRACE_NS_DEFAULT,
		.have_cmd = session__mark(s, MARK_CMD_START),
		.cmd_ended = session__mark(s, MARK_CMD_END),
		.lost = verdict__lost(s),
		.loss_explained = verdict__loss_explained(s),
		.certain = !doubt__uncertain(doubt),
	};
	ledger__totals(e->ledger, &totals);
	e->end_ns = mark_ns(s, MARK_END, totals.last_ts_ns);
	e->cmd_end_ns = mark_ns(s, MARK_CMD_END, 0);
	e->settled_ns = mark_ns(s, MARK_SETTLED, e->cmd_end_ns);
	return owners__init(&e->owners, e->ledger, mark_ns(s, MARK_CMD_START, 0));
}

static void eval__deinit(struct eval *e)
{
	owners__deinit(&e->owners);
	free(e->audit);
	collect__deinit(&e->found);
}

struct finding finding__from_site(enum finding_id id, const struct ledger_site *site)
{
	return (struct finding){
		.id = id,
		.holder = site->holder->task,
		.holder_exited = site->holder->exited_ns,
		.mm_gone = site->holder->mm_gone_ns,
		.mm_gone_ns = site->holder->mm_gone_ns,
		.api = site->api,
		.flags = site->flags,
		.stack_id = site->stack_id,
		.ustack_id = site->file.ustack_id,
		.file = site->file,
	};
}

/* The case of the kernel's pin_user_pages.rst, as far as the record lets one infer it. */
unsigned finding__doc_case(const struct finding *f, u64 bio)
{
	if (bio || f->file.iter_kind || f->file.fs_hook)
		return 1;
	if ((f->flags & PIN_F_LONGTERM) || f->id == FINDING_MISSING_LONGTERM)
		return 2; /* what is held as long as that is long term, flagged or not */
	return 5;	  /* short, and no I/O behind it: pin, touch the data, unpin */
}

void finding__set_release(struct finding *f, const struct ledger_release *release)
{
	f->release_api = release->api;
	f->release_stack_id = release->stack_id;
	f->release_ts_ns = release->ts_ns;
	if (release->flags & PIN_F_IRQ) /* the task is a bystander */
		return;
	f->release_tid = release->tid;
	memcpy(f->release_comm, release->comm, sizeof(f->release_comm));
}

static int add_open(struct eval *e, enum finding_id id, const struct open_pin *pin)
{
	const struct ledger_release *release = pin->open->last_release;
	struct finding one = finding__from_site(id, pin->open->site);
	struct finding *oldest;
	int err;

	one.pages = pin->open->open_pages;
	one.calls = 1;
	one.first_ns = pin->open->ts_ns;
	one.age_ns = pin->age_ns;
	one.workload = pin->workload;
	one.mm_gone = pin->mm_gone;
	one.doc_case = finding__doc_case(&one, pin->open->bio);
	if (release)
		finding__set_release(&one, release);
	err = collect__add(&e->found, &one, pin->open->call_id, &oldest);
	if (oldest)
		evidence__open(oldest, pin->open, e->end_ns);
	return err;
}

static int judge_open(const struct ledger_open *open, void *arg)
{
	struct eval *e = arg;
	const struct ledger_holder *holder = open->site->holder;
	const struct open_pin pin = {
		.open = open,
		.workload = e->have_cmd && owners__is_workload(&e->owners, open->site, open->ts_ns),
		/*
		 * A pin that is younger than the end of "its" mm belongs to the next owner of
		 * that address.
		 */
		.mm_gone =
			holder->task.mm && holder->mm_gone_ns && open->ts_ns <= holder->mm_gone_ns,
		.age_ns = eval__since(e, open->ts_ns),
	};

	if (e->have_cmd && !pin.workload)
		e->others_open_pages += open->open_pages;
	if (pin.age_ns < e->opts->min_age_ns || !filter__site(&e->opts->filter, open->site))
		return 0;
	for (size_t i = 0; i < NR_RULES; i++) {
		int takes = rules[i].open ? rules[i].open(e, &pin) : 0;

		if (takes < 0)
			return takes;
		if (takes)
			return add_open(e, rules[i].id, &pin);
	}
	return 0;
}

static int add_held(struct eval *e, enum finding_id id, const struct ledger_site *site)
{
	struct finding one = finding__from_site(id, site);
	struct finding *oldest;
	int err;

	one.pages = site->held_pages;
	one.calls = site->held_calls;
	if (id == FINDING_LONGTERM_FILE) { /* however short */
		one.pages = site->pinned_pages - site->open_pages;
		one.calls = site->calls;
	}
	one.age_ns = site->max_held_ns;
	one.doc_case = finding__doc_case(&one, 0);
	one.workload = e->have_cmd && owners__is_workload(&e->owners, site, UINT64_MAX);
	err = collect__add(&e->found, &one, 0, &oldest);
	if (oldest)
		evidence__held(oldest, site);
	return err;
}

static int judge_site(const struct ledger_site *site, void *arg)
{
	struct eval *e = arg;

	if (!filter__site(&e->opts->filter, site))
		return 0;
	for (size_t i = 0; i < NR_RULES; i++)
		if (rules[i].site && rules[i].site(e, site))
			return add_held(e, rules[i].id, site);
	return 0;
}

static int ask_rules(struct eval *e)
{
	int err;

	err = audit__rows(session__audit(e->session), session__stacks(e->session), &e->audit,
			  &e->nr_audit);
	if (!err)
		err = ledger__for_each_open(e->ledger, judge_open, e);
	if (!err)
		err = ledger__for_each_site(e->ledger, judge_site, e);
	for (size_t i = 0; i < NR_RULES && !err; i++)
		if (rules[i].run)
			err = rules[i].run(e);
	return err;
}

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

static void finish(struct eval *e, struct report *out, struct collected *c, const char *uncertain)
{
	const struct rec_meta *meta = session__meta(e->session);
	struct finding *f = &c->finding;
	struct rec_page page;

	f->bytes = f->pages * (meta ? meta->page_bytes : PAGE_BYTES_DEFAULT);
	f->key = finding_key(f, out->stacks);
	if (c->call_id)
		ledger__for_each_run(e->ledger, c->call_id, take_first_run, &f->sample);
	if (!*f->page && f->sample.pages && ledger__page(e->ledger, f->sample.pfn, &page))
		page__describe(&page, f->page, sizeof(f->page));
	if (uncertain && finding_defs[f->id].severity != SEVERITY_DOUBT)
		evidence__uncertain(f, uncertain);
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

static int list_findings(struct eval *e, struct report *out, enum doubt doubt)
{
	const char *uncertain = doubt__uncertain(doubt);

	out->findings = calloc(e->found.nr + 1, sizeof(*out->findings));
	if (!out->findings)
		return -ENOMEM;
	for (size_t i = 0; i < e->found.nr; i++)
		if (!too_small(&e->found.all[i]->finding, &e->opts->filter))
			finish(e, out, e->found.all[i], uncertain);
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

	if (!filter__site(list->filter, site) || site->pinned_pages < list->filter->min_pages)
		return 0;
	if (out->nr_sites == list->cap) {
		size_t cap = list->cap ? 2 * list->cap : 64;
		const struct ledger_site **grown = reallocarray(out->sites, cap, sizeof(*grown));

		if (!grown)
			return -ENOMEM;
		out->sites = grown;
		list->cap = cap;
	}
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
	struct site_list list = { .filter = &e->opts->filter, .out = out };
	int err = ledger__for_each_site(e->ledger, list_site, &list);

	if (!err && out->nr_sites)
		qsort(out->sites, out->nr_sites, sizeof(*out->sites), most_open_first);
	return err;
}

static void describe_run(struct eval *e, struct report *out)
{
	struct session *s = e->session;
	const struct rec_meta *meta = session__meta(s);

	out->session = s;
	out->meta = meta;
	out->stacks = session__stacks(s);
	out->start_ns = mark_ns(s, MARK_START, meta ? meta->h.ts_ns : 0);
	out->end_ns = e->end_ns;
	ledger__totals(e->ledger, &out->totals);
}

/* The report takes the rows over. */
static void keep_audit(struct eval *e, struct report *out)
{
	const char *fs = e->opts->filter.fs;

	for (size_t i = 0; i < e->nr_audit; i++)
		if (!fs || !strcmp(fs, e->audit[i].fs))
			e->audit[out->nr_audit++] = e->audit[i];
	out->audit = e->audit;
	e->audit = NULL;
}

int rules__evaluate(struct session *s, const struct rules_opts *opts, struct report *out)
{
	const enum doubt doubt = verdict__doubt(s, opts);
	struct eval e;
	int err;

	*out = (struct report){ 0 };
	err = eval__init(&e, s, opts, doubt);
	describe_run(&e, out);
	if (!err)
		err = ask_rules(&e);
	if (!err)
		err = list_findings(&e, out, doubt);
	if (!err)
		err = list_sites(&e, out);
	if (!err && opts->want_inventory)
		err = inventory__rows(e.ledger, session__get_sites(s), out->stacks, &opts->filter,
				      &out->inventory, &out->nr_inventory);
	if (!err) {
		keep_audit(&e, out);
		out->verdict.others_open_pages = e.others_open_pages;
		verdict__fill(&out->verdict, out, opts, doubt);
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
	free(r->audit);
	free(r->inventory);
	*r = (struct report){ 0 };
}
