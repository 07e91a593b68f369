/* SPDX-License-Identifier: GPL-2.0 */
/*
 * References (FOLL_GET) and the operations that take them, or pins, or nothing: for the conversion
 * audit. Not attached, and not loaded, unless asked for. Nothing here touches the accounting of
 * pins.
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
 * Is the task at work on a file, or within a call of interest? (KERNEL.md 5.3: the others are
 * many.)
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

/* Does the bio's first page show a pin? That it is the bio's own only the ledger knows. */
static __always_inline bool shows_pin(const struct call *c)
{
	u64 head;

	if (!c->vecs)
		return false;
	head = page_head(bvec_page(c->addr, NULL));
	return !shows_no_pin(head, head_order(head));
}

/*
 * Where bios hold references, this puts them all (6.1 block/bio.c). On a patched kernel it may be
 * the half of a conversion that was forgotten, and then is what a report names: so pages that show
 * a pin are told of without being asked for references, too. Should the kernel go on to unpin them,
 * that is seen where it does.
 */
static __always_inline int handle_bio_put(void *ctx, const struct bio *bio, u64 addr)
{
	struct call c = bio_call(bio, addr);

	if (!recording || (!cfg_gets && !shows_pin(&c)))
		return 0;
	c.nr = count_bvec_pages(c.addr, c.vecs);
	return record_put(ctx, &c);
}

/* An operation begins, or is told something about. No pages. */
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

/* Behind the push of a hook's context: is this the outermost one, that somebody asked for? */
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
