/* SPDX-License-Identifier: GPL-2.0 */
/* Buffers to build records in, and the way out of them into the CPU's ring. */
#ifndef PINACCT_EMIT_BPF_H
#define PINACCT_EMIT_BPF_H

#include "maps.bpf.h"

/* 6.10 and later: a preempted program would make its CPU skip others of its kind (KERNEL-FACTS 0.6). */
extern void bpf_preempt_disable(void) __ksym __weak;
extern void bpf_preempt_enable(void) __ksym __weak;

/*
 * Functions that are not static are verified once, on their own, not anew for each path that
 * leads to them: that keeps verification short (a second, not a minute, under emulation).
 */

/* Claims a free buffer of this CPU; SLOTS when there is none. */
__noinline u32 slot_claim(void)
{
	for (u32 i = 0; i < SLOTS; i++) {
		u32 key = i;
		struct slot *s = bpf_map_lookup_elem(&slots, &key);

		if (s && __sync_val_compare_and_swap(&s->busy, 0, 1) == 0)
			return i;
	}
	return SLOTS;
}

static __always_inline struct slot *slot__get(void)
{
	u32 key = slot_claim();

	if (key >= SLOTS) {
		count_loss(LOSS_SCRATCH);
		return NULL;
	}
	return bpf_map_lookup_elem(&slots, &key);
}

static __always_inline void slot__put(struct slot *s)
{
	__sync_lock_test_and_set(&s->busy, 0);
}

/*
 * Sends `size` bytes. Wakes the reader once in cfg_wake_bytes, not for each
 * record: a wake-up per record costs an order of magnitude (ANCHORS B.4), and the
 * reader also looks by itself now and then.
 */
static __always_inline int emit(void *rec, u32 size)
{
	u32 cpu = bpf_get_smp_processor_id();
	u64 flags = BPF_RB_NO_WAKEUP;
	struct cpu_counters *c = cpu_counters();
	void *ring = bpf_map_lookup_elem(&rings, &cpu);

	if (!ring || !c)
		return -1;
	c->events++;
	c->bytes_since_wake += size;
	if (c->bytes_since_wake >= cfg_wake_bytes) {
		c->bytes_since_wake = 0;
		flags = BPF_RB_FORCE_WAKEUP;
	}
	return bpf_ringbuf_output(ring, rec, size, flags);
}

static __always_inline u64 next_call_id(void)
{
	struct cpu_counters *c = cpu_counters();
	u64 cpu = bpf_get_smp_processor_id();

	return c ? (cpu << 48) | __sync_fetch_and_add(&c->next_call, 1) | 1ULL << 47 : 0;
}

/* Sends what has been gathered as one chunk of a call and starts over. */
__noinline int slot__flush(struct slot *s, u32 pin, u32 more)
{
	u32 nr;
	int err;

	if (!s)
		return 0;
	nr = s->nr_runs;
	if (nr > RUNS_PER_CHUNK)
		nr = RUNS_PER_CHUNK;
	if (pin) {
		u32 size = sizeof(struct rec_pin) + nr * sizeof(struct rec_run);

		s->pin.h.sz = size;
		s->pin.nr_runs = nr;
		s->pin.flags |= more ? PIN_F_MORE : 0;
		err = emit(&s->pin, size);
		s->pin.flags = (s->pin.flags & ~PIN_F_MORE) | PIN_F_NEXT;
	} else {
		u32 size = sizeof(struct rec_unpin) + nr * sizeof(struct rec_run);

		s->unpin.h.sz = size;
		s->unpin.nr_runs = nr;
		s->unpin.flags |= more ? PIN_F_MORE : 0;
		err = emit(&s->unpin, size);
		s->unpin.flags = (s->unpin.flags & ~PIN_F_MORE) | PIN_F_NEXT;
	}
	if (err)
		count_loss(pin ? LOSS_RING_PIN : LOSS_RING_UNPIN);
	s->nr_runs = 0;
	return 0;
}

#endif
