/* SPDX-License-Identifier: GPL-2.0 */
#ifndef PINACCT_CMD_END_H
#define PINACCT_CMD_END_H

#include "cmd/opts.h"
#include "live/run.h"

/*
 * How every live command that reports ends: the run is stopped and shown, unless `status` says that
 * something went wrong. The run is gone then. Returns the exit status.
 */
int cmd__end(struct run *r, const struct opts *o, bool workload_only, int status);

#endif
