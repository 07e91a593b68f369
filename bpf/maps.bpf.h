/* SPDX-License-Identifier: GPL-2.0 */
/* Configuration, maps and per-CPU counters. */
#ifndef PINACCT_MAPS_BPF_H
#define PINACCT_MAPS_BPF_H

#include "kernel_types.h"
#include <bpf/bpf_helpers.h>
#include <pinacct/hooks.h>
#include <pinacct/wire.h>
#include <pinacct/bpf_shared.h>
#include "pid_ns.bpf.h"

/* Set by user space between open and load; the defaults load bare. */
const volatile u32 cfg_foll_longterm = 0x100;
const volatile u32 cfg_stacks = STACKS_EXACT;
const volatile bool cfg_user_stacks = false;
const volatile u32 cfg_gets = GETS_OFF;
/*
 * FOLL_GET and FOLL_PIN: in an argument they say that the call is part of another that is recorded.
 */
const volatile u32 cfg_foll_inner = 0x80002;
const volatile u32 cfg_wake_bytes = 1 << 18;
const volatile u64 cfg_text_start = 0; /* kernel core text, to tell frames from BPF's */
const volatile u64 cfg_text_end = ~0ULL;

const volatile bool cfg_never = false; /* see TWICE in program.bpf.h */
const volatile bool cfg_preemptible =
	false; /* can a task be preempted inside the kernel, and so in our programs? */

/* Where the kernel keeps the number of the zero page: an address from kallsyms, 0 = no such symbol.
 */
const volatile u64 cfg_zero_pfn_addr = 0;
/* Its struct page. Set by the program `calibrate` before anything is attached. */
u64 zero_page = ~0ULL;

/* Who called `calibrate`, and when: kernel/self.h. */
u32 own_tgid = 0;
struct pid_ns own_ns = {};
u64 calibrated_ns = 0;

/*
 * Two things that user space finds out before recording, by making pins of its own (as process
 * probe_tgid) and looking in which order the programs ran:
 * - order_*: do the second programs run behind the first ones? If so `recording` will be
 *   RECORDING_BY_BOTH.
 * - saw_*: is unpin_user_pages() seen when unpin_user_pages_dirty_lock() calls it? If so
 *   dirty_lock_calls is set, and the call is recorded there only.
 */
bool dirty_lock_calls = false;
u32 probe_tgid = 0;
u32 order_next = 0;
u32 order_first = 0;
u32 order_second = 0;
u32 saw_own_pin = 0;
u32 saw_dirty_lock = 0;
u32 saw_inner_unpin = 0;

/* Tasks that are inside of migrate_longterm_unpinnable_folios() now: see task_ctx.guard. */
u32 guarded_tasks = 0;

/* Off until every program is attached: else a pin may be missed whose release is seen. */
u8 recording = RECORDING_OFF;

/*
 * A channel is a ring, a lane and some buffers. cpu_counters.channel is the CPU's; where CPUs may
 * come online later, they share the channels of others (src/capture/channels.h).
 */
const volatile bool cfg_channels_shared = false;

/*
 * One ring a channel: a shared one tops out at some 2-4 million records a second over all
 * CPUs (KERNEL.md 1.6), and a slow neighbour would cost us records.
 */
struct ring {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 4096); /* the real size is that of the maps put in */
};
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY_OF_MAPS);
	__uint(max_entries, 1); /* set to the number of channels */
	__uint(key_size, sizeof(u32));
	__array(values, struct ring);
} rings SEC(".maps");

/* Lanes for short records (bpf_shared.h), one behind the other, of 1 << cfg_lane_bits entries each.
 */
const volatile u32 cfg_lane_bits = 0;
const volatile u32 cfg_lane_mask = 0; /* entries of a lane, less one */
const volatile u64 cfg_lane_wake_mask = ~0ULL;
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1); /* set by user space */
	__type(key, u32);
	__type(value, union lane_entry);
} lanes SEC(".maps");

/*
 * Where the next entry of each lane goes, if several CPUs may write to it; else cpu_counters has
 * that. A cache line each.
 */
struct lane_head {
	u64 next;
	u64 unused[7];
};
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1); /* set to the number of channels */
	__type(key, u32);
	__type(value, struct lane_head);
} lane_heads SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, u32);
	__type(value, struct cpu_counters);
} counters SEC(".maps");

/* How a call names its pages. */
enum unit {
	UNIT_PAGES,  /* addr: array of nr struct page * */
	UNIT_RANGE,  /* addr: struct page *, nr consecutive ones */
	UNIT_FOLIO,  /* addr: struct folio *, nr pins of it */
	UNIT_FOLIOS, /* addr: array of nr struct folio *, one pin each */
	UNIT_BVECS,  /* addr: array of vecs struct bio_vec, of nr pages in all */
};

/* A call of a traced function, as its program decodes it. */
struct call {
	u64 addr;
	u64 nr;
	u64 start; /* pins: user address, 0 = not known */
	u32 api;
	u32 unit;
	u32 flags;		  /* PIN_F_* */
	u32 vecs;		  /* UNIT_BVECS */
	u64 ctx;		  /* the bio that is released, when the call itself is that */
	struct task_struct *task; /* not in I/O */
	u64 mm;			  /* the task's, the same */
	bool io;		  /* may be part of an I/O: there may be a context to ask for */
	bool irq;		  /* may come in an interrupt */
};

/* The head of a pin's or of a release's record. Both end at the same place, where the runs begin.
 */
union rec_head {
	struct rec_pin pin;
	struct {
		u8 before_unpin[sizeof(struct rec_pin) - sizeof(struct rec_unpin)];
		struct rec_unpin unpin;
	};
};

/*
 * A buffer to build a record of several pages in, and to walk a stack in. Programs nest, by
 * interrupts and preemption, and each of them may need one: so there are several, each with a busy
 * mark.
 */
#define RAW_WORDS 512 /* of a raw stack, in which return addresses are looked for */
struct slot {
	u32 busy;
	u32 pin; /* what is being built is a pin, not a release */
	struct call call;
	/* state of a walk over a page list; in the map so that the verifier need not track it */
	u64 array;
	u64 nr;
	u64 span; /* struct page * of consecutive pages, gathered so far */
	u64 span_pages;
	u64 span_end; /* the page behind it; 0 = there is none */
	u64 skipped;  /* zero pages, and empty places of the list */
	u32 nr_runs;
	u32 nr_list;
	u32 folios; /* the list is of folios, one pin each */
	/* state of naming a stack */
	u32 first;
	u32 nr_ips;
	u32 found;
	u32 key; /* of the known stack */
	u64 addr;
	u64 func;
	u64 hash;
	u64 check;
	u64 raw[RAW_WORDS];
	u64 ips[REC_STACK_MAX_FRAMES];
	u16 offs[REC_STACK_MAX_FRAMES];
	struct rec_stack stack;
	u64 stack_ips[REC_STACK_MAX_FRAMES];
	union rec_head head;
	struct rec_run runs[RUNS_PER_CHUNK];
	union rec_head list_head; /* a copy of head */
	u64 list[LIST_PER_CHUNK];
};
/* SLOTS_PER_CHANNEL for each channel. Not a per-CPU map: those have memory for every possible CPU.
 */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, SLOTS_PER_CHANNEL); /* set by user space */
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

/*
 * A stack that was walked before, and how it lay in memory: return address ip[i] stood off[i] bytes
 * above the program's context. See "known by sight" in stack.bpf.h.
 */
#define KNOWN_FRAMES 42
/*
 * Frames are compared in groups without a branch: KNOWN_FIRST of them, then KNOWN_NEXT at a time.
 * The last group is filled up with copies of the last frame.
 */
#define KNOWN_FIRST 6
#define KNOWN_NEXT  3
struct known_stack {
	u64 id; /* 0 = none, or being written */
	u64 uses;
	u32 depth; /* where the context lay on its stack */
	u32 nr;
	u16 off[KNOWN_FRAMES];
	u64 ip[KNOWN_FRAMES];
};
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 4096);
	__type(key, u32);
	__type(value, struct known_stack);
} known_stacks SEC(".maps");

/*
 * By hook: how many bytes above the program's context the return address of the traced function
 * lies.
 */
u32 parent_off[HOOK_ID_MAX];

/*
 * The marks that first programs leave for second ones (second.bpf.h). For interrupts two a CPU
 * (hardirq, softirq); for tasks one a CPU or, where tasks are preempted inside the kernel, one a
 * thread.
 */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 2); /* set by user space */
	__type(key, u32);
	__type(value, u64);
} irq_marks SEC(".maps");
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1); /* set by user space */
	__type(key, u32);
	__type(value, u64);
} task_marks SEC(".maps");

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

/*
 * The bio whose pages are being released. Those of __bio_release_pages() are recorded all at once
 * at its begin; `left` of them are still to come by unpin_user_folio(), and not to be recorded
 * again.
 */
struct bio_release {
	u64 bio;
	u64 left;
};

/* What the current task is in the middle of. */
#define FS_DEPTH 4
struct fs_ctx {
	u64 ino;
	u32 dev;
	u16 hook;
	u8 iter_kind, iter_dir;	    /* of the iterator that the hook saw, if any */
	u64 name[PIN_FS_BYTES / 8]; /* with what lies behind its end */
};
struct task_ctx {
	u64 bio; /* bio_iov_iter_get_pages under way */
	struct bio_release release;
	u64 iter_addr; /* user address that the iterator's next page comes from */
	u8 bio_iter_kind, bio_iter_dir;
	u8 iter_kind, iter_dir; /* iov_iter_extract_pages seen, see iter_addr */
	u32 guard;		/* migrating for a longterm pin: releases are the kernel's own */
	u32 fs_depth;
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
