/* SPDX-License-Identifier: GPL-2.0 */
/* From a finished session to output and exit status, the same for live and replayed runs. */
#ifndef PINACCT_SHOW_H
#define PINACCT_SHOW_H

#include "cmd/opts.h"
#include "judge/rules.h"

/*
 * Evaluates the session by the options, prints the report to stdout, and returns the exit
 * status: 0, 23 or 24 by the verdict, 1 after one line when the output cannot be written.
 */
int show(struct session *s, const struct opts *o, bool workload_only, bool incomplete);

/* The rules' view of the command line. `suppress` may be NULL. */
struct rules_opts show__rules_opts(const struct opts *o, bool workload_only, bool incomplete,
				   struct suppressions *suppress);
/* Opens --suppress. 0, or 2 after one line. *out is NULL when there is none. */
int show__suppressions(const struct opts *o, struct suppressions **out);

#endif
