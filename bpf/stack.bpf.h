/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Stacks: walked by the kernel's own unwinder, named by their content, sent once. Not
 * bpf_get_stackid(): its table loses stacks, or mixes them up, when two hash alike.
 */
#ifndef PINACCT_STACK_BPF_H
#define PINACCT_STACK_BPF_H

#include "emit.bpf.h"

/* Frames that a caller-only stack asks for: ours and the trampoline's come first. */
#define CALLER_FRAMES 8
/* Within so many bytes of its entry a function's frame is the call of our trampoline. */
#define ENTRY_SPAN 32
/* Tries to find a free id when two stacks hash alike. */
#define ID_PROBES 4

/* Frames wanted from here on in the search below. */
static long find_entry(u32 i, struct slot **sp)
{
	struct slot *s = *sp;

	if (s->ips[i & (REC_STACK_MAX_FRAMES - 1)] - s->func < ENTRY_SPAN) {
		s->first = i;
		return 1;
	}
	return 0;
}

static long find_text(u32 i, struct slot **sp)
{
	struct slot *s = *sp;
	u64 ip = s->ips[i & (REC_STACK_MAX_FRAMES - 1)];

	s->first = i;
	return ip >= cfg_text_start && ip < cfg_text_end;
}

/*
 * The first frame that is the kernel's own, behind the BPF program and its trampoline: that of the
 * traced function, or, where it leaves none (return probes), the first in the kernel's text.
 */
static __always_inline void find_first(struct slot *s, u32 nr)
{
	if (nr > CALLER_FRAMES)
		nr = CALLER_FRAMES;
	s->first = ~0U;
	bpf_loop(nr, find_entry, &s, 0);
	if (s->first != ~0U)
		return;
	bpf_loop(nr, find_text, &s, 0);
}

static long name_frame(u32 i, struct slot **sp)
{
	struct slot *s = *sp;
	u64 ip = s->ips[(s->first + i) & (REC_STACK_MAX_FRAMES - 1)];

	s->stack_ips[i & (REC_STACK_MAX_FRAMES - 1)] = ip;
	s->hash = (s->hash ^ ip) * 0x9e3779b97f4a7c15ULL;
	s->hash ^= s->hash >> 29;
	s->check = (s->check + ip) * 0xd6e8feb86659fd93ULL;
	s->check ^= s->check >> 32;
	return 0;
}

static __always_inline void send_stack(struct slot *s, u64 id, u32 nr, u8 type, bool full)
{
	u32 size = sizeof(struct rec_stack) + nr * sizeof(u64);

	if (nr > REC_STACK_MAX_FRAMES)
		return;
	s->stack.h.sz = size;
	s->stack.h.kind = REC_STACK;
	s->stack.h.cpu = bpf_get_smp_processor_id();
	s->stack.h.ts_ns = bpf_ktime_get_ns();
	s->stack.id = id;
	s->stack.tgid = type == STACK_USER ? bpf_get_current_pid_tgid() >> 32 : 0;
	s->stack.nr = nr;
	s->stack.type = type;
	s->stack.flags = full ? STACK_F_TRUNCATED : 0;
	/* kept out of stacks_sent when the ring is full, so that it is sent again with the next use */
	if (emit(&s->stack, size))
		count_loss(LOSS_STACK);
}

/* Names the `nr` frames in s->ips by their content and sends them if they are new. 0 = could not. */
__noinline u64 stack_name(struct slot *s, u32 nr, u32 user)
{
	u32 full = nr >= REC_STACK_MAX_FRAMES;

	if (!s || nr > REC_STACK_MAX_FRAMES)
		return 0;
	if (user)
		s->first = 0;
	else
		find_first(s, nr);
	if (s->first >= nr)
		s->first = 0;
	nr -= s->first;
	s->hash = user;
	s->check = user ? bpf_get_current_pid_tgid() >> 32 : 0;
	s->hash ^= s->check << 32;
	bpf_loop(nr, name_frame, &s, 0);
	for (u32 i = 0; i < ID_PROBES; i++) {
		u64 id = s->hash + i, sum = s->check;
		u64 *check = bpf_map_lookup_elem(&stacks_sent, &id);

		if (check && *check == sum)
			return id;
		if (check)
			continue;
		send_stack(s, id, nr, user ? STACK_USER : STACK_KERNEL, full);
		if (bpf_map_update_elem(&stacks_sent, &id, &sum, BPF_NOEXIST) == -7 /* E2BIG */)
			count_loss(LOSS_STACK_MAP);
		return id;
	}
	count_loss(LOSS_STACK_MAP);
	return 0;
}

static __always_inline u64 stack__id(void *ctx, struct slot *s, u32 user)
{
	u32 want = sizeof(s->ips);
	long bytes;

	if (!user && cfg_stacks == STACKS_CALLER)
		want = CALLER_FRAMES * sizeof(u64);
	bytes = bpf_get_stack(ctx, s->ips, want, user ? BPF_F_USER_STACK : 0);
	if (bytes <= 0) {
		if (!user)
			count_loss(LOSS_STACK);
		return 0;
	}
	s->func = bpf_get_func_ip(ctx);
	return stack_name(s, (u32)bytes / sizeof(u64), user);
}

#endif
