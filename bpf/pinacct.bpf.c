// SPDX-License-Identifier: GPL-2.0
/*
 * The programs: each decodes its function's arguments and hands over. Named
 * <mechanism>_<kernel function>; hooks.h says which are wanted. Arguments come through
 * bpf_get_func_arg(), as the verifier refuses `struct page **` (6.12) and as 6.1 has one
 * more of them in places.
 */
#include "kernel_types.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>
#include <pinacct/hooks.h>
#include "handle.bpf.h"
#include "writeback.bpf.h"

char LICENSE[] SEC("license") = "GPL";

/* Run once from user space, before any other program is attached. */
SEC("syscall")
int calibrate(void *ctx)
{
	find_struct_pages(cfg_vmemmap_base_addr);
	if (cfg_zero_pfn_addr) {
		u64 pfn = 0;

		bpf_probe_read_kernel(&pfn, sizeof(pfn), (void *)cfg_zero_pfn_addr);
		zero_page = vmemmap_start + (pfn << cfg_page_struct_shift);
	}
	return 0;
}

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

/* Acquisitions. A function that returns int leaves the upper half of the register undefined. */
#define PIN_BODY(func, id, start_n, flags_n, pages_n, ret_type, may_be_io)                         \
	static __always_inline int func##_body(void *ctx)                                          \
	{                                                                                          \
		struct call c = {                                                                  \
			.addr = list_arg(ctx, pages_n),                                            \
			.start = may_be_io ? number(ctx, start_n) : 0,                             \
			.api = HOOK_##id,                                                          \
			.unit = UNIT_PAGES,                                                        \
			.flags = gup_flags(number(ctx, flags_n)),                                  \
			.io = may_be_io,                                                           \
		};                                                                                 \
		return handle_pin(ctx, &c, (ret_type)ret(ctx));                                    \
	}

PIN_BODY(pin_user_pages, PIN_USER_PAGES, 0, 2, 3, s64, false)
PIN_BODY(pin_user_pages_fast, PIN_USER_PAGES_FAST, 0, 2, 3, s32, true)
PIN_BODY(pin_user_pages_fast_only, PIN_USER_PAGES_FAST_ONLY, 0, 2, 3, s32, false)
PIN_BODY(pin_user_pages_unlocked, PIN_USER_PAGES_UNLOCKED, 0, 3, 2, s64, false)
PIN_BODY(pin_user_pages_remote, PIN_USER_PAGES_REMOTE, 1, 3, 4, s64, false)
TWICE(fexit, pin_user_pages, PIN_USER_PAGES, false, note_nothing, pin_user_pages_body)
TWICE(fexit, pin_user_pages_fast, PIN_USER_PAGES_FAST, false, note_nothing,
      pin_user_pages_fast_body)
ONCE(fexit, pin_user_pages_fast_only, pin_user_pages_fast_only_body)
ONCE(fexit, pin_user_pages_unlocked, pin_user_pages_unlocked_body)
TWICE(fexit, pin_user_pages_remote, PIN_USER_PAGES_REMOTE, false, note_nothing,
      pin_user_pages_remote_body)

/*
 * 6.1 on x86 attaches no trampoline to a function of seven arguments (KERNEL.md 1.3): of the two
 * _remote() functions, flags are the fourth and pages the fifth, which are kept until the return.
 * Neither calls the other.
 */
static __always_inline int stash_arguments(struct pt_regs *ctx)
{
	u32 tid = bpf_get_current_pid_tgid();
	struct stash st = { .pages = PT_REGS_PARM5(ctx), .flags = PT_REGS_PARM4(ctx) };

	if (!recording)
		return 0;
	/* one from before: its return was not seen, the kernel had no return probe to spare */
	if (bpf_map_lookup_elem(&stashes, &tid))
		count_loss(LOSS_KRETPROBE);
	if (bpf_map_update_elem(&stashes, &tid, &st, BPF_ANY))
		count_loss(LOSS_STASH);
	return 0;
}

/* False: nothing was kept. */
static __always_inline bool unstash(struct pt_regs *ctx, struct call *c)
{
	u32 tid = bpf_get_current_pid_tgid();
	struct stash *st = bpf_map_lookup_elem(&stashes, &tid);

	note_task(c);
	if (!st)
		return false;
	c->addr = st->pages;
	c->flags = gup_flags(st->flags);
	c->unit = UNIT_PAGES;
	c->nr = PT_REGS_RC(ctx);
	bpf_map_delete_elem(&stashes, &tid);
	return recording;
}

SEC("?kprobe/pin_user_pages_remote")
int kprobe_pin_user_pages_remote(struct pt_regs *ctx)
{
	return stash_arguments(ctx);
}

SEC("?kretprobe/pin_user_pages_remote")
int kretprobe_pin_user_pages_remote(struct pt_regs *ctx)
{
	struct call c = { .api = HOOK_PIN_USER_PAGES_REMOTE };

	/* the only program for it, and never in an interrupt: nothing to claim */
	return unstash(ctx, &c) && (s64)c.nr > 0 ? record_pin(ctx, &c) : 0;
}

static __always_inline int memfd_pin_folios_body(void *ctx)
{
	struct call c = {
		.addr = list_arg(ctx, 3),
		.api = HOOK_MEMFD_PIN_FOLIOS,
		.unit = UNIT_FOLIOS,
		.flags = PIN_F_LONGTERM | PIN_F_WRITE,
	};
	return handle_pin(ctx, &c, ret(ctx));
}
ONCE(fexit, memfd_pin_folios, memfd_pin_folios_body)

static __always_inline int folio_add_pin_body(void *ctx)
{
	struct call c = {
		.addr = arg(ctx, 0),
		.api = HOOK_FOLIO_ADD_PIN,
		.unit = UNIT_FOLIO,
		.flags = PIN_F_NOVMSTAT,
	};
	return handle_pin(ctx, &c, 1);
}
TWICE(fexit, folio_add_pin, FOLIO_ADD_PIN, false, note_nothing, folio_add_pin_body)

static __always_inline int folio_add_pins_body(void *ctx)
{
	struct call c = { .addr = arg(ctx, 0), .api = HOOK_FOLIO_ADD_PINS, .unit = UNIT_FOLIO };

	return handle_pin(ctx, &c, (s32)ret(ctx) ? 0 : (u32)number(ctx, 1));
}
ONCE(fexit, folio_add_pins, folio_add_pins_body)

/* Patched kernels: a void function that pins one page, which the caller already holds. */
static __always_inline int pin_user_page_body(void *ctx)
{
	struct call c = { .addr = arg(ctx, 0), .api = HOOK_PIN_USER_PAGE, .unit = UNIT_RANGE };

	return handle_pin(ctx, &c, 1);
}
ONCE(fexit, pin_user_page, pin_user_page_body)

/* Releases. */
static __always_inline int unpin_user_page_body(void *ctx)
{
	struct call c = {
		.addr = arg(ctx, 0),
		.nr = 1,
		.api = HOOK_UNPIN_USER_PAGE,
		.unit = UNIT_RANGE,
		.io = true,
		.irq = true,
	};
	return handle_unpin(ctx, &c);
}
TWICE(fentry, unpin_user_page, UNPIN_USER_PAGE, true, note_order, unpin_user_page_body)

static __always_inline int unpin_user_pages_body(void *ctx)
{
	struct call c = {
		.addr = list_arg(ctx, 0),
		.nr = number(ctx, 1),
		.api = HOOK_UNPIN_USER_PAGES,
		.unit = UNIT_PAGES,
	};
	return handle_unpin(ctx, &c);
}
TWICE(fentry, unpin_user_pages, UNPIN_USER_PAGES, false, note_inner_unpin, unpin_user_pages_body)

/*
 * With make_dirty=0 it calls unpin_user_pages, by a call or a jump, or has it inlined: whichever
 * the compiler chose, always the same one. Where that is seen, it is counted there.
 */
static __always_inline bool is_made_dirty(void *ctx)
{
	return (u8)number(ctx, 2);
}

static __always_inline bool is_counted_here(void *ctx)
{
	return is_made_dirty(ctx) || !dirty_lock_calls;
}

static __always_inline int unpin_user_pages_dirty_lock_body(void *ctx)
{
	struct call c = {
		.addr = list_arg(ctx, 0),
		.nr = number(ctx, 1),
		.api = HOOK_UNPIN_USER_PAGES_DIRTY_LOCK,
		.unit = UNIT_PAGES,
		.flags = is_made_dirty(ctx) ? PIN_F_DIRTY : 0,
	};
	return handle_unpin(ctx, &c);
}
TWICE_IF(fentry, unpin_user_pages_dirty_lock, UNPIN_USER_PAGES_DIRTY_LOCK, false, note_dirty_lock,
	 is_counted_here, unpin_user_pages_dirty_lock_body)

static __always_inline int unpin_user_page_range_dirty_lock_body(void *ctx)
{
	struct call c = {
		.addr = arg(ctx, 0),
		.nr = number(ctx, 1),
		.api = HOOK_UNPIN_USER_PAGE_RANGE_DIRTY_LOCK,
		.unit = UNIT_RANGE,
		.flags = (u8)number(ctx, 2) ? PIN_F_DIRTY : 0,
	};
	return handle_unpin(ctx, &c);
}
ONCE(fentry, unpin_user_page_range_dirty_lock, unpin_user_page_range_dirty_lock_body)

static __always_inline int unpin_user_folio_body(void *ctx)
{
	struct call c = {
		.addr = arg(ctx, 0),
		.nr = number(ctx, 1),
		.api = HOOK_UNPIN_USER_FOLIO,
		.unit = UNIT_FOLIO,
		.io = true,
		.irq = true,
	};
	if (of_recorded_bio(c.nr))
		return 0;
	return record_unpin(ctx, &c);
}
TWICE(fentry, unpin_user_folio, UNPIN_USER_FOLIO, true, note_order, unpin_user_folio_body)

static __always_inline int unpin_folio_body(void *ctx)
{
	struct call c = {
		.addr = arg(ctx, 0), .nr = 1, .api = HOOK_UNPIN_FOLIO, .unit = UNIT_FOLIO
	};

	return handle_unpin(ctx, &c);
}
ONCE(fentry, unpin_folio, unpin_folio_body)

static __always_inline int unpin_folios_body(void *ctx)
{
	struct call c = {
		.addr = list_arg(ctx, 0),
		.nr = number(ctx, 1),
		.api = HOOK_UNPIN_FOLIOS,
		.unit = UNIT_FOLIOS,
	};
	return handle_unpin(ctx, &c);
}
ONCE(fentry, unpin_folios, unpin_folios_body)

#include "gets.bpf.h"
#include "page_ref.bpf.h"

/* Context: bios. */
SEC("?fentry/bio_iov_iter_get_pages")
int fentry_bio_iov_iter_get_pages(u64 *ctx)
{
	return handle_bio_enter(arg(ctx, 0), (const struct iov_iter *)ctx[1]);
}

SEC("?fexit/bio_iov_iter_get_pages")
int fexit_bio_iov_iter_get_pages(void *ctx)
{
	return handle_bio_leave();
}

SEC("?fentry/bio_iov_iter_bounce")
int op_bio_iov_iter_bounce(u64 *ctx)
{
	return handle_bounce(ctx);
}

#define BIO_RELEASE_PROGRAMS(func)                                                                 \
	SEC("?fentry/" #func)                                                                      \
	int fentry_##func(void *ctx)                                                               \
	{                                                                                          \
		return set_release_bio(arg(ctx, 0));                                               \
	}                                                                                          \
	SEC("?fexit/" #func)                                                                       \
	int fexit_##func(void *ctx)                                                                \
	{                                                                                          \
		return set_release_bio(0);                                                         \
	}

static __always_inline int __bio_release_pages_body(void *ctx)
{
	const struct bio *bio = (const struct bio *)((u64 *)ctx)[0];

	return handle_bio_release(ctx, bio, arg(ctx, 0));
}
TWICE(fentry, __bio_release_pages, BIO_RELEASE_PAGES, true, note_nothing, __bio_release_pages_body)

/* Where bios hold references, which it puts (6.1). */
SEC("?fentry/__bio_release_pages")
int op___bio_release_pages(void *ctx)
{
	return handle_bio_put(ctx, (const struct bio *)((u64 *)ctx)[0], arg(ctx, 0));
}
BIO_RELEASE_PROGRAMS(bio_iov_iter_unbounce)
BIO_RELEASE_PROGRAMS(bio_unpin_pages)

/* Context: iterators. lib/ is built without fentry sites. */
#define ITER_PROGRAM(func)                                                                         \
	SEC("?kprobe/" #func)                                                                      \
	int kprobe_##func(struct pt_regs *ctx)                                                     \
	{                                                                                          \
		return handle_iter((const struct iov_iter *)PT_REGS_PARM1(ctx));                   \
	}

ITER_PROGRAM(iov_iter_extract_pages)
ITER_PROGRAM(iov_iter_pin_pages)
ITER_PROGRAM(iov_iter_pin_pages_alloc)

/*
 * Releases that a longterm pin call makes of its own before it tries again: no caller ever had
 * those pins.
 */
SEC("?fentry/migrate_longterm_unpinnable_folios")
int fentry_migrate_longterm_unpinnable_folios(void *ctx)
{
	struct task_ctx *t = recording ? task_ctx__get() : NULL;

	if (t && !t->guard++)
		__sync_fetch_and_add(&guarded_tasks, 1);
	return 0;
}

SEC("?fexit/migrate_longterm_unpinnable_folios")
int fexit_migrate_longterm_unpinnable_folios(void *ctx)
{
	struct task_ctx *t = task_ctx__peek();

	if (t && t->guard && !--t->guard)
		__sync_fetch_and_add(&guarded_tasks, -1);
	return 0;
}

/*
 * Context: which file. The first argument's type is told by the traced function's BTF. With
 * references (--gets) the program op_* is taken instead of fentry_*, which the kernel loads ten
 * times as fast.
 */
#define OP_PROGRAMS(func, id, push)                                                                \
	SEC("?fentry/" #func)                                                                      \
	int op_##func(u64 *ctx)                                                                    \
	{                                                                                          \
		push;                                                                              \
		return handle_op(ctx, HOOK_##id);                                                  \
	}                                                                                          \
	SEC("?fexit/" #func)                                                                       \
	int fexit_##func(void *ctx)                                                                \
	{                                                                                          \
		return fs_pop(HOOK_##id);                                                          \
	}
#define FS_PROGRAMS(func, id, push)                                                                \
	SEC("?fentry/" #func)                                                                      \
	int fentry_##func(u64 *ctx)                                                                \
	{                                                                                          \
		return push;                                                                       \
	}                                                                                          \
	OP_PROGRAMS(func, id, push)
#define BY_KIOCB(id, direct_only)                                                                  \
	fs_push_kiocb((struct kiocb *)ctx[0], (const struct iov_iter *)ctx[1], HOOK_##id,          \
		      direct_only)
/* its iterator is in the bio's hook */
#define BY_IOMAP(id)                                                                               \
	(recording ? fs_push(((struct iomap_iter *)ctx[0])->inode, 0, 0, HOOK_##id) : 0)
#define BY_FUSE(id)                                                                                \
	fs_push_kiocb(((struct fuse_io_priv *)ctx[0])->iocb, (const struct iov_iter *)ctx[1],      \
		      HOOK_##id, false)

FS_PROGRAMS(iomap_dio_bio_iter, IOMAP_DIO_BIO_ITER, BY_IOMAP(IOMAP_DIO_BIO_ITER))
FS_PROGRAMS(__iomap_dio_read_simple, IOMAP_DIO_READ_SIMPLE, BY_KIOCB(IOMAP_DIO_READ_SIMPLE, false))
FS_PROGRAMS(generic_file_read_iter, GENERIC_FILE_READ_ITER, BY_KIOCB(GENERIC_FILE_READ_ITER, true))
FS_PROGRAMS(generic_file_direct_write, GENERIC_FILE_DIRECT_WRITE,
	    BY_KIOCB(GENERIC_FILE_DIRECT_WRITE, false))
FS_PROGRAMS(blkdev_read_iter, BLKDEV_READ_ITER, BY_KIOCB(BLKDEV_READ_ITER, true))
FS_PROGRAMS(blkdev_write_iter, BLKDEV_WRITE_ITER, BY_KIOCB(BLKDEV_WRITE_ITER, true))
FS_PROGRAMS(fuse_direct_io, FUSE_DIRECT_IO, BY_FUSE(FUSE_DIRECT_IO))
FS_PROGRAMS(netfs_unbuffered_read_iter_locked, NETFS_UNBUFFERED_READ,
	    BY_KIOCB(NETFS_UNBUFFERED_READ, false))
FS_PROGRAMS(netfs_unbuffered_write_iter_locked, NETFS_UNBUFFERED_WRITE,
	    BY_KIOCB(NETFS_UNBUFFERED_WRITE, false))
FS_PROGRAMS(nfs_file_direct_read, NFS_DIRECT_READ, BY_KIOCB(NFS_DIRECT_READ, false))
FS_PROGRAMS(nfs_file_direct_write, NFS_DIRECT_WRITE, BY_KIOCB(NFS_DIRECT_WRITE, false))
FS_PROGRAMS(ceph_direct_read_write, CEPH_DIRECT, BY_KIOCB(CEPH_DIRECT, false))
FS_PROGRAMS(__cifs_readv, CIFS_READV, BY_KIOCB(CIFS_READV, false))
FS_PROGRAMS(__cifs_writev, CIFS_WRITEV, BY_KIOCB(CIFS_WRITEV, false))

/* Operations. */
#define FILE_OP(func, id) OP_PROGRAMS(func, id, BY_KIOCB(id, true))
FILE_OP(generic_file_write_iter, GENERIC_WRITE)
FILE_OP(ext4_file_read_iter, EXT4_READ)
FILE_OP(ext4_file_write_iter, EXT4_WRITE)
FILE_OP(xfs_file_read_iter, XFS_READ)
FILE_OP(xfs_file_write_iter, XFS_WRITE)
FILE_OP(btrfs_file_read_iter, BTRFS_READ)
FILE_OP(btrfs_file_write_iter, BTRFS_WRITE)
FILE_OP(f2fs_file_read_iter, F2FS_READ)
FILE_OP(f2fs_file_write_iter, F2FS_WRITE)
FILE_OP(ext2_file_read_iter, EXT2_READ)
FILE_OP(ext2_file_write_iter, EXT2_WRITE)
FILE_OP(exfat_file_read_iter, EXFAT_READ)
FILE_OP(exfat_file_write_iter, EXFAT_WRITE)
FILE_OP(ovl_read_iter, OVL_READ)
FILE_OP(ovl_write_iter, OVL_WRITE)
FILE_OP(shmem_file_read_iter, SHMEM_READ)
FILE_OP(shmem_file_write_iter, SHMEM_WRITE)
FILE_OP(fuse_file_read_iter, FUSE_READ)
FILE_OP(fuse_file_write_iter, FUSE_WRITE)
FILE_OP(nfs_file_read, NFS_READ)
FILE_OP(nfs_file_write, NFS_WRITE)
FILE_OP(v9fs_file_read_iter, V9FS_READ)
FILE_OP(v9fs_file_write_iter, V9FS_WRITE)
OP_PROGRAMS(__x64_sys_vmsplice, VMSPLICE, pipe_push(HOOK_VMSPLICE))

/* What becomes of pinned pages. */
SEC("?fentry/__folio_start_writeback")
int fentry___folio_start_writeback(void *ctx)
{
	return handle_writeback(ctx, arg(ctx, 0));
}

static __always_inline int mm_page_free_body(u64 *ctx, bool first)
{
	u64 page;

	if (!ctx[1])
		return 0;
	/* as a number: the verifier allows no arithmetic with its `struct page *` */
	bpf_probe_read_kernel(&page, sizeof(page), ctx);
	return handle_free(ctx, page, ctx[1], first);
}
PAIR(tp_btf, tp, mm_page_free, mm_page_free_body)

/* Tasks and address spaces. */
static __always_inline int send_task(void *ctx, u32 kind, u32 hook, struct rec_task *r, bool first)
{
	if (!recording || !claim_of_pair(ctx, hook, first))
		return 0;
	r->h.sz = sizeof(*r);
	r->h.kind = kind;
	r->h.cpu = bpf_get_smp_processor_id();
	r->h.ts_ns = bpf_ktime_get_ns();
	if (emit(r, sizeof(*r)))
		count_loss(LOSS_RING_TASK);
	return 0;
}

static __always_inline int sched_process_fork_body(u64 *ctx, bool first)
{
	struct task_struct *child = (struct task_struct *)ctx[1];
	struct rec_task r = {
		.mm = mm_word(child),
		.tid = child->pid,
		.tgid = child->tgid,
		.parent = ((struct task_struct *)ctx[0])->tgid,
	};
	bpf_probe_read_kernel(r.comm, sizeof(r.comm), child->comm);
	return send_task(ctx, REC_FORK, HOOK_TASK_FORK, &r, first);
}
PAIR(tp_btf, tp, sched_process_fork, sched_process_fork_body)

static __always_inline s32 signal_live(const struct task_struct *task)
{
	u64 signal = word_at((u64)task + bpf_core_field_offset(struct task_struct, signal));

	return int_at(signal, bpf_core_field_offset(struct signal_struct, live));
}

static __always_inline int sched_process_exit_body(u64 *ctx, bool first)
{
	struct task_struct *task = (struct task_struct *)ctx[0];
	struct rec_task r = {
		.mm = mm_word(task),
		.tid = task->pid,
		.tgid = task->tgid,
		/* do_exit() has already taken this thread off signal->live */
		.group_dead = signal_live(task) == 0,
	};
	bpf_probe_read_kernel(r.comm, sizeof(r.comm), task->comm);
	return send_task(ctx, REC_EXIT, HOOK_TASK_EXIT, &r, first);
}
PAIR(tp_btf, tp, sched_process_exit, sched_process_exit_body)

static __always_inline int exit_mmap_body(void *ctx, bool first)
{
	u64 id = bpf_get_current_pid_tgid();
	struct rec_task r = { .mm = arg(ctx, 0), .tid = (u32)id, .tgid = id >> 32 };

	bpf_get_current_comm(r.comm, sizeof(r.comm));
	return send_task(ctx, REC_MM_GONE, HOOK_MM_GONE, &r, first);
}
PAIR(fentry, fentry, exit_mmap, exit_mmap_body)
