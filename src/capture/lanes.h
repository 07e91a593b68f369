/* SPDX-License-Identifier: GPL-2.0 */
/* The reader's side of the lanes: short records beside the rings (include/pinacct/bpf_shared.h). */
#ifndef PINACCT_LANES_H
#define PINACCT_LANES_H

#include <pinacct/types.h>
#include "record/sink.h"

struct lanes;

/* Maps nr lanes of 1 << bits entries; map_fd is borrowed until then. NULL and errno. */
struct lanes *lanes__new(int map_fd, unsigned nr, unsigned bits);
void lanes__free(struct lanes *l);

/* Bits of a lane that takes `bytes`, rounded down; at least 4. */
unsigned lanes__bits(u64 bytes);
/* How many entries the map must have. */
u64 lanes__entries(unsigned nr, unsigned bits);

/*
 * Hands over, and frees, what has been written, lane by lane in the order of its entries. 0,
 * -EBADMSG, or what fn returned.
 */
int lanes__drain(struct lanes *l, record_fn fn, void *arg);

#endif
