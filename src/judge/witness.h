/* SPDX-License-Identifier: GPL-2.0 */
/* The first witness: vmstat's counts over the run against what the hooks saw. */
#ifndef PINACCT_WITNESS_H
#define PINACCT_WITNESS_H

#include "judge/session.h"

/* In pages, over the run. Without both samples all is zero but `blind`. */
struct witness {
	bool present; /* both samples */
	bool quiet;   /* and exact: no pin was in progress when they were taken */
	bool blind;   /* at either end pages of pinacct's own were pinned and no hook saw it */
	u64 vm_acquired, vm_released;
	u64 seen_acquired; /* without what vmstat does not count */
	u64 seen_released;
	s64 vm_net, seen_net;
	s64 unexplained; /* vm_net - seen_net; 0 when slack may be all of it */
	u64 slack;	 /* so many pages may have gone unseen, in either direction; 0 when exact */
};

void witness__compare(const struct session *s, struct witness *out);

#endif
