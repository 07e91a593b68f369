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

#define LEAST_NET_VALUES 8

struct least_net {
	s64 expected;
	u64 enough; /* readings of the least value that are wanted before it is relied on */
	unsigned batches;
	/* the lowest values that were seen, lowest first */
	struct net_value {
		s64 net;
		u64 sightings;
		unsigned batches;    /* that had it, */
		unsigned last_batch; /* the last one of them, counted from 1 */
		struct net_reading at;
	} low[LEAST_NET_VALUES];
	unsigned nr_low;
	u64 valid;		  /* readings that count; 0: nothing below means anything */
	s64 most;		  /* pages: kernel's net - hooks' net */
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
/*
 * The least value, and a reading of it; valid must not be 0. A lower one that a single batch had is
 * passed over: a CPU that stood still in the midst of adding its part to the node's, where that
 * part is in neither, shows the same too small value in all readings of a batch.
 */
const struct net_value *least_net__value(const struct least_net *l);
/* Is the least value, as far as can be told, the one of a moment when no pin was in progress? */
bool least_net__is_exact(const struct least_net *l);
/* By how many pages the least value may be above the truth: 0 when it is exact. */
u64 least_net__slack(const struct least_net *l);

#endif
