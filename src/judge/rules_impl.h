/* SPDX-License-Identifier: GPL-2.0 */
/* What the rules share with rules__evaluate(), and with nobody else. */
#ifndef PINACCT_RULES_IMPL_H
#define PINACCT_RULES_IMPL_H

#include "judge/collect.h"
#include "judge/owners.h"
#include "judge/rules.h"

/* One evaluation. */
struct eval {
	struct session *session;
	const struct ledger *ledger;
	const struct rules_opts *opts;
	struct collect found;
	struct owners owners;
	u64 age_ns, grace_ns;
	u64 end_ns; /* of the run so far */
	bool have_cmd, cmd_ended;
	u64 cmd_end_ns;
	u64 settled_ns; /* cmd_end_ns when nobody waited */
	u64 others_open_pages;
	bool lost;	     /* something that the ledger would have needed */
	bool loss_explained; /* and the witnesses prove that nothing is missing */
	bool certain;	     /* no doubt that could explain a finding */
	struct audit_row *audit;
	size_t nr_audit;
};

/* A pin call that is still open at the end of the run, as the rules look at it. */
struct open_pin {
	const struct ledger_open *open;
	bool workload;
	bool mm_gone;
	u64 age_ns;
};

u64 eval__since(const struct eval *e, u64 ts_ns);

/* 1 = this rule takes the pin, 0 = it does not, or negative errno. */
typedef int (*open_rule_fn)(const struct eval *e, const struct open_pin *pin);
int is_partial_release(const struct eval *e, const struct open_pin *pin);
int is_orphan(const struct eval *e, const struct open_pin *pin);
int is_leak(const struct eval *e, const struct open_pin *pin);
int is_long_held(const struct eval *e, const struct open_pin *pin);
int is_missing_longterm(const struct eval *e, const struct open_pin *pin);
int is_longterm_file(const struct eval *e, const struct open_pin *pin);

/* `check` does not judge tasks that it did not start. */
bool eval__judged(const struct eval *e, bool workload);

/* Settled pins of a site: does the rule want them? */
typedef bool (*site_rule_fn)(const struct eval *e, const struct ledger_site *site);
bool was_longterm_file(const struct eval *e, const struct ledger_site *site);
bool was_long_held(const struct eval *e, const struct ledger_site *site);
bool was_missing_longterm(const struct eval *e, const struct ledger_site *site);

/* Over the whole run. 0 or -ENOMEM. */
typedef int (*run_rule_fn)(struct eval *e);
int find_unmatched(struct eval *e);
int find_unreconciled(struct eval *e);
int find_vanished(struct eval *e);
int find_writeback(struct eval *e);

/* All of a finding that its site tells. */
struct finding finding__from_site(enum finding_id id, const struct ledger_site *site);
void finding__set_release(struct finding *f, const struct ledger_release *release);
unsigned finding__doc_case(const struct finding *f, u64 bio);
int find_extract_mode(struct eval *e);
int find_get_for_data(struct eval *e);

#endif
