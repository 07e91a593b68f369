/* SPDX-License-Identifier: GPL-2.0 */
/* What follows for the run as a whole from its findings and from how far it can be trusted. */
#ifndef PINACCT_VERDICT_H
#define PINACCT_VERDICT_H

#include "judge/rules.h"
#include "judge/trust.h"

/*
 * From a report whose findings and totals are ready. Of *v, others_open_pages and
 * in_flight_pages are the caller's; all else is filled here.
 */
void verdict__fill(struct verdict *v, const struct report *r, const struct rules_opts *opts,
		   const struct trust *trust);

#endif
