/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Keeps a ledger that runs for weeks small. Sites and holders are kept as they are up to a limit
 * that no test run reaches. Above it, sites that have no page open give up their detail: their
 * totals go to the site of the same stack, api and flags without inode and user stack, and, when
 * their holder exited, to a holder of the same comm and cgroup with tid 0. What then grows without
 * bound is only what is open, and the number of distinct stacks and names.
 */
#ifndef PINACCT_FOLD_H
#define PINACCT_FOLD_H

#include "ledger/sites.h"

struct fold {
	u32 holder_limit, site_limit; /* fold above these */
};

void fold__init(struct fold *f);
/* Before a site or a holder is made. Cheap while there are few. */
void fold__run(struct fold *f, struct sites *sites, const struct stream_time *time);

#endif
