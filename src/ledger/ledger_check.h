/* SPDX-License-Identifier: GPL-2.0 */
#ifndef PINACCT_LEDGER_CHECK_H
#define PINACCT_LEDGER_CHECK_H

#include "ledger/ledger.h"

/*
 * Counts everything again, from the runs up, and compares with what the ledger keeps. NULL, or what
 * is wrong. Slow: for tests.
 */
const char *ledger__check(const struct ledger *l);

#endif
