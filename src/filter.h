/* SPDX-License-Identifier: GPL-2.0 */
/* Does the user want to see it? What a filter asks about and nobody knows does not pass. */
#ifndef PINACCT_FILTER_H
#define PINACCT_FILTER_H

#include "ledger.h"
#include "rules.h"

bool filter__site(const struct filter *f, const struct ledger_site *site);
/* A release has no file and no cgroup of its own; in interrupt context it has no task either. */
bool filter__release(const struct filter *f, const struct ledger_unmatched *u);

#endif
