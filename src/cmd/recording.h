/* SPDX-License-Identifier: GPL-2.0 */
/* A recording that was read to its end, and what the rules say of it. */
#ifndef PINACCT_RECORDING_H
#define PINACCT_RECORDING_H

#include "cmd/opts.h"
#include "judge/rules.h"

struct recording {
	struct session *session;
	struct report report;
};

/*
 * 0, or -1 after one line on stderr. recording__deinit() in either case, if *r was zeroed before.
 */
int recording__init(struct recording *r, const char *path, const struct opts *o);
void recording__deinit(struct recording *r);

#endif
