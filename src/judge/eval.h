/* SPDX-License-Identifier: GPL-2.0 */
/* One evaluation of a session: what the rules read, and where they put what they find. */
#ifndef PINACCT_EVAL_H
#define PINACCT_EVAL_H

#include "judge/grouping.h"
#include "judge/owners.h"
#include "judge/rules.h"
#include "judge/trust.h"

struct eval {
	struct session *session;
	const struct ledger *ledger;
	const struct rules_opts *opts;
	struct filter filter; /* that of opts, and who the tool is */
	struct trust trust;
	struct grouping found;
	struct owners owners;
	u64 age_ns, grace_ns; /* of opts, or their defaults */
	u64 end_ns;	      /* of the run so far */
	bool have_cmd, cmd_ended;
	u64 cmd_end_ns;
	u64 settled_ns; /* until when pins were waited for; cmd_end_ns when nobody waited */
	u64 others_open_pages;
	u64 in_flight_pages;	 /* overdue, and their I/O may not be done */
	struct audit_row *audit; /* filtered by file system */
	size_t nr_audit;
};

/* All but the audit's rows and trust: eval__assess(). 0 or -ENOMEM; eval__deinit() in either case.
 */
int eval__init(struct eval *e, struct session *s, const struct rules_opts *opts);
void eval__deinit(struct eval *e);

/* From ts_ns to the end of the run; 0 if that is later. */
u64 eval__since(const struct eval *e, u64 ts_ns);
/* Was it the command under test that pinned? False without a command. See owners.h. */
bool eval__is_workload(const struct eval *e, const struct ledger_site *site, u64 ts_ns);
/* `check` does not judge tasks that it did not start. */
bool eval__judged(const struct eval *e, bool workload);

#endif
