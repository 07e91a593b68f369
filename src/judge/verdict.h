/* SPDX-License-Identifier: GPL-2.0 */
/* May the ledger be believed, and what follows for the run as a whole. */
#ifndef PINACCT_VERDICT_H
#define PINACCT_VERDICT_H

#include "judge/rules.h"

/* Why a run cannot be judged; the first that applies counts. */
enum doubt {
	DOUBT_NONE,
	DOUBT_INCOMPLETE, /* the recording was cut off */
	DOUBT_RUNNING,	  /* no end mark: nobody drained the rings */
	DOUBT_CMD,	  /* the end of the command was not seen */
	DOUBT_LOSS,
	DOUBT_UNRECONCILED,
	DOUBT_HOOK,
	DOUBT_WITNESS, /* no vmstat sample: nobody contradicts, nobody confirms */
	DOUBT_CNT,
};

/* Events lost that the ledger would have needed. */
u64 verdict__lost(const struct session *s);
/* There was such a loss, and pages and vmstat prove that nothing is missing (proof.h). */
bool verdict__loss_explained(const struct session *s);
enum doubt verdict__doubt(const struct session *s, const struct rules_opts *opts);
/*
 * Why findings under this doubt are uncertain: what is missing from the record
 * may be their explanation. NULL = they stand.
 */
const char *doubt__uncertain(enum doubt d);
/*
 * From findings that are ready. Of *v, others_open_pages is the caller's; all else is filled here.
 */
void verdict__fill(struct verdict *v, const struct report *r, const struct rules_opts *opts,
		   enum doubt doubt);

#endif
