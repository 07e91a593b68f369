/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The kernel types that we touch, and no more: written by hand so that the
 * build needs no kernel's BTF and the reader sees on what we depend. Offsets
 * here mean nothing; CO-RE takes them from the running kernel.
 */
#ifndef PINACCT_KERNEL_TYPES_H
#define PINACCT_KERNEL_TYPES_H
#define __VMLINUX_H__ /* bpf_tracing.h: the types are the kernel's own */

typedef unsigned char __u8;
typedef unsigned short __u16;
typedef unsigned int __u32;
typedef unsigned long long __u64;
typedef signed char __s8;
typedef short __s16;
typedef int __s32;
typedef long long __s64;
typedef __u8 u8;
typedef __u16 u16;
typedef __u32 u32;
typedef __u64 u64;
typedef __s32 s32;
typedef __s64 s64;
typedef __u16 __be16;
typedef __u32 __be32;
typedef __u64 __be64;
typedef __u32 __wsum;
typedef _Bool bool;
#define true 1
#define false 0
#define NULL ((void *)0)

enum {
	BPF_ANY = 0,
	BPF_NOEXIST = 1,
	BPF_EXIST = 2,
};
enum {
	BPF_MAP_TYPE_HASH = 1,
	BPF_MAP_TYPE_ARRAY = 2,
	BPF_MAP_TYPE_PROG_ARRAY = 3,
	BPF_MAP_TYPE_PERCPU_ARRAY = 6,
	BPF_MAP_TYPE_ARRAY_OF_MAPS = 12,
	BPF_MAP_TYPE_RINGBUF = 27,
	BPF_MAP_TYPE_TASK_STORAGE = 29,
};
enum {
	BPF_F_NO_PREALLOC = 1,
	BPF_F_USER_STACK = 256,
	BPF_F_MMAPABLE = 1024,
	BPF_LOCAL_STORAGE_GET_F_CREATE = 1,
	BPF_RB_NO_WAKEUP = 1,
	BPF_RB_FORCE_WAKEUP = 2,
};

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

typedef struct {
	int counter;
} atomic_t;

struct page {
	unsigned long flags;
	unsigned long compound_head;
	atomic_t _refcount;
	atomic_t _mapcount;
};

/* 6.18 and later wrap flag words in a struct */
typedef struct {
	unsigned long f;
} memdesc_flags_t;

struct page___md {
	memdesc_flags_t flags;
};

/* 7.x: head's address, or a mask to it (KERNEL.md 4.1) */
struct page___7x {
	unsigned long compound_info;
};

/* order: a byte of its own in 6.1, the low byte of the first tail's flags since 6.6 */
struct folio {
	void *mapping;
	unsigned long _flags_1;
	atomic_t _pincount;
};
struct folio___61 {
	unsigned char _folio_order;
};
struct folio___md {
	memdesc_flags_t _flags_1;
};

enum pageflags {
	PG_locked = 0,
	PG_writeback = 1,
	PG_dirty = 4,
	PG_lru = 5,
	PG_head = 6,
	PG_slab = 9, /* until 6.9, then a page type */
	PG_swapcache = 10,
	PG_reserved = 13,
	PG_swapbacked = 17,
};

/* A byte on top of page_type since 6.12; bits of it before (macros, not in BTF) */
enum pagetype {
	PGTY_buddy = 0xf0,
	PGTY_hugetlb = 0xf4,
	PGTY_slab = 0xf5,
};

enum compound_dtor_id {
	HUGETLB_PAGE_DTOR = 2, /* until 6.5, then a flag, then a page type */
};

struct mm_struct {
	int dummy;
};

struct signal_struct {
	atomic_t live;
};

struct pid_namespace {
	unsigned int level; /* 0 = the initial one */
};

struct upid {
	int nr;
	struct pid_namespace *ns;
};

/* numbers[i]: what it is called in the namespace of level i that it is in */
struct pid {
	unsigned int level;
	struct upid numbers[1];
};

struct task_struct {
	unsigned int flags;
	int pid;
	int tgid;
	struct mm_struct *mm;
	struct signal_struct *signal;
	struct pid *thread_pid;
	struct task_struct *group_leader;
	char comm[16];
};

struct seq_file {
	unsigned long count;
};

struct bpf_iter_meta {
	struct seq_file *seq;
};

struct kallsym_iter {
	unsigned long value;
	char type;
	char name[128];
	char module_name[56];
};

struct bpf_iter__ksym {
	struct bpf_iter_meta *meta;
	struct kallsym_iter *ksym;
};

struct bpf_iter__task {
	struct bpf_iter_meta *meta;
	struct task_struct *task;
};

struct file_system_type {
	const char *name;
};

struct super_block {
	unsigned int s_dev;
	struct file_system_type *s_type;
};

struct inode {
	struct super_block *i_sb;
	unsigned long i_ino;
};

struct address_space {
	struct inode *host;
};

struct file {
	struct inode *f_inode;
	struct address_space *f_mapping;
};

struct kiocb {
	struct file *ki_filp;
	int ki_flags;
};

struct iomap_iter {
	struct inode *inode;
};

struct fuse_io_priv {
	struct kiocb *iocb;
};

struct iovec {
	void *iov_base;
	unsigned long iov_len;
};

struct iov_iter {
	u8 iter_type;
	bool data_source;
	unsigned long iov_offset;
	void *ubuf;
	const struct iovec *__iov;
};

struct iov_iter___61 {
	const struct iovec *iov;
};

struct bio_vec {
	struct page *bv_page;
	unsigned int bv_len;
	unsigned int bv_offset;
};

struct bio {
	struct bio_vec *bi_io_vec;
	unsigned short bi_vcnt;
};

typedef struct {
	s64 counter;
} atomic_long_t;

/* Statistics of a node: the node's own sum, and what each CPU has not added to it yet */
enum node_stat_item {
	NR_FOLL_PIN_ACQUIRED,
	NR_FOLL_PIN_RELEASED,
};
struct per_cpu_nodestat {
	__s8 vm_node_stat_diff[1];
};
struct pglist_data {
	struct per_cpu_nodestat *per_cpu_nodestats; /* per CPU */
	atomic_long_t vm_stat[1];
};

/* Where the preempt count lives in 6.2 to 6.14 (64e1b6bab7c3 and after moved it) */
struct pcpu_hot {
	int preempt_count;
};

struct pt_regs {
	unsigned long r15, r14, r13, r12, bp, bx, r11, r10, r9, r8, ax, cx, dx, si, di, orig_ax, ip,
		cs, flags, sp, ss;
};

/* arm64 */
struct user_pt_regs {
	u64 regs[31];
	u64 sp;
	u64 pc;
	u64 pstate;
};

#pragma clang attribute pop

/* whether it exists tells what the kernel has: load.bpf.h */
struct bpf_list_head {
	unsigned long long dummy;
} __attribute__((aligned(8)));

/* only to ask whether there is such a type: program.bpf.h, list_arg() */
struct bpf_tracing_multi_link {
	int unused;
} __attribute__((preserve_access_index));

/* only for its first member, eight plain bytes that need no relocation: load.bpf.h */
struct timespec64 {
	long long tv_sec;
};

enum iter_type {
	ITER_UBUF,
	ITER_IOVEC,
	ITER_BVEC,
	ITER_KVEC,
	ITER_FOLIOQ,
	ITER_XARRAY,
	ITER_DISCARD,
	ITER_PIPE,
};

#endif
