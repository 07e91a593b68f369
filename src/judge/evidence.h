/* SPDX-License-Identifier: GPL-2.0 */
/* The one line of a finding that says what was seen. */
#ifndef PINACCT_EVIDENCE_H
#define PINACCT_EVIDENCE_H

#include "judge/finding.h"
#include "ledger/ledger.h"
#include "judge/witness.h"

/* By f->id; f is about `open`, the oldest call of its group. */
void evidence__open(struct finding *f, const struct ledger_open *open, u64 end_ns);
/* Pins that were held long and have ended. */
void evidence__held(struct finding *f, const struct ledger_site *site);
void evidence__unmatched(struct finding *f, const struct ledger_unmatched *u);
void evidence__unreconciled(struct finding *f, const struct witness *w);
/* Puts "uncertain: <why>; " in front. */
void evidence__uncertain(struct finding *f, const char *why);

#endif
