/* SPDX-License-Identifier: GPL-2.0 */
/*
 * How far the records of a run can be believed. Assessed once for an evaluation, before the rules:
 * they and the verdict read it.
 */
#ifndef PINACCT_TRUST_H
#define PINACCT_TRUST_H

#include "judge/completeness.h"
#include "judge/session.h"
#include "judge/witness.h"

/* Why a run cannot be judged. The first that applies counts. */
enum doubt {
	DOUBT_NONE,
	DOUBT_INCOMPLETE,   /* the recording was cut off */
	DOUBT_RUNNING,	    /* no END mark: the buffers were not drained */
	DOUBT_CMD,	    /* the end of the command was not seen */
	DOUBT_BLIND,	    /* the hooks did not see pins that were made for them to see */
	DOUBT_LOSS,	    /* records were lost that the ledger needs */
	DOUBT_UNRECONCILED, /* vmstat's net differs from the hooks' */
	DOUBT_HOOK,	    /* a hook was not attached that the ledger needs */
	DOUBT_WITNESS,	    /* no vmstat sample: nobody contradicts, nobody confirms */
	DOUBT_SLACK,	    /* vmstat was never read while no pin was in progress */
	DOUBT_INTERRUPTED,  /* a signal ended the command, or the exercise */
	DOUBT_NOT_TRIED,    /* no operation of the exercise could be tried */
	DOUBT_CNT,
};

struct trust {
	enum doubt doubt;
	/*
	 * Why findings are uncertain: what is missing from the record may be their explanation.
	 * NULL = they stand, whether or not the run as a whole can be judged.
	 */
	const char *uncertain;
	u64 lost;			  /* events that the ledger needed, as trust__lost() */
	bool loss_explained;		  /* there was a loss, and nothing is missing */
	struct completeness completeness; /* zero without a loss */
	struct witness witness;
	const struct rec_hook *bad_hook; /* first that spoils the ledger, NULL = none; borrowed */
	size_t nr_bad_hooks;
};

/*
 * `incomplete`: the recording was cut off. `nothing_tried`: the audit has rows, and each says that
 * it could not be tried.
 */
void trust__assess(struct trust *t, const struct session *s, bool incomplete, bool nothing_tried);

/* The doubt in one line, "" without one. */
void trust__say_doubt(const struct trust *t, const struct session *s, char *buf, size_t sz);

/* Events lost so far that the ledger needed. Saturates. */
u64 trust__lost(const struct session *s);
/* Does a loss for this reason spoil the ledger, or only attribution? */
bool trust__is_account_loss(unsigned reason);

#endif
