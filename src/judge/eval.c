// SPDX-License-Identifier: GPL-2.0
#include <stdlib.h>
#include "judge/eval.h"

#define AGE_NS_DEFAULT	 10000000000ull
#define GRACE_NS_DEFAULT 1000000000ull

static u64 mark_ns(const struct session *s, enum mark_kind kind, u64 otherwise_ns)
{
	const struct rec_mark *mark = session__mark(s, kind);

	return mark ? mark->h.ts_ns : otherwise_ns;
}

int eval__init(struct eval *e, struct session *s, const struct rules_opts *opts)
{
	const struct rec_mark *mark = session__mark(s, MARK_TOOL);
	struct ledger_totals totals;

	*e = (struct eval){
		.session = s,
		.ledger = session__ledger(s),
		.opts = opts,
		.filter = opts->filter,
		.age_ns = opts->age_ns ? opts->age_ns : AGE_NS_DEFAULT,
		.grace_ns = opts->grace_ns ? opts->grace_ns : GRACE_NS_DEFAULT,
		.have_cmd = session__mark(s, MARK_CMD_START),
		.cmd_ended = session__mark(s, MARK_CMD_END),
	};
	e->filter.tool_tgid = mark ? mark->value : 0;
	ledger__totals(e->ledger, &totals);
	e->end_ns = mark_ns(s, MARK_END, totals.last_ts_ns);
	e->cmd_end_ns = mark_ns(s, MARK_CMD_END, 0);
	e->settled_ns = mark_ns(s, MARK_SETTLED, e->cmd_end_ns);
	return owners__init(&e->owners, e->ledger, mark_ns(s, MARK_CMD_START, 0));
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
