/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Stacks: walked by the kernel's own unwinder (or known by sight), named by their content, sent
 * once. Not bpf_get_stackid(): its table loses stacks, or mixes them up, when two hash alike.
 */
#ifndef PINACCT_STACK_BPF_H
#define PINACCT_STACK_BPF_H

#include "kernel_types.h"
#include <bpf/bpf_tracing.h>
#include "emit.bpf.h"
#include "load.bpf.h"

/* Frames that a caller-only stack asks for: ours and the trampoline's come first. */
#define CALLER_FRAMES 8
/* Within so many bytes of its entry a function's frame is the call of our trampoline. */
#define ENTRY_SPAN 32
/*
 * Words from a tracing program's context up to its trampoline's return address: arguments, result,
 * frame.
 */
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
 * The first frame that is the kernel's own, behind the BPF program and its trampoline: that of the
 * traced function. A trampoline that was jumped to (7.x does that where fexit is attached) leaves
 * none of that; then it is the one whose return address lies above the context, which is in the
 * trampoline's frame. A module's and BPF's own text cannot be told apart by address. Else (return
 * probes) the first in the kernel's text.
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
 * Known by sight. Walking a stack costs thousands of instructions (`make bench`), so what a walk
 * found is kept together with the places where it found it: each return address and how far above
 * the context it lay. A stack whose context is as deep, and which has the same return addresses at
 * the same places, is the same stack: the unwinder goes from place to place by what the return
 * addresses tell it (ORC), so it would find nothing else. That costs some eighteen instructions a
 * frame. Belief is good, proof is better: one in CHECK_EVERY is walked all the same, and a
 * contradiction counted. Where only the callers are wanted there are less frames, and the rest is
 * the same.
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
	 * An interrupt's stack is aligned to pages only (irq_64.c), with nothing behind it: then it
	 * ends with the page. Fewer words than that, and the same stack would be cut here today and
	 * there tomorrow.
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
	/* a reader that meets it half written finds id 0, or not the same id at its end */
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
	 * cleared of all above it; not left at the top, where it would reach no more than a quarter
	 * of the entries
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
 * The id of the stack of a context at addr, if it is known; else 0. One time in CHECK_EVERY it is 0
 * all the same, if `use` says that this is not just for looking. Of its hook nothing is asked: what
 * has the same frames is the same stack.
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

/* The same, where an instruction more or less is nothing. */
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
 * Walks it. In an interrupt what lies on another stack is the interrupted task's, and not wanted.
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
 * The context's address as a number, which the verifier does not make of a pointer; 0 when
 * something came between writing and reading.
 */
static __always_inline u64 address_of(void *ctx, struct cpu_counters *c)
{
	u64 addr;

	*(volatile u64 *)&c->scratch = (u64)ctx;
	addr = *(volatile u64 *)&c->scratch;
	return addr == (u64)ctx ? addr : 0;
}

/*
 * `mode` is cfg_stacks, and not STACKS_OFF: an argument, as each look at cfg_stacks is two
 * instructions.
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
