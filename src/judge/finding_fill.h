/* SPDX-License-Identifier: GPL-2.0 */
/* Fills a finding with what the ledger knows of its pins and releases. */
#ifndef PINACCT_FINDING_FILL_H
#define PINACCT_FINDING_FILL_H

#include "judge/finding.h"
#include "ledger/ledger.h"

/* All that the site tells: holder, function, flags, stacks, file. */
struct finding finding__from_site(enum finding_id id, const struct ledger_site *site);
/* Who released last; the task only when it was not an interrupt's bystander. */
void finding__set_release(struct finding *f, const struct ledger_release *release);
/*
 * Which case of the kernel's Documentation/core-api/pin_user_pages.rst the holder falls under, as
 * far as the record lets one infer it. `bio` is that of the pin, 0 = none known.
 */
unsigned finding__doc_case(const struct finding *f, u64 bio);

#endif
