/* SPDX-License-Identifier: GPL-2.0 */
/* What was pinned before the start and still is, as far as known: by who holds it. */
#ifndef PINACCT_EARLIER_PINS_H
#define PINACCT_EARLIER_PINS_H

#include "judge/session.h"

struct earlier_row {
	const struct rec_owner *owner; /* borrowed from the session; NULL = not known */
	u8 kind;		       /* enum page_kind */
	u64 folios;
	u64 pages; /* of these folios: what is held, each once */
	u64 pins;
};

struct earlier_pins {
	struct earlier_row *rows; /* most pages first */
	size_t nr, cap;
	u64 pages, pins; /* of all rows */
};

/* 0 or -ENOMEM; earlier_pins__deinit() in either case. */
int earlier_pins__find(struct session *s, struct earlier_pins *out);
void earlier_pins__deinit(struct earlier_pins *p);

#endif
