/* SPDX-License-Identifier: GPL-2.0 */
/*
 * How a program is written: a body that gets the context and decodes its arguments, and a macro
 * that makes one program of it, or two.
 */
#ifndef PINACCT_PROGRAM_BPF_H
#define PINACCT_PROGRAM_BPF_H

#include "kernel_types.h"
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>
#include "second.bpf.h"

/* Argument n of the traced function. */
static __always_inline u64 arg(void *ctx, u32 n)
{
	u64 v; /* the verifier refuses a program whose function has fewer arguments */

	bpf_get_func_arg(ctx, n, &v);
	return v;
}

/* The same where the argument is a number and no pointer: a plain load. */
static __always_inline u64 number(void *ctx, u32 n)
{
	return ((u64 *)ctx)[n];
}

/*
 * The same where the argument is a pointer to pointers. Until 7.1 the verifier refuses to load
 * those directly; from then on it takes them for numbers (btf.c). The type that tells them apart
 * came with 7.2.
 */
static __always_inline u64 list_arg(void *ctx, u32 n)
{
	return bpf_core_type_exists(struct bpf_tracing_multi_link) ? number(ctx, n) : arg(ctx, n);
}

/* What the traced function returned (fexit). */
static __always_inline u64 ret(void *ctx)
{
	u64 v;

	bpf_get_func_ret(ctx, &v);
	return v;
}

/* One program that calls `body`: for functions that cannot be called inside themselves. */
#define ONCE(kind, func, body)                                                                     \
	SEC("?" #kind "/" #func)                                                                   \
	int kind##_##func(void *ctx)                                                               \
	{                                                                                          \
		return recording ? body(ctx) : 0;                                                  \
	}

/*
 * Three programs for a function that can be called again while its program runs: by an interrupt,
 * or by a task that preempts another (attach.c decides which kernel needs it). See second.bpf.h.
 *   fentry_FUNC, fexit_FUNC  used alone, where the function is not nested on this kernel
 *   first_FUNC               the first program of a pair
 *   second_FUNC              the second program of a pair
 * The second reaches the code of the first through first_of_FUNC, a map of its own, as the kernel
 * puts only programs for the same function into one.
 *
 * first_FUNC must use the kernel's stack: second_FUNC tail-calls it, and it may already be running
 * on this CPU below. Since 6.13 the kernel gives a program a per-CPU stack instead if it believes
 * that the program cannot be nested, and does not take tail calls into account (7.2: one stack
 * overwrites the other, and the kernel oopses). It never does so for a program that has a tail call
 * itself (verifier.c, check_max_stack_depth()), so first_FUNC has one, behind `cfg_never`, which is
 * removed as dead code after that check.
 */
#define TWICE(kind, func, id, irq, note, body) TWICE_IF(kind, func, id, irq, note, any_call, body)

/*
 * The same for a function of which only some calls are recorded: those for which `wanted` says so.
 * It is asked before the call is claimed, and must be cheap.
 */
#define TWICE_IF(kind, func, id, irq, note, wanted, body)                                          \
	SEC("?" #kind "/" #func)                                                                   \
	int kind##_##func(void *ctx)                                                               \
	{                                                                                          \
		if (!recording)                                                                    \
			return note(true);                                                         \
		return wanted(ctx) ? body(ctx) : 0;                                                \
	}                                                                                          \
	struct {                                                                                   \
		__uint(type, BPF_MAP_TYPE_PROG_ARRAY);                                             \
		__uint(max_entries, 1);                                                            \
		__type(key, u32);                                                                  \
		__type(value, u32);                                                                \
	} first_of_##func SEC(".maps");                                                            \
	SEC("?" #kind "/" #func)                                                                   \
	int first_##func(void *ctx)                                                                \
	{                                                                                          \
		if (!recording) {                                                                  \
			if (cfg_never)                                                             \
				bpf_tail_call(ctx, &first_of_##func, 0);                           \
			return note(true);                                                         \
		}                                                                                  \
		return wanted(ctx) && claim(ctx, irq) ? body(ctx) : 0;                             \
	}                                                                                          \
	SEC("?" #kind "/" #func)                                                                   \
	int second_##func(void *ctx)                                                               \
	{                                                                                          \
		u64 *mark;                                                                         \
                                                                                                   \
		if (!recording)                                                                    \
			return note(false);                                                        \
		mark = wanted(ctx) ? unclaimed(ctx, HOOK_##id, irq) : NULL;                        \
		if (mark) {                                                                        \
			*mark = (u64)ctx + HANDED_OVER;                                            \
			bpf_tail_call(ctx, &first_of_##func, 0);                                   \
			count_loss(LOSS_SCRATCH);                                                  \
		}                                                                                  \
		return 0;                                                                          \
	}

/*
 * Two programs without a tail call: each calls `body`, which is told whether it is the first, and
 * claims the call itself. For small bodies.
 */
#define PAIR(kind, prefix, func, body)                                                             \
	SEC("?" #kind "/" #func)                                                                   \
	int prefix##_##func(void *ctx)                                                             \
	{                                                                                          \
		return body(ctx, true);                                                            \
	}                                                                                          \
	SEC("?" #kind "/" #func)                                                                   \
	int second_##func(void *ctx)                                                               \
	{                                                                                          \
		return body(ctx, false);                                                           \
	}

#endif
