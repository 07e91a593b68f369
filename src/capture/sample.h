/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The outside witness, sampled: by how much the kernel's pin counters are ahead of the hooks'.
 * While every pin and release is seen by both this never changes, so a sample at the start and one
 * at the end tell whether something was not.
 */
#ifndef PINACCT_SAMPLE_H
#define PINACCT_SAMPLE_H

#include <stdbool.h>
#include <pinacct/bpf_shared.h>

struct self;

struct sampler {
	const struct self *self;	    /* whose clock records have */
	int prog_fd;			    /* read_pin_counters */
	const volatile u32 *nr_nodes;	    /* that it found: 0 = it can not be read here */
	const struct net_reading *readings; /* where it leaves NET_READINGS */
	int map_fd;			    /* per-CPU array of struct cpu_counters */
	unsigned nr_cpus;
	/* Called between readings, which may take a second: the rings must not fill. 0 or -errno.
	 */
	int (*meanwhile)(void *arg);
	void *arg;
};

struct sample {
	u64 acquired_ahead; /* kernel's less hooks', pages; each may be "negative" */
	u64 released_ahead;
	u64 slack; /* acquired_ahead - released_ahead is that much too large at most */
	bool exact;
	u64 ts_ns;
};

/*
 * Takes a sample, of a moment when no pin is in progress: many are looked at, for a second at most,
 * for some milliseconds when `expected` (acquired_ahead - released_ahead, pages) is found at once.
 * 0 or negative errno.
 */
int sampler__take(const struct sampler *s, s64 expected, struct sample *out);
/* Makes a record of it, as of before the hooks counted anything. */
void sample__at_start(const struct sample *sample, struct rec_vmstat *rec);
/* Makes a record of it, as of now: to be called when the hooks no longer count. 0 or -errno. */
int sampler__at_end(const struct sampler *s, const struct sample *sample, struct rec_vmstat *rec);

#endif
