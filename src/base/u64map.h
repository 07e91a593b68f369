/* SPDX-License-Identifier: GPL-2.0 */
/*
 * From a number that is not 0 to another. Open addressing; it grows, and a number that is taken out
 * leaves nothing behind. The keys may come from a made-up file: the hash is seeded.
 */
#ifndef PINACCT_U64MAP_H
#define PINACCT_U64MAP_H

#include <stdbool.h>
#include <stddef.h>
#include <pinacct/types.h>

struct u64map {
	struct u64map_slot {
		u64 key; /* 0 = free */
		u64 value;
	} * slots;
	size_t cap, nr; /* cap is 0 or a power of two */
	u64 seed;	/* of the hash: see hash.h */
};

/* NULL when it is not there. Valid until the next set or del. */
u64 *u64map__get(const struct u64map *m, u64 key);
/* 0, or -ENOMEM and nothing changed. A key of 0 is passed over. */
int u64map__set(struct u64map *m, u64 key, u64 value);
void u64map__del(struct u64map *m, u64 key);
void u64map__deinit(struct u64map *m);

#endif
