/* SPDX-License-Identifier: GPL-2.0 */
#ifndef PINACCT_LIVE_OPTS_H
#define PINACCT_LIVE_OPTS_H

#include "cmd/opts.h"
#include "live/run.h"

/* What the command line asks of a run. Strings stay those of `o`. */
struct run_opts live_opts(const struct opts *o, const char *record_path);

#endif
