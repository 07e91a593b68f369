/* SPDX-License-Identifier: GPL-2.0 */
/* Does the user want to see it? What a filter asks about and nobody knows does not pass. */
#ifndef PINACCT_FILTER_H
#define PINACCT_FILTER_H

#include "ledger/ledger.h"
#include "judge/rules.h"

bool filter__site(const struct filter *f, const struct ledger_site *site);
/* References have neither FOLL_LONGTERM nor an operation's file. */
bool filter__get(const struct filter *f, const struct event_task *task);
/* Does everything pass? */
bool filter__is_off(const struct filter *f);
/* A release has no file and no cgroup of its own; in interrupt context it has no task either. */
bool filter__release(const struct filter *f, const struct ledger_unmatched *u);

#endif
