/* SPDX-License-Identifier: GPL-2.0 */
/* Buffers to build records in, and the way out of them into the CPU's ring. */
#ifndef PINACCT_EMIT_BPF_H
#define PINACCT_EMIT_BPF_H

#include "kernel_types.h"
#include "maps.bpf.h"

/*
 * Functions here and elsewhere that are not static are so for the verifier: it verifies a global
 * function once, by itself, and a static one anew on each path that leads to it. Under emulation
 * that makes a second of a minute.
 */

/*
 * The kernel's time to load a program grows with the square of its length. So loops that are not
 * worth their speed stay loops.
 */
#define ROLLED	 _Pragma("clang loop unroll(disable)")
#define UNROLLED _Pragma("clang loop unroll(full)")
/* Put into a branch it keeps clang from replacing that, two instructions, by eight of arithmetic.
 */
#define BRANCH barrier()

#define NO_SLOT (~0U)

/* Claims a free buffer of this CPU's channel: its key, or NO_SLOT. */
__noinline u32 slot_claim(void)
{
	struct cpu_counters *c = cpu_counters();

	if (!c)
		return NO_SLOT;
	ROLLED
	for (u32 i = 0; i < SLOTS_PER_CHANNEL; i++) {
		u32 key = c->channel * SLOTS_PER_CHANNEL + i;
		struct slot *s = bpf_map_lookup_elem(&slots, &key);

		if (s && __sync_val_compare_and_swap(&s->busy, 0, 1) == 0)
			return key;
	}
	return NO_SLOT;
}

static __always_inline struct slot *slot__get(void)
{
	u32 key = slot_claim();

	if (key == NO_SLOT) {
		count_loss(LOSS_SCRATCH);
		return NULL;
	}
	return bpf_map_lookup_elem(&slots, &key);
}

static __always_inline void slot__put(struct slot *s)
{
	__sync_lock_test_and_set(&s->busy, 0);
}

static __always_inline void *ring_of(struct cpu_counters *c)
{
	u32 channel = c->channel;

	return bpf_map_lookup_elem(&rings, &channel);
}

/*
 * Wakes the reader once in cfg_wake_bytes, not for each record: a wake-up per record costs an order
 * of magnitude (KERNEL.md 1.6), and the reader also looks by itself now and then.
 */
static __always_inline u64 wake_flags(struct cpu_counters *c, u32 size)
{
	c->bytes_since_wake += size;
	if (c->bytes_since_wake < cfg_wake_bytes)
		return BPF_RB_NO_WAKEUP;
	c->bytes_since_wake = 0;
	return BPF_RB_FORCE_WAKEUP;
}

/* The next record of this CPU wakes the reader. */
static __always_inline void wake_soon(void)
{
	struct cpu_counters *c = cpu_counters();

	if (c)
		c->bytes_since_wake = cfg_wake_bytes;
}

static __always_inline int emit(void *rec, u32 size)
{
	struct cpu_counters *c = cpu_counters();
	void *ring = c ? ring_of(c) : NULL;

	if (!ring)
		return -1;
	return bpf_ringbuf_output(ring, rec, size, wake_flags(c, size));
}

static __always_inline union lane_entry *lane__entry(struct cpu_counters *c, u64 number)
{
	u32 key = c->lane_first + (number & cfg_lane_mask);

	return bpf_map_lookup_elem(&lanes, &key);
}

/* How often a place is tried for again, when interrupts take it first. */
#define LANE_TRIES 3
#define LANE_FULL  (~0ULL)

/* Where the lane's next number is. */
static __always_inline u64 *lane__next(struct cpu_counters *c)
{
	u32 channel = c->channel;
	struct lane_head *head;

	if (!cfg_channels_shared)
		return &c->lane_next;
	head = bpf_map_lookup_elem(&lane_heads, &channel);
	return head ? &head->next : NULL;
}

/*
 * The number of a free entry of the CPU's lane; LANE_FULL when the reader is a whole lane behind.
 * The slow half of lane__take(), as a function, so that programs stay short.
 */
__noinline u64 lane_claim(void)
{
	struct cpu_counters *c = cpu_counters();
	u64 *next = c ? lane__next(c) : NULL;

	if (!next)
		return LANE_FULL;
	ROLLED
	for (u32 i = 0; i < LANE_TRIES; i++) {
		u64 at = *(volatile u64 *)next;
		union lane_entry *e = lane__entry(c, at);

		if (!e)
			return LANE_FULL;
		if (!*(volatile u32 *)&e->h.sz) {
			if (__sync_val_compare_and_swap(next, at, at + 1) == at)
				return at;
		} else if (*(volatile u64 *)next == at) {
			return LANE_FULL; /* else it is somebody's who came between the two looks */
		}
	}
	return LANE_FULL;
}

/* A free entry of the CPU's lane, and its number; NULL when the lane is full. */
static __always_inline union lane_entry *lane__take(struct cpu_counters *c, u64 *number)
{
	u64 *next = lane__next(c), at;
	union lane_entry *e;

	if (!next)
		return NULL;
	at = *(volatile u64 *)next;
	e = lane__entry(c, at);

	if (e && !*(volatile u32 *)&e->h.sz) {
		u64 was = __sync_val_compare_and_swap(next, at, at + 1);

		if (was == at)
			goto taken;
		BRANCH;
	}
	at = lane_claim();
	if (at == LANE_FULL)
		return NULL;
	e = lane__entry(c, at);
	if (!e)
		return NULL;
taken:
	*number = at;
	/*
	 * Until it is written the entry must not look free: while a task is preempted here, or
	 * another CPU is slow, the others may fill the whole lane.
	 */
	if (cfg_preemptible || cfg_channels_shared)
		*(volatile u32 *)&e->h.sz = LANE_TAKEN;
	return e;
}

/* Sends an empty record by the ring, as the reader sleeps on the rings and not on the lanes. */
static __noinline void wake_reader(void)
{
	struct rec_hdr nothing = { .sz = sizeof(nothing), .kind = REC_NONE };
	struct cpu_counters *c = cpu_counters();
	void *ring = c ? ring_of(c) : NULL;

	if (ring)
		bpf_ringbuf_output(ring, &nothing, sizeof(nothing), BPF_RB_FORCE_WAKEUP);
}

/* The entry is written: the reader may have it. */
static __always_inline void lane__give(union lane_entry *e, u64 number, u32 size)
{
	__sync_lock_test_and_set(&e->h.sz, size);
	if (!(number & cfg_lane_wake_mask))
		wake_reader();
}

/*
 * CPU and number, so that no two calls have the same; never 0. Those of a lane go by its numbers.
 */
static __always_inline u64 call_id_of_lane(u32 cpu, u64 number)
{
	return ((u64)cpu << 48) + number + 1;
}

static __always_inline u64 call_id_of_ring(u32 cpu, struct cpu_counters *c)
{
	return (u64)cpu << 48 | 1ULL << 46 | __sync_fetch_and_add(&c->next_call, 1);
}

/* Sends a chunk: `head` and the `nr` runs (or list entries) of `entry` bytes behind it. */
static __always_inline void send_chunk(struct slot *s, union rec_head *head, u32 nr, u32 entry,
				       u32 more, u32 list)
{
	u32 flags = (more ? PIN_F_MORE : 0) | (list ? PIN_F_LIST : 0), size;
	int err;

	if (s->pin) {
		size = sizeof(struct rec_pin) + nr * entry;
		head->pin.h.sz = size;
		head->pin.nr_runs = nr;
		head->pin.flags |= flags;
		err = emit(&head->pin, size);
	} else {
		size = sizeof(struct rec_unpin) + nr * entry;
		head->unpin.h.sz = size;
		head->unpin.nr_runs = nr;
		head->unpin.flags |= flags;
		err = emit(&head->unpin, size);
	}
	if (err)
		count_loss(s->pin ? LOSS_RING_PIN : LOSS_RING_UNPIN);
	/* what comes next is not the first chunk of its call */
	if (s->pin)
		s->head.pin.flags = (s->head.pin.flags & ~(PIN_F_MORE | PIN_F_LIST)) | PIN_F_NEXT;
	else
		s->head.unpin.flags =
			(s->head.unpin.flags & ~(PIN_F_MORE | PIN_F_LIST)) | PIN_F_NEXT;
}

/* Sends the runs gathered so far as a chunk of the call, even if there are none. */
__noinline int slot__flush_runs(struct slot *s, u32 more)
{
	u32 nr;

	if (!s)
		return 0;
	nr = s->nr_runs;
	if (nr > RUNS_PER_CHUNK)
		nr = RUNS_PER_CHUNK;
	send_chunk(s, &s->head, nr, sizeof(struct rec_run), more, 0);
	s->nr_runs = 0;
	return 0;
}

__noinline int slot__flush_list(struct slot *s, u32 more)
{
	u32 nr;

	if (!s)
		return 0;
	nr = s->nr_list;
	if (nr > LIST_PER_CHUNK)
		nr = LIST_PER_CHUNK;
	s->list_head = s->head;
	send_chunk(s, &s->list_head, nr, sizeof(u64), more, 1);
	s->nr_list = 0;
	return 0;
}

#endif
