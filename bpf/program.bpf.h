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

static __always_inline u64 arg(void *ctx, u32 n)
{
	u64 v; /* the verifier sees to it that the function has as many */

	bpf_get_func_arg(ctx, n, &v);
	return v;
}

/* The same, of an argument that is a number: a plain load. */
static __always_inline u64 number(void *ctx, u32 n)
{
	return ((u64 *)ctx)[n];
}

/*
 * The same, of a pointer to pointers: since 7.1 no more than a number to the verifier (btf.c); the
 * type came with 7.2.
 */
static __always_inline u64 list_arg(void *ctx, u32 n)
{
	return bpf_core_type_exists(struct bpf_tracing_multi_link) ? number(ctx, n) : arg(ctx, n);
}

static __always_inline u64 ret(void *ctx)
{
	u64 v;

	bpf_get_func_ret(ctx, &v);
	return v;
}

/* A function's program: `body` does the work. Where there can be no second one. */
#define ONCE(kind, func, body)                                                                     \
	SEC("?" #kind "/" #func)                                                                   \
	int kind##_##func(void *ctx)                                                               \
	{                                                                                          \
		return recording ? body(ctx) : 0;                                                  \
	}

/*
 * The same, and where it can be interrupted by itself (attach.c says when) by two programs: see
 * second.bpf.h. The first is reached through a map of its own, as the kernel allows no other
 * function's program in there.
 *
 * The first's code runs within itself when it is gone to from the second, and must use the kernel's
 * stack. From 6.13 on a program may be given a stack for each CPU instead, as if it could not be
 * nested, and what is gone to by a tail call is not exempt (7.2: the stack of the one is
 * overwritten by the other, and the kernel oopses). A program that has a tail call itself is exempt
 * (verifier.c, check_max_stack_depth), so it has one, which is dropped after that.
 */
#define TWICE(kind, func, id, irq, note, body) TWICE_IF(kind, func, id, irq, note, any_call, body)

/*
 * Of a function not all of whose calls are to be recorded. `wanted` is asked before the call is
 * claimed, and must be cheap.
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

/* Two small programs of one body, `first` true and false, which claims the call itself. */
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
