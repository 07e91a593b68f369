/* SPDX-License-Identifier: GPL-2.0 */
/*
 * For the conversion audit: calls that take references (FOLL_GET) or put them, and the beginnings
 * of I/O operations, whether they go on to pin or not. Loaded with --gets, and
 * __bio_release_pages() where it puts references (handle_bio_put()). No pin is counted here.
 */
#ifndef PINACCT_GETS_BPF_H
#define PINACCT_GETS_BPF_H

#include "kernel_types.h"
#include "handle.bpf.h"

static __always_inline u64 stack_for(void *ctx, struct cpu_counters *k, struct call *c,
				     u32 interrupt)
{
	u64 stack;

	if (cfg_stacks == STACKS_OFF)
		return 0;
	stack = kernel_stack(ctx, k, cfg_stacks, c->api, interrupt);
	c->flags |= stack ? 0 : PIN_F_NOSTACK;
	return stack;
}

/*
 * Is the task inside an operation on a file, or building a bio? Other references are many (futexes,
 * exec, page faults: KERNEL.md 5.3), and `--gets io` leaves them out.
 */
static __always_inline bool within_io(void)
{
	struct task_ctx *t = task_ctx__peek();

	return t && (t->fs_depth || t->bio);
}

static __always_inline int send_put(const struct call *c, struct cpu_counters *k,
				    const struct task_struct *task, u32 flags, u64 bio, u64 stack)
{
	u32 cpu = bpf_get_smp_processor_id();
	struct slot *s = slot__get();

	if (!s)
		return 0;
	s->call = *c;
	s->pin = false;
	fill_unpin(&s->head.unpin, &s->call, cpu, task, flags, bio, stack);
	s->head.unpin.h.kind = REC_PUT;
	s->head.unpin.call_id = call_id_of_ring(cpu, k);
	walk(s, c->unit);
	slot__put(s);
	return 0;
}

static __always_inline int record_put(void *ctx, struct call *c)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct cpu_counters *k = cpu_counters();
	u64 stack, bio;
	u32 flags;

	if (!k || !c->nr)
		return 0;
	flags = release_context(c, task, &bio);
	stack = stack_for(ctx, k, c, flags & PIN_F_IRQ);
	return send_put(c, k, task, flags, bio, stack);
}

/* Is the bio's first page pinned, by whomever? Whether the bio holds that pin only the ledger
 * knows. */
static __always_inline bool shows_pin(const struct call *c)
{
	u64 head;

	if (!c->vecs)
		return false;
	head = page_head(bvec_page(c->addr, NULL));
	return !shows_no_pin(head, head_order(head));
}

/*
 * __bio_release_pages() on kernels where it puts references (6.1 block/bio.c). Where a patch made
 * the submitting side pin and forgot this side, it puts what was pinned, and the report has to name
 * it: so a call is also recorded without --gets when its pages are pinned. Where it does unpin them
 * after all, the unpin functions' hooks see that.
 */
static __always_inline int handle_bio_put(void *ctx, const struct bio *bio, u64 addr)
{
	struct call c = bio_call(bio, addr);

	if (!recording || (!cfg_gets && !shows_pin(&c)))
		return 0;
	c.nr = count_bvec_pages(c.addr, c.vecs);
	return record_put(ctx, &c);
}

/* An operation begins, or something about it becomes known (a bounce buffer). No pages. */
static __noinline int record_io(void *ctx, u32 hook)
{
	struct call c = { .api = hook, .io = true };
	struct cpu_counters *k = cpu_counters();
	struct slot *s;
	u64 stack;

	if (!k)
		return 0;
	stack = stack_for(ctx, k, &c, 0);
	s = slot__get();
	if (!s)
		return 0;
	fill_pin(&s->head.pin, &c, bpf_get_smp_processor_id(), bpf_get_current_task_btf(), stack,
		 0);
	s->head.pin.h.kind = REC_IO;
	s->head.pin.h.sz = sizeof(s->head.pin);
	s->head.pin.nr_runs = 0;
	s->head.pin.call_id = 0;
	if (emit(&s->head.pin, sizeof(s->head.pin)))
		count_loss(LOSS_CONTEXT);
	slot__put(s);
	return 0;
}

/* Called when the operation is already on the task's stack of them: only the outermost is told. */
static __always_inline int handle_op(void *ctx, u32 hook)
{
	struct task_ctx *t;

	if (!cfg_gets || !recording)
		return 0;
	t = task_ctx__peek();
	if (!t || t->fs_depth != 1 || t->fs[0].hook != hook)
		return 0;
	return record_io(ctx, hook);
}

static __always_inline int handle_bounce(void *ctx)
{
	return cfg_gets && recording && within_io() ? record_io(ctx, HOOK_BIO_IOV_ITER_BOUNCE) : 0;
}

/* vmsplice: user pages go into a pipe (fs/splice.c iter_to_pipe, inlined by compilers). */
static __always_inline int pipe_push(u32 hook)
{
	struct task_ctx *t = recording ? task_ctx__get() : NULL;
	struct fs_ctx *fs;
	u32 depth;

	if (!t)
		return 0;
	depth = t->fs_depth;
	t->fs_depth = depth + 1;
	if (depth >= FS_DEPTH)
		return 0;
	fs = &t->fs[depth];
	fs->ino = 0;
	fs->dev = 0;
	fs->hook = hook;
	fs->iter_kind = PIN_ITER_IOVEC;
	fs->iter_dir = PIN_DIR_SOURCE;
	__builtin_memcpy(fs->name, "pipe\0\0\0\0\0\0\0\0\0\0\0", sizeof(fs->name));
	return 0;
}

#endif
