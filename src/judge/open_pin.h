/* SPDX-License-Identifier: GPL-2.0 */
/* A pin call that is still open at the end of the run, as the rules look at it. */
#ifndef PINACCT_OPEN_PIN_H
#define PINACCT_OPEN_PIN_H

#include "judge/eval.h"

struct open_pin {
	const struct ledger_open *open; /* borrowed */
	bool workload;			/* the command under test pinned */
	bool mm_gone;			/* the holder's address space is */
	bool in_flight;			/* its I/O may not be done: the device had some in flight */
	u64 age_ns;
	const struct rec_owner *owner; /* who was found to hold its pages at the end, or NULL */
};

struct open_pin open_pin__of(const struct eval *e, const struct ledger_open *open);
/*
 * Should it be gone by now? The command's pins when it has ended and was waited for, a dead
 * holder's after the grace period. Whether its I/O is done is not asked here.
 */
bool open_pin__is_overdue(const struct eval *e, const struct open_pin *pin);
/* I/O that is under way, or current work: of such a pin nobody expects that it was released. */
bool open_pin__is_pending(const struct eval *e, const struct open_pin *pin);

#endif
