// SPDX-License-Identifier: GPL-2.0
/* The table of rules, and the walks that ask them. */
#include <errno.h>
#include "audit/filter.h"
#include "judge/evidence.h"
#include "judge/finding_fill.h"
#include "judge/memory.h"
#include "judge/rules_impl.h"

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
	if (pin->owner)
		one.owner = *pin->owner;
	if (release)
		finding__set_release(&one, release);
	err = grouping__add(&e->found, &one, pin->open->call, &oldest);
	if (oldest)
		evidence__open(oldest, pin->open, e->end_ns);
	return err ? err
		   : memory__add(e->ledger, pin->open, &grouping__find(&e->found, &one)->held);
}

static int judge_open(const struct ledger_open *open, void *arg)
{
	struct eval *e = arg;
	const struct open_pin pin = open_pin__of(e, open);

	if (e->have_cmd && !pin.workload)
		e->others_open_pages += open->open_pages;
	if (pin.age_ns < e->opts->min_age_ns || !filter__site(&e->filter, open->site))
		return 0;
	if (pin.in_flight) {
		if (open_pin__is_overdue(e, &pin))
			e->in_flight_pages += open->open_pages;
		return 0;
	}
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
	one.workload = eval__is_workload(e, site, UINT64_MAX);
	err = grouping__add(&e->found, &one, 0, &oldest);
	if (oldest)
		evidence__held(oldest, site);
	return err;
}

static int judge_site(const struct ledger_site *site, void *arg)
{
	struct eval *e = arg;

	if (!filter__site_row(&e->filter, site))
		return 0;
	for (size_t i = 0; i < NR_RULES; i++)
		if (rules[i].site && rules[i].site(e, site))
			return add_held(e, rules[i].id, site);
	return 0;
}

int rules__ask(struct eval *e)
{
	int err = ledger__for_each_open(e->ledger, judge_open, e);

	if (!err)
		err = ledger__for_each_site(e->ledger, judge_site, e);
	for (size_t i = 0; i < NR_RULES && !err; i++)
		if (rules[i].run)
			err = rules[i].run(e);
	return err;
}
