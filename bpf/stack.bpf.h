/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Stacks. The kernel's unwinder walks them, or they are known by sight; their id is a hash of their
 * content, and each is sent once. bpf_get_stackid() is not used, as its table drops one of two
 * stacks that hash alike, or returns the wrong one.
 */
#ifndef PINACCT_STACK_BPF_H
#define PINACCT_STACK_BPF_H

#include "kernel_types.h"
#include <bpf/bpf_tracing.h>
#include "emit.bpf.h"
#include "load.bpf.h"

/* Frames to ask for where only the caller is wanted: ours and the trampoline's come before it. */
#define CALLER_FRAMES 8
/* A return address so near to a function's entry is that of the call of our trampoline. */
#define ENTRY_SPAN 32
/*
 * The trampoline's return address is at most so many words above the program's context. Between
 * them lie the arguments, the result, and the trampoline's frame.
 */
#define CALLER_WORDS 24
/* Tries to find a free id when two stacks hash alike. */
#define ID_PROBES 4

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

	ROLLED
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
 * Sets s->first to the frame at which the stack proper begins, behind those of the BPF program and
 * its trampoline. In this order:
 * 1. the traced function's own frame, told by its address;
 * 2. where the trampoline was jumped to and not called (7.x, with fexit) there is none, and it is
 *    the trampoline's return address, which lies above the context;
 * 3. for return probes, the first address in the kernel's text.
 * Addresses alone do not tell: a module's code and a BPF program's may lie next to each other.
 */
__noinline int find_first(struct slot *s)
{
	u32 nr;

	if (!s)
		return 0;
	nr = s->nr_ips;
	if (nr > CALLER_FRAMES)
		nr = CALLER_FRAMES;
	s->first = ~0U;
	bpf_loop(nr, find_entry, &s, 0);
	if (s->first == ~0U && s->addr &&
	    !bpf_probe_read_kernel(s->raw, CALLER_WORDS * sizeof(u64), (void *)s->addr))
		bpf_loop(nr, find_return, &s, 0);
	if (s->first == ~0U)
		bpf_loop(nr, find_text, &s, 0);
	return 0;
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
	/* names of user addresses are to be had only while the process lives: wake the reader */
	if (type == STACK_USER)
		wake_soon();
	/*
	 * kept out of stacks_sent when the ring is full, so that it is sent again with the next use
	 */
	if (emit(&s->stack, size))
		count_loss(LOSS_STACK);
}

/*
 * Names the frames s->first to s->nr_ips in s->ips by their content and sends them if they are new.
 * 0 = could not.
 */
__noinline u64 stack_name(struct slot *s, u32 user)
{
	u32 nr, full;

	if (!s)
		return 0;
	nr = s->nr_ips;
	full = nr >= REC_STACK_MAX_FRAMES;
	if (nr > REC_STACK_MAX_FRAMES || s->first >= nr)
		return 0;
	nr -= s->first;
	s->hash = user;
	s->check = user ? bpf_get_current_pid_tgid() >> 32 : 0;
	s->hash ^= s->check << 32;
	bpf_loop(nr, name_frame, &s, 0);
	ROLLED
	for (u32 i = 0; i < ID_PROBES; i++) {
		u64 id = s->hash + i, sum = s->check;
		u64 *check = bpf_map_lookup_elem(&stacks_sent, &id);

		if (check && *check == sum)
			return id;
		if (check)
			continue;
		send_stack(s, id, nr, user ? STACK_USER : STACK_KERNEL, full);
		/*
		 * before 6.4 (d7ba4cc900bf) the helper was an int, and the upper half of the result
		 * nothing
		 */
		if ((s32)bpf_map_update_elem(&stacks_sent, &id, &sum, BPF_NOEXIST) ==
		    -7 /* E2BIG */)
			count_loss(LOSS_STACK_MAP);
		return id;
	}
	count_loss(LOSS_STACK_MAP);
	return 0;
}

/* The unwinder's frames, to s->ips. */
static __always_inline bool unwind(void *ctx, struct slot *s, bool user)
{
	u32 want = sizeof(s->ips);
	long bytes;

	if (!user && cfg_stacks == STACKS_CALLER)
		want = CALLER_FRAMES * sizeof(u64);
	bytes = bpf_get_stack(ctx, s->ips, want, user ? BPF_F_USER_STACK : 0);
	if (bytes <= 0)
		return false;
	s->nr_ips = (u32)bytes / sizeof(u64);
	s->func = user ? 0 : bpf_get_func_ip(ctx);
	s->first = 0;
	if (!user)
		find_first(s);
	if (s->first >= s->nr_ips)
		s->first = 0;
	return true;
}

/*
 * Stacks known by sight.
 *
 * To walk a stack costs some 5,600 instructions. So what a walk found is kept together with the
 * places where it found it: each return address, and how far above the program's context it lay.
 * When a context lies at the same depth of its stack, and the same return addresses lie at the same
 * places, it is the same stack: the unwinder goes from one place to the next by what the return
 * addresses tell it (ORC), so it would find the same again. This look costs some eighteen
 * instructions a frame.
 *
 * One in CHECK_EVERY is walked all the same and compared; a difference is counted as
 * LOSS_STACK_WRONG and makes the verdict inconclusive. Beside a tracer that replaces return
 * addresses (function_graph) the addresses that the unwinder returns are not in memory: then
 * nothing is kept, and each stack is walked.
 *
 * Where only the callers are wanted (STACKS_CALLER) there are fewer frames, and the rest is the
 * same.
 */
#define CHECK_EVERY 64
#define STACK_SHIFT 14 /* of THREAD_SIZE and IRQ_STACK_SIZE on x86-64 and arm64 */
#define STACK_BYTES (1 << STACK_SHIFT)
#define PAGE_BYTES  4096

/* Looks for the return address that is wanted next in word i of the raw stack. */
static long find_place(u32 i, struct slot **sp)
{
	struct slot *s = *sp;
	u32 at = s->first + s->found;

	if (s->raw[i & (RAW_WORDS - 1)] != s->ips[at & (REC_STACK_MAX_FRAMES - 1)])
		return 0;
	s->offs[s->found & (REC_STACK_MAX_FRAMES - 1)] = i * sizeof(u64);
	s->found++;
	return at + 1 >= s->nr_ips;
}

/* Where the frames lie above s->addr; s->found is how many of them were found. */
__noinline int find_places(struct slot *s)
{
	u32 bytes;

	if (!s)
		return 0;
	bytes = STACK_BYTES - (s->addr & (STACK_BYTES - 1));
	if (bytes > sizeof(s->raw))
		bytes = sizeof(s->raw);
	s->found = 0;
	/*
	 * The stack of an interrupt is aligned to pages only (irq_64.c), and what lies behind it
	 * may not be readable. Then take what is left of the page: always the same amount, as the
	 * same stack must always give the same frames.
	 */
	if (bpf_probe_read_kernel(s->raw, bytes, (void *)s->addr)) {
		bytes = PAGE_BYTES - (s->addr & (PAGE_BYTES - 1));
		if (bpf_probe_read_kernel(s->raw, bytes, (void *)s->addr))
			return 0;
	}
	bpf_loop(bytes / sizeof(u64), find_place, &s, 0);
	return 0;
}

static long keep_frame(u32 i, struct slot **sp)
{
	struct slot *s = *sp;
	u32 key = s->key;
	struct known_stack *k = bpf_map_lookup_elem(&known_stacks, &key);

	u32 from = i < s->found ? i : s->found - 1;

	if (!k || i >= KNOWN_FRAMES)
		return 1;
	k->off[i] = s->offs[from & (REC_STACK_MAX_FRAMES - 1)];
	k->ip[i] = s->ips[(s->first + from) & (REC_STACK_MAX_FRAMES - 1)];
	return 0;
}

/*
 * Puts the stack of s into entry s->key, unless it has frames of which it is not known where they
 * lie.
 */
__noinline int keep_stack(struct slot *s, u64 id)
{
	struct known_stack *k;
	u32 key, nr;

	if (!s || !id)
		return 0;
	key = s->key;
	nr = s->nr_ips - s->first;
	k = bpf_map_lookup_elem(&known_stacks, &key);
	if (!k || nr != s->found || nr > KNOWN_FRAMES || nr < 2)
		return 0;
	/* known_stack() reads the id before and after the frames: 0, or two ids, means half written
	 */
	__sync_lock_test_and_set(&k->id, 0);
	k->depth = s->addr & (STACK_BYTES - 1);
	k->nr = nr;
	bpf_loop(nr + KNOWN_FIRST - 1, keep_frame, &s, 0);
	__sync_lock_test_and_set(&k->id, id);
	return 0;
}

static __always_inline u32 known_key(u64 addr, u32 hook)
{
	u64 parent = word_at(addr + parent_off[hook & (HOOK_ID_MAX - 1)]);
	/*
	 * The bits of the depth, moved to the middle of the word: at its top the multiplication
	 * below would spread them over a quarter of the entries only.
	 */
	u64 depth = addr << (64 - STACK_SHIFT) >> 18;

	return ((parent + hook) ^ depth) * 0x9e3779b97f4a7c15ULL >> 52; /* 4096 entries */
}

/* Without a branch, which would cost more than to look at all of them. */
static __always_inline bool frames_match(const struct known_stack *k, u32 from, u32 nr, u64 addr)
{
	u64 differ = 0;

	UNROLLED
	for (u32 i = 0; i < nr; i++)
		differ |= word_at(addr + k->off[from + i]) ^ k->ip[from + i];
	return !differ;
}

/* Those behind the first. A loop in the programs themselves would make loading them slower. */
__noinline int frames_match_on(const struct known_stack *k, u64 addr)
{
	if (!k)
		return false;
	for (u32 i = KNOWN_FIRST; i < KNOWN_FRAMES && i < k->nr; i += KNOWN_NEXT)
		if (!frames_match(k, i, KNOWN_NEXT, addr))
			return false;
	return true;
}

/*
 * The id of the stack that a context at addr is on, or 0 when it is not known. With `use` it is 0
 * one time in CHECK_EVERY, so that the stack is walked and compared. The hook is part of the key
 * only: stacks of the same frames are the same stack.
 */
static __always_inline u64 known_stack(u64 addr, u32 hook, bool use)
{
	u32 key = known_key(addr, hook), nr;
	struct known_stack *k = bpf_map_lookup_elem(&known_stacks, &key);
	u64 id;

	if (!k)
		return 0;
	id = *(volatile u64 *)&k->id;
	nr = k->nr;
	if (k->depth != (addr & (STACK_BYTES - 1)))
		return 0;
	if (!frames_match(k, 0, KNOWN_FIRST, addr) ||
	    (nr > KNOWN_FIRST && !frames_match_on(k, addr)))
		return 0;
	if (*(volatile u64 *)&k->id != id || (use && ++k->uses % CHECK_EVERY == 0))
		return 0;
	return id;
}

/* The same as a function, for where its cost does not matter. */
__noinline u64 known_already(u64 addr, u32 hook)
{
	return known_stack(addr, hook, false);
}

/* After a walk: what it found is kept, or held against what was known. */
static __always_inline void learn_stack(struct slot *s, u64 id, u32 hook)
{
	u64 known;

	/* the place that the key is made of may only now be known */
	parent_off[hook & (HOOK_ID_MAX - 1)] = s->offs[1];
	known = known_already(s->addr, hook);
	if (known) {
		struct cpu_counters *c = cpu_counters();

		if (c)
			c->stack_checks++;
		if (known != id)
			count_loss(LOSS_STACK_WRONG);
	}
	if (known != id) {
		s->key = known_key(s->addr, hook);
		keep_stack(s, id);
	}
}

/*
 * The id of the stack, by the unwinder. In an interrupt the frames that lie on another stack are
 * cut off: they are those of the task that it interrupted.
 */
static __noinline u64 walk_stack(void *ctx, u64 addr, u32 hook, u32 interrupt)
{
	struct slot *s = slot__get();
	u64 id = 0;

	if (!s)
		return 0;
	s->addr = addr;
	if (unwind(ctx, s, false)) {
		s->found = 0;
		if (addr && (interrupt || stacks_by_sight(cfg_stacks)))
			find_places(s);
		if (interrupt && s->found >= 2)
			s->nr_ips = s->first + s->found;
		id = stack_name(s, false);
		if (addr && stacks_by_sight(cfg_stacks))
			learn_stack(s, id, hook);
	} else {
		count_loss(LOSS_STACK);
	}
	slot__put(s);
	return id;
}

/*
 * The context's address as a number. The verifier does not let a pointer be used as one, so it goes
 * through memory; 0 when an interrupt wrote there in between.
 */
static __always_inline u64 address_of(void *ctx, struct cpu_counters *c)
{
	u64 addr;

	*(volatile u64 *)&c->scratch = (u64)ctx;
	addr = *(volatile u64 *)&c->scratch;
	return addr == (u64)ctx ? addr : 0;
}

/*
 * The id of the kernel stack, 0 = could not. `mode` is cfg_stacks, which is not STACKS_OFF: passed,
 * as each read of cfg_stacks is two instructions.
 */
static __always_inline u64 kernel_stack(void *ctx, struct cpu_counters *c, u32 mode, u32 hook,
					u32 interrupt)
{
	u64 addr = address_of(ctx, c), id = 0;

	if (mode != STACKS_EXACT && addr) {
		id = known_stack(addr, hook, true);
		if (id)
			c->stack_hits++;
		else
			c->stack_misses++;
	}
	return id ? id : walk_stack(ctx, addr, hook, interrupt);
}

#endif
