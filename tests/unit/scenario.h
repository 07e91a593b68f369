/* SPDX-License-Identifier: GPL-2.0 */
/* A run written down in the record language (tools/reclang.h), fed to a session. */
#ifndef PINACCT_SCENARIO_H
#define PINACCT_SCENARIO_H

#include "judge/session.h"

/* Fails the running test when a line does not parse or the session refuses its record. */
struct session *scenario__new(const char *script);
/* Goes on feeding; what session__feed() said of the first line that it refused, else 0. */
int scenario__feed(struct session *s, const char *script);

#endif
