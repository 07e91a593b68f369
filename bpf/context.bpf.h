/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What a task, or an interrupt, is in the middle of: which bio, file and iterator. It says whose a
 * pin is; no pin is counted or left out by it.
 */
#ifndef PINACCT_CONTEXT_BPF_H
#define PINACCT_CONTEXT_BPF_H

#include "kernel_types.h"
#include <bpf/bpf_core_read.h>
#include "load.bpf.h"
#include "maps.bpf.h"

/*
 * The CPU's preempt count (KERNEL.md 1.5): a variable of its own, or in pcpu_hot from 6.2 to 6.14.
 */
extern const int __preempt_count __ksym __weak;
extern const struct pcpu_hot pcpu_hot __ksym __weak;

/* Softirq being served (not merely disabled). */
#define IN_SOFTIRQ_MASK 0x00000100
/* Hardirq or NMI: which bits these are depends on the kernel. */
const volatile u32 cfg_in_hardirq_mask = 0;

/*
 * Not inlined: for each place in the code that names a per-CPU variable the kernel searches all of
 * its BTF when it loads the program (find_btf_percpu_datasec(), verifier.c). Inlined, that took a
 * fifth of our start.
 */
__noinline u32 preempt_count(void)
{
	if (&__preempt_count)
		return *(int *)bpf_this_cpu_ptr(&__preempt_count);
	if (&pcpu_hot)
		return ((struct pcpu_hot *)bpf_this_cpu_ptr(&pcpu_hot))->preempt_count;
	return 0;
}

/*
 * The bio that an interrupt is releasing. Per CPU, as `current` is whatever task it interrupted;
 * two, as a hardirq may interrupt a softirq.
 */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 2);
	__type(key, u32);
	__type(value, struct bio_release);
} irq_releases SEC(".maps");

static __always_inline struct bio_release *irq_release(u32 count)
{
	u32 hard = !!(count & cfg_in_hardirq_mask);

	return bpf_map_lookup_elem(&irq_releases, &hard);
}

static __always_inline struct task_ctx *task_ctx__peek(void)
{
	return bpf_task_storage_get(&task_ctxs, bpf_get_current_task_btf(), 0, 0);
}

static __always_inline struct task_ctx *task_ctx__get(void)
{
	struct task_ctx *t = bpf_task_storage_get(&task_ctxs, bpf_get_current_task_btf(), 0,
						  BPF_LOCAL_STORAGE_GET_F_CREATE);

	if (!t)
		count_loss(LOSS_CONTEXT);
	return t;
}

static __always_inline u8 iter_kind(u8 type)
{
#define KIND(name)                                                                                 \
	if (bpf_core_enum_value_exists(enum iter_type, ITER_##name) &&                             \
	    type == bpf_core_enum_value(enum iter_type, ITER_##name))                              \
	return PIN_ITER_##name
	KIND(UBUF);
	KIND(IOVEC);
	KIND(BVEC);
	KIND(KVEC);
	KIND(FOLIOQ);
	KIND(XARRAY);
	KIND(PIPE);
	KIND(DISCARD);
#undef KIND
	return PIN_ITER_NONE;
}

static __always_inline u8 iter_dir(bool data_source)
{
	return data_source ? PIN_DIR_SOURCE : PIN_DIR_DEST;
}

/* `iter` is an argument of the traced function, typed by its BTF: its fields are plain loads. */
static __always_inline int handle_bio_enter(u64 bio, const struct iov_iter *iter)
{
	struct task_ctx *t;

	if (!recording)
		return 0;
	t = task_ctx__get();
	if (!t)
		return 0;
	t->bio = bio;
	t->bio_iter_kind = iter_kind(iter->iter_type);
	t->bio_iter_dir = iter_dir(iter->data_source);
	return 0;
}

static __always_inline int handle_bio_leave(void)
{
	struct task_ctx *t = task_ctx__peek();

	if (t)
		t->bio = 0;
	return 0;
}

/* Of this task, or of the interrupt that it is in; NULL = none. */
static __always_inline struct bio_release *bio_release(bool create)
{
	u32 count = preempt_count();
	struct task_ctx *t;

	if (count & (IN_SOFTIRQ_MASK | cfg_in_hardirq_mask))
		return irq_release(count);
	t = create ? task_ctx__get() : task_ctx__peek();
	if (!t)
		return NULL;
	barrier_var(t); /* or the compiler adds the offset first, which the verifier refuses */
	return &t->release;
}

static __always_inline int set_release_bio(u64 bio)
{
	struct bio_release *r;

	if (!recording)
		return 0;
	r = bio_release(bio);
	if (r) {
		r->bio = bio;
		r->left = 0;
	}
	return 0;
}

/* Are these pages of a bio that was recorded as a whole? */
static __always_inline bool of_recorded_bio(u64 pages)
{
	struct bio_release *r = bio_release(false);

	if (!r || r->left < pages)
		return false;
	r->left -= pages;
	return true;
}

/* The user address from which the iterator's next page comes; 0 when it is not user memory. */
static __always_inline u64 iter_address(const struct iov_iter *i, u8 kind)
{
	const struct iov_iter___61 *old = (const void *)i;
	const struct iovec *v;

	if (kind == PIN_ITER_UBUF)
		return (u64)BPF_CORE_READ(i, ubuf) + BPF_CORE_READ(i, iov_offset);
	if (kind != PIN_ITER_IOVEC)
		return 0;
	v = bpf_core_field_exists(old->iov) ? BPF_CORE_READ(old, iov) : BPF_CORE_READ(i, __iov);
	return (u64)BPF_CORE_READ(v, iov_base) + BPF_CORE_READ(i, iov_offset);
}

/*
 * The extraction functions have no fentry site (KERNEL.md 1.1), and kprobe events refuse them
 * too unless the kernel has CONFIG_KPROBE_EVENTS_ON_NOTRACE ("Could not probe notrace function",
 * trace_kprobe.c; Debian's have it not). Where they can be probed only the entry is, as a kretprobe
 * is dear; what it leaves behind is believed by the next pin of this task only if that pin
 * starts at the iterator's address.
 */
static __always_inline int handle_iter(const struct iov_iter *iter)
{
	struct task_ctx *t;
	u8 kind;

	if (!recording)
		return 0;
	kind = iter_kind(BPF_CORE_READ(iter, iter_type));
	if (kind != PIN_ITER_UBUF && kind != PIN_ITER_IOVEC)
		return 0;
	t = task_ctx__get();
	if (!t)
		return 0;
	t->iter_kind = kind;
	t->iter_dir = iter_dir(BPF_CORE_READ(iter, data_source));
	t->iter_addr = iter_address(iter, kind);
	return 0;
}

/*
 * The file that the task is at work on, until the same hook pops it. Pointers are typed by the
 * traced function's BTF.
 */
static __always_inline int fs_push(const struct inode *inode, u8 kind, u8 dir, u32 hook)
{
	const struct super_block *sb;
	struct task_ctx *t;
	struct fs_ctx *fs;
	u32 depth;
	u64 name;

	t = task_ctx__get();
	if (!t)
		return 0;
	depth = t->fs_depth;
	t->fs_depth = depth + 1;
	if (depth >= FS_DEPTH) /* deeper stacking than that: the pop will match, the name is lost */
		return 0;
	fs = &t->fs[depth];
	sb = inode->i_sb;
	fs->ino = inode->i_ino;
	fs->dev = sb->s_dev;
	fs->hook = hook;
	fs->iter_kind = kind;
	fs->iter_dir = dir;
	name = (u64)sb->s_type->name;
	fs->name[0] = word_at(name);
	fs->name[1] = word_at(name + 8);
	return 0;
}

/* A block device's own inode, not that of its node in /dev. */
static __always_inline const struct inode *file_inode(const struct file *file, u32 hook)
{
	if (hook == HOOK_BLKDEV_READ_ITER || hook == HOOK_BLKDEV_WRITE_ITER)
		return file->f_mapping->host;
	return file->f_inode;
}

static __always_inline int fs_push_kiocb(const struct kiocb *iocb, const struct iov_iter *iter,
					 u32 hook, bool direct_only)
{
	/* IOCB_DIRECT: buffered I/O through the same function pins nothing (fs.h, all versions) */
	if (!recording || (direct_only && !(iocb->ki_flags & (1 << 17))))
		return 0;
	return fs_push(file_inode(iocb->ki_filp, hook), iter_kind(iter->iter_type),
		       iter_dir(iter->data_source), hook);
}

static __always_inline int fs_pop(u32 hook)
{
	struct task_ctx *t;
	u32 depth;

	if (!recording)
		return 0;
	t = task_ctx__peek();
	if (!t)
		return 0;
	depth = t->fs_depth;
	if (depth == 0)
		return 0;
	/* entered before recording began, or a push that was not wanted: not ours to pop */
	if (depth <= FS_DEPTH && t->fs[(depth - 1) & (FS_DEPTH - 1)].hook != hook)
		return 0;
	t->fs_depth = depth - 1;
	return 0;
}

#endif
