/* SPDX-License-Identifier: GPL-2.0 */
/* A record file, read into a session. */
#ifndef PINACCT_REPLAY_H
#define PINACCT_REPLAY_H

#include <stdbool.h>
#include "judge/session.h"

/* The caller's to free. NULL after one line on stderr. *incomplete: the recording was cut off. */
struct session *replay(const char *path, const struct ledger_opts *opts, bool *incomplete);

#endif
