/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the BPF side counts instead of recording it: losses by reason and CPU, programs that the
 * kernel skipped, and pages seen, which are compared with vmstat.
 */
#ifndef PINACCT_COUNTERS_H
#define PINACCT_COUNTERS_H

#include <stdbool.h>
#include "record/sink.h"
#include "kernel/self.h"

struct bpf_object;
struct counters;

/*
 * map_fd: the per-CPU array of struct cpu_counters, borrowed like obj and self (whose clock stamps
 * the records). NULL and errno.
 */
struct counters *counters__new(struct bpf_object *obj, int map_fd, unsigned nr_cpus,
			       const struct self *self);
void counters__free(struct counters *c);

/*
 * Hands fn a REC_LOST for each loss counter that has moved since the last call. 0 or negative
 * errno.
 */
int counters__report_losses(struct counters *c, record_fn fn, void *arg);
/*
 * The same for programs that the kernel skipped because they were running already. It takes a
 * system call a program, so it is for once a second. Of calls that the first program of a pair
 * missed (bpf/second.bpf.h), those are lost that the second did not take over, and at most as many
 * as the second missed itself. `complete`: vmstat says that no page is missing.
 */
int counters__report_misses(struct counters *c, bool complete, record_fn fn, void *arg);
/* Hands fn the REC_STACK_USE of the run. */
int counters__report_stacks(struct counters *c, record_fn fn, void *arg);
/* Call this just before recording begins: programs that were skipped until now lost nothing. */
void counters__begin(struct counters *c);
/* Second programs run behind the first ones, so that what they took over is no loss. */
void counters__have_second(struct counters *c);

#endif
