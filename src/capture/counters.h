/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the BPF side counts rather than records: losses per reason and CPU, programs that the kernel
 * skipped, and pages seen, which are held against vmstat.
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
 * The same for programs that were skipped because they were running already: a system call per
 * program, so rather once a second. Where two programs watch a function (bpf/second.bpf.h) what the
 * second did in the first one's place is no loss. `complete`: as far as is known nothing is
 * missing.
 */
int counters__report_misses(struct counters *c, bool complete, record_fn fn, void *arg);
/* Hands fn the REC_STACK_USE of the run. */
int counters__report_stacks(struct counters *c, record_fn fn, void *arg);
/* To be called just before recording begins: what was skipped until now is nobody's loss. */
void counters__begin(struct counters *c);
/* The second programs are in force: see above. */
void counters__have_second(struct counters *c);
/*
 * Samples vmstat and the pages seen together, trying for a moment at which nothing moves
 * (VMSTAT_F_QUIET). phase: VMSTAT_START or VMSTAT_END. 0 or negative errno.
 */
int counters__witness(struct counters *c, u32 phase, struct rec_vmstat *rec);

#endif
