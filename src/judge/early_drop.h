/* SPDX-License-Identifier: GPL-2.0 */
/* Is what is left of a pin call what a legal early drop leaves? */
#ifndef PINACCT_EARLY_DROP_H
#define PINACCT_EARLY_DROP_H

#include "ledger/ledger.h"

/* 1 yes, 0 no, -ENOMEM. */
int early_drop__explains(const struct ledger *l, const struct ledger_open *open);

#endif
