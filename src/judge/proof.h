/* SPDX-License-Identifier: GPL-2.0 */
/* After a loss: do the witnesses prove that the ledger is whole all the same? */
#ifndef PINACCT_PROOF_H
#define PINACCT_PROOF_H

#include "judge/session.h"

struct proof {
	bool asked;   /* pages were read */
	bool proven;  /* what is open is what is open, and nothing else is missing */
	u64 vanished; /* pins that their pages no longer show: their releases were lost */
	u64 excused;  /* releases of which the pin was lost */
	/* why not proven: the first that applies */
	u64 unread;	   /* open pins whose page was not read, or read before */
	u64 doubtful;	   /* open pins on pages that were pinned before the start, too */
	s64 unknown;	   /* pages by which vmstat's net and the ledger's differ */
	bool base_unknown; /* pins of before the start are counted only */
};

void proof__check(const struct session *s, struct proof *out);

#endif
