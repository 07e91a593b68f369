/* SPDX-License-Identifier: GPL-2.0 */
/* Whose pin is it: the workload's, or somebody's who merely lives beside it? */
#ifndef PINACCT_OWNERS_H
#define PINACCT_OWNERS_H

#include "ledger/ledger.h"

/* Address spaces, sorted. */
struct mm_set {
	u64 *mms;
	size_t nr, cap;
};

struct owners {
	u64 cmd_start_ns;
	struct mm_set workload;
	struct mm_set others;
};

/* 0 or -ENOMEM; free with owners__deinit() in either case. */
int owners__init(struct owners *o, const struct ledger *l, u64 cmd_start_ns);
void owners__deinit(struct owners *o);

/* A kernel thread, or nobody known. */
bool owners__is_kernel(const struct ledger_site *site);
/*
 * The command's family, and kernel threads that are not known to work for another: a kworker does
 * not say for whom it pins, and a leak of the workload's must not hide there. When the pin was
 * taken counts for those only; a caller that cannot tell passes UINT64_MAX.
 */
bool owners__is_workload(const struct owners *o, const struct ledger_site *site, u64 ts_ns);

#endif
