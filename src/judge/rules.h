/* SPDX-License-Identifier: GPL-2.0 */
/* From a session to findings and a verdict. One table of rules; no stdio but snprintf. */
#ifndef PINACCT_RULES_H
#define PINACCT_RULES_H

#include "audit/filter.h"
#include "judge/finding.h"
#include "audit/inventory.h"
#include "judge/session.h"
#include "judge/earlier_pins.h"

struct suppressions;

struct rules_opts {
	u64 age_ns;	/* long-held, missing-longterm; 0 = 10 s */
	u64 min_age_ns; /* leave out pins younger than this at the end */
	u64 grace_ns;	/* how long exit work may go on when no command's end is waited for; 0 = 1 s
			 */
	bool fail_on_risk;
	bool workload_only; /* `check`: pins of tasks outside the command's family are not leaks */
	bool incomplete;    /* the recording was cut off */
	bool want_inventory;
	struct filter filter;
	struct suppressions *suppress; /* NULL = none; use counts are updated */
};

/* Holders view: one row a site, pages open now and over the run. */
struct report {
	struct finding *findings; /* worst first: faults by pages, then risks */
	size_t nr_findings;
	const struct ledger_site **sites; /* borrowed from the ledger, filtered */
	size_t nr_sites;
	struct memory *memory; /* what is held: report__held_bytes() */
	struct verdict verdict;
	struct ledger_totals totals;
	struct audit_row *audit; /* filtered by file system */
	size_t nr_audit;
	struct inventory_row *inventory; /* when asked for; filtered */
	size_t nr_inventory;
	struct earlier_pins earlier;
	const struct rec_meta *meta; /* NULL = none */
	const struct stacks *stacks;
	const struct session *session;
	u64 start_ns, end_ns; /* of the run */
};

/*
 * Fills *out; free with report__deinit(). Borrows from the session, which must stay unfed
 * meanwhile. 0 or -ENOMEM, and then there is nothing to free.
 */
int rules__evaluate(struct session *s, const struct rules_opts *opts, struct report *out);
void report__deinit(struct report *r);
/* As the recording says, or 4096. */
u64 report__page_bytes(const struct report *r);
/* What the open pins of one of the report's sites hold: ledger/held.h. */
u64 report__held_bytes(const struct report *r, const struct ledger_site *site);

/*
 * Is there a rule that looks for this kind of finding in every run? Kinds of later versions have
 * their row and none yet; some are looked for only in recordings with references.
 */
bool rules__looks_for(enum finding_id id);

/* 0 clean, 23 findings (or error_exitcode when > 0), 24 inconclusive. */
int verdict__exit_status(const struct verdict *v, int error_exitcode);

#endif
