/* SPDX-License-Identifier: GPL-2.0 */
/*
 * From many readings of the pin counters to what is true: the least difference between the kernel's
 * net and the hooks', and whether it can be relied on. See bpf/hooks/pin_counters.bpf.c for why no
 * valid reading is below the truth.
 */
#ifndef PINACCT_LEAST_NET_H
#define PINACCT_LEAST_NET_H

#include <stdbool.h>
#include <stddef.h>
#include <pinacct/bpf_shared.h>

struct least_net {
	s64 expected;
	u64 enough; /* readings of the least value that are wanted before it is relied on */
	unsigned batches;
	unsigned at_least;	  /* batches that had the least value */
	u64 sightings;		  /* of the least value */
	u64 valid;		  /* readings that count; 0: nothing below means anything */
	s64 least, most;	  /* pages: kernel's net - hooks' net */
	struct net_reading at;	  /* a reading of the least value */
	struct net_reading first; /* the first one of all */
	bool calm;		  /* in no reading was anything else than in the first, */
	u64 calm_ns;		  /* for so long by now */
	u64 first_ns;
};

/*
 * expected: the truth unless something was not seen, pages. cpus: how many may pin at the same
 * time.
 */
void least_net__init(struct least_net *l, s64 expected, unsigned cpus);
/*
 * Adds a batch, of readings one right behind the other, made at ts_ns. Let others run between two
 * batches.
 */
void least_net__add(struct least_net *l, u64 ts_ns, const struct net_reading *r, size_t n);
/* Is the least value, as far as can be told, the one of a moment when no pin was in progress? */
bool least_net__is_exact(const struct least_net *l);
/* By how many pages the least value may be above the truth: 0 when it is exact. */
u64 least_net__slack(const struct least_net *l);

#endif
