/* SPDX-License-Identifier: GPL-2.0 */
/* Where records go, one by one: into a session, a file, or the next step on the way there. */
#ifndef PINACCT_SINK_H
#define PINACCT_SINK_H

#include <pinacct/wire.h>

/* The record is the caller's and valid during the call only. 0 to go on; else the source stops and
 * returns it. */
typedef int (*record_fn)(void *arg, const struct rec_hdr *rec);

#endif
