/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Two reports against each other. Rows of the audit by file system, operation and way in: a
 * violation is worse than references, these than some references, these than none; a row that is
 * not in both, or was not tried, is told and neither better nor worse, unless it is a violation.
 * Faults by their key, which is the same for the same place in runs of one kernel.
 */
#ifndef PINACCT_DIFF_H
#define PINACCT_DIFF_H

#include <stdio.h>
#include "judge/rules.h"

struct diff_counts {
	size_t better, worse, other, same;
	bool doubtful; /* one of the two is inconclusive */
};

/* 0, or negative errno of the output. */
int diff__print(const struct report *a, const struct report *b, bool json, FILE *out,
		struct diff_counts *counts);

#endif
