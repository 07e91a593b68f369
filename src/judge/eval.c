// SPDX-License-Identifier: GPL-2.0
#include <stdlib.h>
#include <string.h>
#include "judge/open_pin.h"

#define AGE_NS_DEFAULT	 10000000000ull
#define GRACE_NS_DEFAULT 1000000000ull

static u64 mark_ns(const struct session *s, enum mark_kind kind, u64 otherwise_ns)
{
	const struct rec_mark *mark = session__mark(s, kind);

	return mark ? mark->h.ts_ns : otherwise_ns;
}

static bool is_pending(const struct ledger_open *open, void *arg)
{
	const struct eval *e = arg;
	const struct open_pin pin = open_pin__of(e, open);

	return open_pin__is_pending(e, &pin);
}

static int take_audit(struct eval *e)
{
	const char *fs = e->opts->filter.fs;
	size_t nr, kept = 0;
	const struct audit_open open = { e->ledger, is_pending, e };
	int err = audit__rows(session__audit(e->session), session__stacks(e->session), &open,
			      &e->audit, &nr);

	if (err)
		return err;
	for (size_t i = 0; i < nr; i++)
		if (!fs || !strcmp(fs, e->audit[i].fs))
			e->audit[kept++] = e->audit[i];
	e->nr_audit = kept;
	return 0;
}

static bool nothing_tried(const struct eval *e)
{
	for (size_t i = 0; i < e->nr_audit; i++)
		if (e->audit[i].verdict != AUDIT_NOT_TRIED)
			return false;
	return e->nr_audit;
}

int eval__init(struct eval *e, struct session *s, const struct rules_opts *opts)
{
	struct ledger_totals totals;
	int err;

	*e = (struct eval){
		.session = s,
		.ledger = session__ledger(s),
		.opts = opts,
		.age_ns = opts->age_ns ? opts->age_ns : AGE_NS_DEFAULT,
		.grace_ns = opts->grace_ns ? opts->grace_ns : GRACE_NS_DEFAULT,
		.have_cmd = session__mark(s, MARK_CMD_START),
		.cmd_ended = session__mark(s, MARK_CMD_END),
	};
	ledger__totals(e->ledger, &totals);
	e->end_ns = mark_ns(s, MARK_END, totals.last_ts_ns);
	e->cmd_end_ns = mark_ns(s, MARK_CMD_END, 0);
	e->settled_ns = mark_ns(s, MARK_SETTLED, e->cmd_end_ns);
	err = owners__init(&e->owners, e->ledger, mark_ns(s, MARK_CMD_START, 0));
	if (!err)
		err = take_audit(e);
	if (!err)
		trust__assess(&e->trust, s, opts->incomplete, nothing_tried(e));
	return err;
}

void eval__deinit(struct eval *e)
{
	owners__deinit(&e->owners);
	grouping__deinit(&e->found);
	free(e->audit);
}

u64 eval__since(const struct eval *e, u64 ts_ns)
{
	return e->end_ns > ts_ns ? e->end_ns - ts_ns : 0;
}

bool eval__is_workload(const struct eval *e, const struct ledger_site *site, u64 ts_ns)
{
	return e->have_cmd && owners__is_workload(&e->owners, site, ts_ns);
}

bool eval__judged(const struct eval *e, bool workload)
{
	return workload || !e->have_cmd || !e->opts->workload_only;
}
