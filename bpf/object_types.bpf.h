/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The kernel's objects that keep user memory pinned, and the way to them from a file: only the
 * members that are read. What differs between kernels has a flavour (___) that names the first
 * kernel with it.
 */
#ifndef PINACCT_OBJECT_TYPES_BPF_H
#define PINACCT_OBJECT_TYPES_BPF_H

#include "kernel_types.h"

/* uapi rdma/ib_user_ioctl_verbs.h: numbers that do not change */
enum rdma_driver_id {
	RDMA_DRIVER_MLX5 = 1,
	RDMA_DRIVER_RXE = 14,
};

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

typedef struct {
	s64 counter;
} atomic64_t;

struct list_head {
	struct list_head *next;
};

struct rb_node {
	unsigned long __rb_parent_color;
	struct rb_node *rb_right;
	struct rb_node *rb_left;
};

struct rb_root {
	struct rb_node *rb_node;
};

/* ---- a task's files ---- */

struct path {
	void *dentry;
};

struct module {
	char name[16]; /* longer in truth */
};

struct file_operations {
	struct module *owner;
};

struct file___object {
	const struct file_operations *f_op;
	void *private_data;
	struct inode *f_inode;
	const struct path f_path;
};

struct inode___object {
	unsigned short i_mode;
	unsigned int i_rdev;
};

struct mm_struct___object {
	atomic64_t pinned_vm;
};

struct user_struct {
	atomic_long_t locked_vm;
};

struct bpf_iter__task_file {
	struct bpf_iter_meta *meta;
	struct task_struct *task;
	u32 fd;
	struct file *file;
};

/* ---- io_uring ---- */

struct io_mapped_ubuf {
	u64 ubuf;
	unsigned int nr_bvecs;
	struct bio_vec bvec[];
};

/* until 6.2 it says where the buffer ends, then how long it is */
struct io_mapped_ubuf___61 {
	u64 ubuf_end;
};

struct io_mapped_ubuf___612 {
	unsigned int len;
};

struct io_ring_ctx {
	struct user_struct *user;
	struct mm_struct *mm_account;
	/* until 6.13 */
	unsigned int nr_user_bufs;
	struct io_mapped_ubuf **user_bufs;
	/* 6.6 to 6.13: rings in the memory of the process (IORING_SETUP_NO_MMAP) */
	unsigned short n_ring_pages;
	unsigned short n_sqe_pages;
	struct page **ring_pages;
	struct page **sqe_pages;
};

/* from 6.14 on */
struct io_rsrc_node___614 {
	struct io_mapped_ubuf *buf;
};

struct io_rsrc_data___614 {
	unsigned int nr;
	struct io_rsrc_node___614 **nodes;
};

struct io_mapped_region___614 {
	struct page **pages;
	unsigned int nr_pages;
};

struct io_ring_ctx___614 {
	struct io_rsrc_data___614 buf_table;
	struct io_mapped_region___614 ring_region;
	struct io_mapped_region___614 sq_region;
};

/* ---- AF_XDP ---- */

struct sock_common {
	unsigned short skc_family;
};

struct sock {
	struct sock_common __sk_common;
};

struct socket {
	struct sock *sk;
};

struct xdp_umem {
	void *addrs;
	u64 size;
	u32 npgs;
	struct user_struct *user;
	struct page **pgs;
};

struct xdp_sock {
	struct xdp_umem *umem;
};

/* ---- RDMA ---- */

struct ib_uverbs_file {
	struct list_head uobjects;
};

struct uverbs_api_object {
	u32 id;
};

struct ib_uobject {
	void *object;
	struct list_head list;
	const struct uverbs_api_object *uapi_object;
};

struct ib_device_ops {
	enum rdma_driver_id driver_id;
};

struct ib_device {
	struct ib_device_ops ops;
};

struct ib_mr {
	struct ib_device *device;
	u64 iova;
	u64 length;
};

struct scatterlist {
	unsigned long page_link;
	unsigned int offset;
	unsigned int length;
};

struct sg_table {
	struct scatterlist *sgl;
	unsigned int orig_nents;
};

struct sg_append_table {
	struct sg_table sgt;
};

struct ib_umem {
	unsigned long length;
	unsigned long address;
	struct sg_append_table sgt_append;
};

/* A driver's memory region: the core's, and what the core pinned for it. */
struct rxe_mr {
	struct ib_mr ibmr;
	struct ib_umem *umem;
};

struct mlx5_ib_mr {
	struct ib_mr ibmr;
	struct ib_umem *umem;
};

/* ---- dma-buf ---- */

struct dma_buf_ops;

struct dma_buf {
	const struct dma_buf_ops *ops;
	void *priv;
};

struct udmabuf {
	unsigned long pagecount;
	/* 6.11 to 6.13: for each page its folio, and where in it */
	struct folio **folios;
	unsigned long *offsets;
};

/* until 6.10, which takes references only, and again later */
struct udmabuf___pages {
	struct page **pages;
};

/* ---- VFIO, type 1 ---- */

struct vfio_container {
	void *iommu_data;
};

struct vfio_iommu {
	struct rb_root dma_list;
};

struct vfio_dma {
	struct rb_node node;
	unsigned long vaddr;
	unsigned long size;
	struct task_struct *task;
};

#pragma clang attribute pop

#endif
