/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Stacks: walked by the kernel's own unwinder (or known from before), named by their content, sent once. Not
 * bpf_get_stackid(): its table loses stacks, or mixes them up, when two hash alike.
 */
#ifndef PINACCT_STACK_BPF_H
#define PINACCT_STACK_BPF_H

#include <bpf/bpf_tracing.h>
#include "emit.bpf.h"

/* Frames that a caller-only stack asks for: ours and the trampoline's come first. */
#define CALLER_FRAMES 8
/* Within so many bytes of its entry a function's frame is the call of our trampoline. */
#define ENTRY_SPAN 32
/* Words from a tracing program's context up to its trampoline's return address: arguments, result, frame. */
#define CALLER_WORDS 24
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

static long find_return(u32 i, struct slot **sp)
{
	struct slot *s = *sp;
	u64 ip = s->ips[i & (REC_STACK_MAX_FRAMES - 1)];

	for (u32 word = 0; word < CALLER_WORDS; word++) {
		if (s->raw[word] == ip) {
			s->first = i;
			return 1;
		}
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
 * The first frame that is the kernel's own, behind the BPF program and its trampoline: that of the traced
 * function. A trampoline that was jumped to (7.x does that where fexit is attached) leaves none of that;
 * then it is the one whose return address lies above the context, which is in the trampoline's frame. A
 * module's and BPF's own text cannot be told apart by address. Else (return probes) the first in
 * the kernel's text.
 */
static __always_inline void find_first(struct slot *s, u32 nr)
{
	if (nr > CALLER_FRAMES)
		nr = CALLER_FRAMES;
	s->first = ~0U;
	bpf_loop(nr, find_entry, &s, 0);
	if (s->first != ~0U)
		return;
	if (!bpf_probe_read_kernel(s->raw, CALLER_WORDS * sizeof(u64), (void *)s->ctx_addr))
		bpf_loop(nr, find_return, &s, 0);
	if (s->first == ~0U)
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

static __always_inline u64 walk_stack(void *ctx, struct slot *s, u32 user)
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
	s->ctx_addr = (u64)ctx;
	return stack_name(s, (u32)bytes / sizeof(u64), user);
}

/*
 * The cache. Walking a kernel stack costs some 5,600 instructions (SPEC part 7), so a stack that was walked
 * before is recognised by what lies on it: how deep it is, which system call it serves, and the
 * words near its leaf that may be return addresses. Stale words only make it miss. Two
 * stacks that agree in all that and differ further up would be mixed up: one hit in CHECK_EVERY is
 * walked all the same, and a contradiction is counted and mends the entry.
 */
#define CHECK_EVERY 64
#define STACK_BYTES 16384 /* THREAD_SIZE and IRQ_STACK_SIZE, and their alignment, on x86-64 and arm64 */
#define REGS_ORIG_AX (STACK_BYTES - 168 + 120) /* x86-64: pt_regs at the top of a task's stack */

static long key_word(u32 i, struct slot **sp)
{
	struct slot *s = *sp;
	u64 word = s->raw[i & (RAW_WORDS - 1)];

	/* vmlinux, its modules: between the start of the text and the top 16 MiB (errnos, fixmap) */
	if (word - cfg_text_start < 0xffffffffff000000ULL - cfg_text_start) {
		s->key = (s->key ^ word) * 0x9e3779b97f4a7c15ULL;
		s->key ^= s->key >> 29;
	}
	return 0;
}

__noinline u64 stack_key(struct slot *s, u32 interrupt)
{
	u64 syscall = 0;

	if (!s)
		return 0;
#ifdef bpf_target_x86
	if (!interrupt)
		bpf_probe_read_kernel(&syscall, sizeof(syscall),
				      (void *)((s->ctx_addr & ~(STACK_BYTES - 1ULL)) + REGS_ORIG_AX));
#endif
	s->key = (s->ctx_addr & (STACK_BYTES - 1)) | syscall << 16 | (u64)interrupt << 63;
	bpf_loop(RAW_WORDS, key_word, &s, 0);
	return s->key;
}

static __always_inline u64 cached_stack(void *ctx, struct slot *s, bool interrupt)
{
	struct cached_stack new = {}, *hit;
	u64 key, id;

	/* the context lies on the stack itself, just below the frame of the traced function */
	if (bpf_probe_read_kernel(s->raw, sizeof(s->raw), ctx))
		return walk_stack(ctx, s, 0);
	s->ctx_addr = (u64)ctx;
	key = stack_key(s, interrupt);
	hit = bpf_map_lookup_elem(&stack_cache, &key);
	if (hit && ++hit->uses % CHECK_EVERY)
		return hit->id;
	id = walk_stack(ctx, s, 0);
	if (hit) {
		if (hit->id != id)
			count_loss(LOSS_STACK_WRONG);
		hit->id = id;
	} else if (id) {
		new.id = id;
		bpf_map_update_elem(&stack_cache, &key, &new, BPF_ANY);
	}
	return id;
}

static __always_inline u64 kernel_stack(void *ctx, struct slot *s, bool interrupt)
{
	return cfg_stacks == STACKS_CACHED ? cached_stack(ctx, s, interrupt) : walk_stack(ctx, s, 0);
}

static __always_inline u64 user_stack(void *ctx, struct slot *s)
{
	return walk_stack(ctx, s, 1);
}

#endif
