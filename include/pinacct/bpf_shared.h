/* SPDX-License-Identifier: GPL-2.0 */
/* What the BPF side and capture.c share beside records. Never in a file. */
#ifndef PINACCT_BPF_SHARED_H
#define PINACCT_BPF_SHARED_H

#include "hooks.h"
#include "wire.h"

/* Buffers in which the kernel's side builds long records and walks stacks, for each channel. */
#define SLOTS_PER_CHANNEL 8
/* Page runs in one record; a longer call goes on in further chunks. */
#define RUNS_PER_CHUNK 128

/* The page reader (bpf/pages.bpf.c): answers in one go, and how far a scan goes in one: 256 MiB. */
#define PAGES_PER_BATCH	    1024
#define SCAN_CHUNKS_PER_RUN 1024

/* Symbols to look up in one go (bpf/lookup.bpf.c); a name is filled up with zeroes. */
#define LOOKUP_NAMES_MAX  256
#define LOOKUP_NAME_BYTES 64
struct named_addr {
	char name[LOOKUP_NAME_BYTES];
	u64 addr; /* 0 = not in this kernel */
};

/* A PID namespace: the kernel's struct pid_namespace. Level 0 is the initial one. */
struct pid_ns {
	u64 addr;
	u32 level;
	u32 pad;
};

/*
 * Between ring and reader only: pages that are no neighbours come as a list of nr_runs page frames
 * (u64) instead of runs; expand_list.c makes runs of them before anybody else sees the record.
 * LIST_HOLE is no page: a zero page, or an empty place of the list.
 */
#define PIN_F_LIST     0x8000
#define LIST_PER_CHUNK 256
#define LIST_HOLE      (~0ULL)
/* Pages are looked at in groups of so many. */
#define GROUP_PAGES 16

/* A call that pins or releases one page, or pages of one folio, which most do. */
struct pin_of_one {
	struct rec_pin pin;
	struct rec_run run;
};
struct unpin_of_one {
	struct rec_unpin unpin;
	struct rec_run run;
};

/* Are stacks that were walked once known by sight? (bpf/stack.bpf.h) */
static inline int stacks_by_sight(u32 stacks)
{
	return stacks == STACKS_CACHED || stacks == STACKS_CALLER;
}

/*
 * Does what is seen count yet, and where a function has two programs (bpf/second.bpf.h), by which
 * of them?
 */
enum recording {
	RECORDING_OFF,
	RECORDING_BY_FIRST,
	RECORDING_BY_BOTH,
	RECORDING_BY_SECOND, /* a test of them: the first leaves all calls to the second */
};

/* Which references (FOLL_GET) are recorded; with the first, those taken within I/O on a file. */
enum gets {
	GETS_OFF,
	GETS_IO,
	GETS_ALL,
};

/*
 * Such calls have a lane beside the ring of their CPU: entries of one size, in memory that the
 * reader maps. A ring record costs 145 instructions (6.12, reserve and submit), an entry here some
 * 20, and a short call is all that matters for the cost. An entry is free when its first word, the
 * record's size, is 0: the kernel's side writes that word last, the reader makes it 0 again. The
 * CPU's next entry is cpu_counters.lane_next modulo the lane's length, a power of two.
 */
#define LANE_TAKEN (~0U) /* as size: somebody's, and not written yet */
union lane_entry {
	struct rec_hdr h;
	struct pin_of_one pin;
	struct unpin_of_one unpin;
};

/*
 * Per-CPU counters, read by user space with the vmstat witness. Updated
 * without atomics: an interrupt between load and store could lose an increment, so those that
 * must be exact use atomic adds.
 */
struct cpu_counters {
	u64 seen_acquired; /* pages that vmstat counts, too; zero pages left out */
	u64 seen_released;
	u64 added; /* pages acquired that vmstat does not count: folio_add_pin() */
	u64 zero_acquired;
	u64 zero_released;
	u64 lane_next;	/* of a channel that only this CPU writes to; else see lane_heads */
	u32 channel;	/* which ring, lane and buffers it writes to: see src/capture/channels.h */
	u32 lane_first; /* where its lane begins in the map of all of them */
	u64 bytes_since_wake;
	u64 next_call;
	u64 scratch;		    /* stack.bpf.h: to make a number of a pointer */
	u64 stack_hits;		    /* --stacks cached: known by sight, */
	u64 stack_misses;	    /* walked because not known, */
	u64 stack_checks;	    /* walked although known, to see whether it is true */
	u64 by_second[HOOK_ID_MAX]; /* calls that the second program of a hook found unmarked */
	u64 lost[LOSS_MAX];
};

/*
 * One reading of the kernel's two pin counters and of the hooks' (bpf/hooks/pin_counters.bpf.c), in
 * pages. All of it is read in one pass of microseconds, in the order of the fields.
 */
struct net_reading {
	u64 seen_acquired;
	u64 folds_before; /* sum of what the nodes themselves have: it moves when a CPU adds its
			     part */
	u64 vm_acquired;
	u64 vm_released;
	u64 folds_after; /* the same, read once more */
	u64 seen_released;
};
#define NET_READINGS 64 /* in one go */
#define NODES_MAX    64

#endif
