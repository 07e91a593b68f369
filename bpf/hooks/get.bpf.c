// SPDX-License-Identifier: GPL-2.0
/* Functions that take references (FOLL_GET), and the one caller of put_page() that has a symbol. */
#include "kernel_types.h"
#include <bpf/bpf_tracing.h>
#include "gets.bpf.h"
#include "program.bpf.h"
#include "stash.bpf.h"

static __always_inline int handle_get(void *ctx, struct call *c, s64 nr)
{
	struct cpu_counters *k = cpu_counters();
	u32 cpu = bpf_get_smp_processor_id();
	struct slot *s;
	u64 stack;

	/* no list: the caller wants the pages faulted in, and no references to them */
	if (!recording || nr <= 0 || !c->addr || !k || (cfg_gets != GETS_ALL && !within_io()))
		return 0;
	c->nr = nr;
	stack = stack_for(ctx, k, c, 0);
	s = slot__get();
	if (!s)
		return 0;
	c->flags |= of_file(word_at(c->addr));
	s->call = *c;
	s->pin = true;
	fill_pin(&s->head.pin, &s->call, cpu, bpf_get_current_task_btf(), stack, 0);
	name_backing(&s->head.pin, word_at(c->addr));
	s->head.pin.h.kind = REC_GET;
	s->head.pin.call_id = call_id_of_ring(cpu, k);
	walk(s, c->unit);
	slot__put(s);
	return 0;
}

#define GET_PROGRAM(func, id, flags_n, pages_n, ret_type)                                          \
	SEC("?fexit/" #func)                                                                       \
	int fexit_##func(void *ctx)                                                                \
	{                                                                                          \
		u64 foll = number(ctx, flags_n);                                                   \
		struct call c = {                                                                  \
			.addr = arg(ctx, pages_n),                                                 \
			.api = HOOK_##id,                                                          \
			.unit = UNIT_PAGES,                                                        \
			.flags = gup_flags(foll),                                                  \
			.io = true,                                                                \
		};                                                                                 \
		/* 6.1: the slow half of a call that pins, or of get_user_pages_fast() */          \
		if (foll & cfg_foll_inner)                                                         \
			return 0;                                                                  \
		return handle_get(ctx, &c, (ret_type)ret(ctx));                                    \
	}

GET_PROGRAM(get_user_pages, GET_USER_PAGES, 2, 3, s64)
GET_PROGRAM(get_user_pages_fast, GET_USER_PAGES_FAST, 2, 3, s32)
GET_PROGRAM(get_user_pages_remote, GET_USER_PAGES_REMOTE, 3, 4, s64)
GET_PROGRAM(get_user_pages_unlocked, GET_USER_PAGES_UNLOCKED, 3, 2, s64)
GET_PROGRAM(get_user_pages_fast_only, GET_USER_PAGES_FAST_ONLY, 2, 3, s32)

SEC("?kprobe/get_user_pages_remote")
int kprobe_get_user_pages_remote(struct pt_regs *ctx)
{
	return stash_arguments(ctx);
}

SEC("?kretprobe/get_user_pages_remote")
int kretprobe_get_user_pages_remote(struct pt_regs *ctx)
{
	struct call c = { .api = HOOK_GET_USER_PAGES_REMOTE, .io = true };

	return unstash(ctx, &c) ? handle_get(ctx, &c, c.nr) : 0;
}

SEC("?fentry/nfs_direct_release_pages")
int fentry_nfs_direct_release_pages(void *ctx)
{
	struct call c = {
		.addr = arg(ctx, 0),
		.nr = (u32)number(ctx, 1),
		.api = HOOK_NFS_DIRECT_RELEASE_PAGES,
		.unit = UNIT_PAGES,
		.io = true,
	};

	return recording ? record_put(ctx, &c) : 0;
}
