/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Hashing of numbers that a made-up file may have chosen: multiply-shift (Dietzfelbinger and
 * others, 1997). With a random odd multiplier, any two keys meet in a table of 2^n places with a
 * probability of 2/2^n at most, whoever chose them, so nobody can aim many keys at one place.
 */
#ifndef PINACCT_HASH_H
#define PINACCT_HASH_H

#include <pinacct/types.h>

/* A random odd number: one for each table, drawn when the table is made. */
u64 hash__seed(void);

/* The upper bits of the result are the hash: shift it right by 64 less the bits that are needed. */
static inline u64 hash__u64(u64 seed, u64 key)
{
	key ^= key >> 32;
	return key * seed;
}

/* The hash of several numbers, one after the other: start with 0. All bits are good. */
static inline u64 hash__add(u64 seed, u64 hash, u64 number)
{
	hash = hash__u64(seed, hash ^ number);
	return hash ^ hash >> 29;
}

#endif
