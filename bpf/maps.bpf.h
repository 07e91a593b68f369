/* SPDX-License-Identifier: GPL-2.0 */
/* Configuration, maps and per-CPU counters. */
#ifndef PINACCT_MAPS_BPF_H
#define PINACCT_MAPS_BPF_H

#include <bpf/bpf_helpers.h>
#include <pinacct/wire.h>
#include <pinacct/bpf_shared.h>

/* Set by user space between open and load; the defaults load bare. */
const volatile u32 cfg_foll_write = 0x1;
const volatile u32 cfg_foll_longterm = 0x100;
const volatile u32 cfg_page_struct_shift = 6; /* log2(sizeof(struct page)) */
const volatile u32 cfg_stacks = STACKS_EXACT;
const volatile bool cfg_user_stacks = false;
const volatile bool cfg_have_preempt_kfunc = false;
const volatile u32 cfg_wake_bytes = 1 << 18;
const volatile u64 cfg_text_start = 0; /* kernel core text, to tell frames from BPF's */
const volatile u64 cfg_text_end = ~0ULL;

/* Where the kernel keeps the two below: addresses from kallsyms, 0 = no such symbol. */
const volatile u64 cfg_vmemmap_base_addr = 0;
const volatile u64 cfg_zero_pfn_addr = 0;

/* Filled by the `calibrate` program before anything is attached. */
u64 vmemmap_start = 0;
u64 zero_page_pfn = ~0ULL;

/*
 * Are the second programs in force (twice.bpf.h)? User space says so once it has seen them run behind
 * the first ones; order_* are how it sees that.
 */
bool twice = false;
u32 order_probe_tgid = 0;
u32 order_next = 0;
u32 order_first = 0;
u32 order_second = 0;

/* Off until every program is attached, so that no release is seen without its pin's hook. */
bool recording = false;

/*
 * One ring a CPU: a shared one tops out at some 2-4 million records a second over all
 * CPUs (ANCHORS B.4), and a slow neighbour would cost us records.
 */
struct ring {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 4096); /* the real size is that of the maps put in */
};
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY_OF_MAPS);
	__uint(max_entries, 1); /* set to the number of CPUs */
	__uint(key_size, sizeof(u32));
	__array(values, struct ring);
} rings SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, u32);
	__type(value, struct cpu_counters);
} counters SEC(".maps");

/*
 * Where a record is built. A program can be interrupted by an interrupt whose
 * own program needs a buffer too (task, softirq, hardirq, NMI): so several, each with a
 * busy mark.
 */
#define SLOTS 4
#define PTRS_PER_READ 64
#define RAW_WORDS 64 /* of the raw stack, that key the stack cache */
struct slot {
	u32 busy;
	u32 pad;
	/* state of a walk over a page list; in the map so that the verifier need not track it */
	u64 ptr_array;
	u64 nr;
	u64 run_pfn;
	u64 run_end;   /* next page frame that would extend the run */
	u64 run_limit; /* first page frame that may not */
	u64 zero_pages;
	u32 run_order;
	u32 nr_runs;
	u32 failed;
	u32 folios; /* the list is of folios, one pin each */
	/* state of naming a stack */
	u64 ctx_addr;
	u64 key;
	u64 func;
	u64 hash;
	u64 check;
	u32 first;
	u32 pad2;
	u64 ptrs[PTRS_PER_READ];
	u64 raw[RAW_WORDS];
	u64 ips[REC_STACK_MAX_FRAMES];
	struct rec_stack stack;
	u64 stack_ips[REC_STACK_MAX_FRAMES];
	/* the head of the record ends where its runs begin, whichever kind it is */
	union {
		struct rec_pin pin;
		struct {
			u8 before_unpin[sizeof(struct rec_pin) - sizeof(struct rec_unpin)];
			struct rec_unpin unpin;
		};
	};
	struct rec_run runs[RUNS_PER_CHUNK];
};
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, SLOTS);
	__type(key, u32);
	__type(value, struct slot);
} slots SEC(".maps");

/* Stacks already sent, keyed by a hash of their content; the second hash tells collisions. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 16384);
	__type(key, u64);
	__type(value, u64);
} stacks_sent SEC(".maps");

/* Which stack a raw stack stood for when it was walked: see stack.bpf.h. */
struct cached_stack {
	u64 id;
	u64 uses;
};
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 16384);
	__type(key, u64);
	__type(value, struct cached_stack);
} stack_cache SEC(".maps");

/* Arguments of a call that only a kprobe pair can see, from entry to return; by thread. */
struct stash {
	u64 pages;
	u64 flags;
};
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 65536);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, u32);
	__type(value, struct stash);
} stashes SEC(".maps");

/* What the current task is in the middle of. */
#define FS_DEPTH 4
struct fs_ctx {
	u64 ino;
	u32 dev;
	u16 hook;
	u8 iter_kind, iter_dir; /* of the iterator that the hook saw, if any */
	char name[PIN_FS_BYTES];
};
struct task_ctx {
	/* unpin_user_pages_dirty_lock(make_dirty=0) calls unpin_user_pages: that call counts once */
	u64 skip_pages;
	u64 skip_nr;
	u64 mark; /* the call that the first program has taken care of: twice.bpf.h */
	u64 bio; /* bio_iov_iter_get_pages under way */
	u64 release_bio;
	u64 iter_addr; /* user address that the iterator's next page comes from */
	u8 bio_iter_kind, bio_iter_dir;
	u8 iter_kind, iter_dir; /* iov_iter_extract_pages seen, see iter_addr */
	u32 guard;
	u32 fs_depth;
	u32 pad;
	struct fs_ctx fs[FS_DEPTH];
};
struct {
	__uint(type, BPF_MAP_TYPE_TASK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, u32);
	__type(value, struct task_ctx);
} task_ctxs SEC(".maps");

static __always_inline struct cpu_counters *cpu_counters(void)
{
	u32 zero = 0;

	return bpf_map_lookup_elem(&counters, &zero);
}

static __always_inline void count_loss(enum loss_reason reason)
{
	struct cpu_counters *c = cpu_counters();

	if (c)
		c->lost[reason & (LOSS_MAX - 1)]++;
}

#endif
