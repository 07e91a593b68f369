/* SPDX-License-Identifier: GPL-2.0 */
/*
 * An object's parts, kind by kind. All by probe reads: nothing here holds a lock or a reference, an
 * object may end meanwhile, and what was read of it is then of no page that is pinned.
 */
#ifndef PINACCT_OBJECT_PARTS_BPF_H
#define PINACCT_OBJECT_PARTS_BPF_H

#include "object_types.bpf.h"
#include "pid_ns.bpf.h"
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>
#include <pinacct/objects_shared.h>

#define UVERBS_OBJECT_MR 7 /* uapi rdma/ib_user_ioctl_cmds.h: does not change */

#define RB_DEPTH_MAX 64

/* Which object, and how far its parts were told: set and read by user space. */
u64 object_at = 0;
u32 object_kind = 0;
u64 next_node = 0;
u32 next_index = 0;
u32 parts_nr = 0;
u32 parts_end = 0; /* 1 = that was the last one */
struct object_part parts[PARTS_PER_BATCH];

/* The PID namespace of who asks: processes are told by their numbers in there. */
struct pid_ns reader_ns;

/* 0 = not in there. */
static __noinline u32 reader_pid(struct task_struct *leader)
{
	struct pid_ns ns = reader_ns;

	return leader ? pid_ns__number(&ns, leader) : 0;
}

static __always_inline struct object_part *new_part(u32 shape)
{
	u32 i = parts_nr;
	struct object_part *p;

	if (i >= PARTS_PER_BATCH)
		return NULL;
	parts_nr = i + 1;
	p = &parts[i];
	__builtin_memset(p, 0, sizeof(*p));
	p->shape = shape;
	return p;
}

static __always_inline void add_pages(u64 array, u64 nr)
{
	struct object_part *p = array && nr ? new_part(PART_PAGES) : NULL;

	if (!p)
		return;
	p->at = array;
	p->nr = nr;
}

static __always_inline long no_more(void)
{
	parts_end = 1;
	return 1;
}

/* ---- io_uring ---- */

static __always_inline u64 ubuf_bytes(struct io_mapped_ubuf *imu, u64 start)
{
	if (bpf_core_field_exists(struct io_mapped_ubuf___612, len))
		return BPF_CORE_READ((struct io_mapped_ubuf___612 *)imu, len);
	if (bpf_core_field_exists(struct io_mapped_ubuf___61, ubuf_end))
		return BPF_CORE_READ((struct io_mapped_ubuf___61 *)imu, ubuf_end) - start;
	return 0;
}

static __always_inline struct io_mapped_ubuf *uring_buffer(u64 ctx, u32 i)
{
	struct io_mapped_ubuf *imu = NULL;

	if (bpf_core_field_exists(struct io_ring_ctx___614, buf_table)) {
		struct io_rsrc_node___614 **nodes, *node = NULL;

		nodes = BPF_CORE_READ((struct io_ring_ctx___614 *)ctx, buf_table.nodes);
		bpf_probe_read_kernel(&node, sizeof(node), nodes + i);
		return node ? BPF_CORE_READ(node, buf) : NULL;
	}
	if (bpf_core_field_exists(struct io_ring_ctx, user_bufs)) {
		struct io_mapped_ubuf **bufs = BPF_CORE_READ((struct io_ring_ctx *)ctx, user_bufs);

		bpf_probe_read_kernel(&imu, sizeof(imu), bufs + i);
	}
	return imu;
}

static __always_inline u32 uring_buffers(u64 ctx)
{
	if (bpf_core_field_exists(struct io_ring_ctx___614, buf_table))
		return BPF_CORE_READ((struct io_ring_ctx___614 *)ctx, buf_table.nr);
	if (bpf_core_field_exists(struct io_ring_ctx, nr_user_bufs))
		return BPF_CORE_READ((struct io_ring_ctx *)ctx, nr_user_bufs);
	return 0;
}

/* The rings themselves, where the process gave the memory for them. */
static __always_inline void add_ring_memory(u64 at)
{
	struct io_ring_ctx *ctx = (void *)at;
	struct io_ring_ctx___614 *ctx614 = (void *)at;

	if (bpf_core_field_exists(struct io_ring_ctx___614, ring_region)) {
		add_pages((u64)BPF_CORE_READ(ctx614, ring_region.pages),
			  BPF_CORE_READ(ctx614, ring_region.nr_pages));
		add_pages((u64)BPF_CORE_READ(ctx614, sq_region.pages),
			  BPF_CORE_READ(ctx614, sq_region.nr_pages));
	} else if (bpf_core_field_exists(struct io_ring_ctx, ring_pages)) {
		add_pages((u64)BPF_CORE_READ(ctx, ring_pages), BPF_CORE_READ(ctx, n_ring_pages));
		add_pages((u64)BPF_CORE_READ(ctx, sqe_pages), BPF_CORE_READ(ctx, n_sqe_pages));
	}
}

static long uring_part(u32 unused, void *nr)
{
	struct io_mapped_ubuf *imu;
	struct object_part *p;

	if (next_index >= *(u32 *)nr)
		return no_more();
	if (parts_nr >= PARTS_PER_BATCH)
		return 1;
	imu = uring_buffer(object_at, next_index++);
	if (!imu)
		return 0;
	p = new_part(PART_BVECS);
	if (!p)
		return 1;
	p->at = (u64)imu + bpf_core_field_offset(struct io_mapped_ubuf, bvec);
	p->nr = BPF_CORE_READ(imu, nr_bvecs);
	p->start = BPF_CORE_READ(imu, ubuf);
	p->bytes = ubuf_bytes(imu, p->start);
	return 0;
}

static __always_inline void uring_parts(void)
{
	u32 nr = uring_buffers(object_at);

	if (!next_index)
		add_ring_memory(object_at);
	bpf_loop(ENTRIES_PER_RUN, uring_part, &nr, 0);
}

/* ---- AF_XDP, udmabuf ---- */

static __always_inline void xdp_parts(void)
{
	struct xdp_umem *umem = (void *)object_at;

	add_pages((u64)BPF_CORE_READ(umem, pgs), BPF_CORE_READ(umem, npgs));
	if (parts_nr == 1) {
		parts[0].bytes = BPF_CORE_READ(umem, size);
		/* the kernel's own mapping; the user's address is not kept */
	}
	parts_end = 1;
}

static __always_inline void udmabuf_parts(void)
{
	struct udmabuf *u = (void *)object_at;
	struct object_part *p;

	parts_end = 1;
	if (bpf_core_field_exists(struct udmabuf___pages, pages)) {
		add_pages((u64)BPF_CORE_READ((struct udmabuf___pages *)u, pages),
			  BPF_CORE_READ(u, pagecount));
		return;
	}
	if (!bpf_core_field_exists(struct udmabuf, offsets))
		return;
	p = new_part(PART_FOLIOS);
	if (!p)
		return;
	p->at = (u64)BPF_CORE_READ(u, folios);
	p->offset = (u64)BPF_CORE_READ(u, offsets);
	p->nr = BPF_CORE_READ(u, pagecount);
}

/* ---- RDMA ---- */

/* A region's pinned memory is the driver's: where it is, is known of these. */
static __always_inline struct ib_umem *umem_of(struct ib_mr *mr)
{
	int driver = BPF_CORE_READ(mr, device, ops.driver_id);

	if (driver == RDMA_DRIVER_RXE && bpf_core_field_exists(struct rxe_mr, umem))
		return BPF_CORE_READ(
			(struct rxe_mr *)((u64)mr - bpf_core_field_offset(struct rxe_mr, ibmr)),
			umem);
	if (driver == RDMA_DRIVER_MLX5 && bpf_core_field_exists(struct mlx5_ib_mr, umem))
		return BPF_CORE_READ(
			(struct mlx5_ib_mr *)((u64)mr -
					      bpf_core_field_offset(struct mlx5_ib_mr, ibmr)),
			umem);
	return NULL;
}

static __always_inline void rdma_region(struct ib_mr *mr)
{
	struct ib_umem *umem = umem_of(mr);
	struct object_part *p = new_part(umem ? PART_SG : PART_ADDRESSES);

	if (!p)
		return;
	if (umem) {
		p->at = (u64)BPF_CORE_READ(umem, sgt_append.sgt.sgl);
		p->nr = BPF_CORE_READ(umem, sgt_append.sgt.orig_nents);
		p->start = BPF_CORE_READ(umem, address);
		p->bytes = BPF_CORE_READ(umem, length);
	} else {
		p->start = BPF_CORE_READ(mr, iova); /* unless the program chose another one */
		p->bytes = BPF_CORE_READ(mr, length);
	}
}

static long rdma_part(u32 unused, void *head)
{
	struct ib_uobject *o;
	u64 node = next_node;

	if (!node || node == *(u64 *)head)
		return no_more();
	if (parts_nr >= PARTS_PER_BATCH)
		return 1;
	o = (void *)(node - bpf_core_field_offset(struct ib_uobject, list));
	if (BPF_CORE_READ(o, uapi_object, id) == UVERBS_OBJECT_MR) {
		struct ib_mr *mr = BPF_CORE_READ(o, object);

		if (mr)
			rdma_region(mr);
	}
	next_node = (u64)BPF_CORE_READ(o, list.next);
	return 0;
}

static __always_inline void rdma_parts(void)
{
	u64 head;

	if (!bpf_core_field_exists(struct ib_uverbs_file, uobjects) ||
	    !bpf_core_field_exists(struct ib_uobject, uapi_object) ||
	    !bpf_core_field_exists(struct ib_umem, sgt_append)) {
		parts_end = 1;
		return;
	}
	head = object_at + bpf_core_field_offset(struct ib_uverbs_file, uobjects);
	if (!next_node)
		next_node = (u64)BPF_CORE_READ((struct ib_uverbs_file *)object_at, uobjects.next);
	bpf_loop(ENTRIES_PER_RUN, rdma_part, &head, 0);
}

/* ---- VFIO ---- */

static __always_inline struct rb_node *leftmost(struct rb_node *n)
{
	for (int i = 0; i < RB_DEPTH_MAX && n; i++) {
		struct rb_node *left = BPF_CORE_READ(n, rb_left);

		if (!left)
			break;
		n = left;
	}
	return n;
}

/* As rb_next() has it; colours are the low bits of the word that points to the parent. */
static __always_inline struct rb_node *next_in_tree(struct rb_node *n)
{
	struct rb_node *right = BPF_CORE_READ(n, rb_right), *parent;

	if (right)
		return leftmost(right);
	for (int i = 0; i < RB_DEPTH_MAX; i++) {
		parent = (void *)(BPF_CORE_READ(n, __rb_parent_color) & ~3UL);
		if (!parent || BPF_CORE_READ(parent, rb_right) != n)
			return parent;
		n = parent;
	}
	return NULL;
}

/*
 * Only the device knows the pages; they are those behind the addresses, unless these were unmapped
 * since.
 */
static long vfio_part(u32 unused, void *ctx)
{
	struct vfio_dma *dma;
	struct object_part *p;
	u64 node = next_node;

	if (!node)
		return no_more();
	p = new_part(PART_ADDRESSES);
	if (!p)
		return 1;
	dma = (void *)(node - bpf_core_field_offset(struct vfio_dma, node));
	p->start = BPF_CORE_READ(dma, vaddr);
	p->bytes = BPF_CORE_READ(dma, size);
	p->pid = reader_pid(BPF_CORE_READ(dma, task, group_leader));
	next_node = (u64)next_in_tree((void *)node);
	return 0;
}

static __always_inline void vfio_parts(void)
{
	if (!bpf_core_field_exists(struct vfio_iommu, dma_list) ||
	    !bpf_core_field_exists(struct vfio_dma, vaddr)) {
		parts_end = 1;
		return;
	}
	if (!next_node && !next_index)
		next_node = (u64)leftmost(
			BPF_CORE_READ((struct vfio_iommu *)object_at, dma_list.rb_node));
	next_index = 1;
	bpf_loop(PARTS_PER_BATCH + 1, vfio_part, NULL, 0);
}

#endif
