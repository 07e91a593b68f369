/* SPDX-License-Identifier: GPL-2.0 */
#ifndef PINACCT_SNAPSHOT_TAKE_H
#define PINACCT_SNAPSHOT_TAKE_H

#include "report/snapshot.h"

/*
 * Looks at all of memory, and who holds what is pinned: fills s, whose `by`, filter and page_bytes
 * are set. 0 or an exit status after one line on stderr; snapshot__deinit() in either case. Owners
 * that cannot be had are no error: owners_why tells.
 */
int snapshot__take(struct snapshot *s);

#endif
