/* SPDX-License-Identifier: GPL-2.0 */
/* After a loss: do vmstat and the pages themselves show that the ledger is complete all the same?
 */
#ifndef PINACCT_COMPLETENESS_H
#define PINACCT_COMPLETENESS_H

#include "judge/session.h"
#include "judge/witness.h"

struct completeness {
	bool asked;   /* pages were read */
	bool proven;  /* the open pins of the ledger are those of the kernel: nothing is missing */
	u64 vanished; /* pins that their pages no longer show: their releases were lost */
	u64 excused;  /* releases whose pins were lost */
	/* why not proven; the first one that is set is the reason to give */
	bool base_unknown; /* pins from before the start were counted, not looked up */
	u64 unread;	   /* open pins whose page was not read after the loss */
	u64 doubtful;	   /* open pins on pages that were pinned before the start, too */
	s64 unknown;	   /* pages by which vmstat's net and the ledger's differ */
};

/* Walks all open pins. `w` is the session's own (witness__compare()). */
void completeness__check(struct completeness *c, const struct session *s, const struct witness *w);

#endif
