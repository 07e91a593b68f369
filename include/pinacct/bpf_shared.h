/* SPDX-License-Identifier: GPL-2.0 */
/* What the BPF side and capture.c share beside records. Never in a file. */
#ifndef PINACCT_BPF_SHARED_H
#define PINACCT_BPF_SHARED_H

#include "wire.h"

/* Page runs in one record; a longer call goes on in further chunks. */
#define RUNS_PER_CHUNK 128

/* The page reader (bpf/pages.bpf.c): answers in one go, and how far a scan goes in one: 256 MiB. */
#define PAGES_PER_BATCH 1024
#define SCAN_CHUNKS_PER_RUN 1024

/*
 * Per-CPU counters, read by user space with the vmstat witness. Updated
 * without atomics: an interrupt between load and store could lose an increment, so those that
 * must be exact use atomic adds.
 */
struct cpu_counters {
	u64 seen_acquired; /* pages, zero pages left out */
	u64 seen_released;
	u64 added; /* of seen_acquired, what vmstat does not count */
	u64 zero_acquired;
	u64 zero_released;
	u64 events;
	u64 bytes_since_wake;
	u64 next_call;
	u64 lost[LOSS_MAX];
};

#endif
