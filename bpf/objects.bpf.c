// SPDX-License-Identifier: GPL-2.0
/*
 * Which open files stand for objects that keep pages pinned, and which pages these are. Run when
 * user space asks; attached to no function of the kernel.
 */
#include "kernel_types.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>
#include <pinacct/objects_shared.h>

char LICENSE[] SEC("license") = "GPL";

const volatile u32 cfg_page_shift = 12;
const volatile u64 cfg_io_uring_fops = 0;
const volatile u64 cfg_dma_buf_fops = 0;
const volatile u64 cfg_udmabuf_ops = 0;

#include "page.bpf.h"
#include "object_parts.bpf.h"

/* uapi linux/stat.h, linux/socket.h, linux/miscdevice.h; devices as the kernel keeps them */
#define S_IFMT	  00170000
#define S_IFSOCK  0140000
#define S_IFCHR	  0020000
#define AF_XDP	  44
#define VFIO_RDEV (10 << 20 | 196)
#define UVERBS	  "ib_uverbs"

static __always_inline u64 xdp_object(struct file___object *f)
{
	struct socket *socket = BPF_CORE_READ(f, private_data);
	struct sock *sk = BPF_CORE_READ(socket, sk);

	if (!sk || BPF_CORE_READ(sk, __sk_common.skc_family) != AF_XDP ||
	    !bpf_core_field_exists(struct xdp_sock, umem))
		return 0;
	return (u64)BPF_CORE_READ((struct xdp_sock *)sk, umem);
}

static __always_inline u64 udmabuf_object(struct file___object *f)
{
	struct dma_buf *buf = BPF_CORE_READ(f, private_data);

	if ((u64)BPF_CORE_READ(buf, ops) != cfg_udmabuf_ops || !cfg_udmabuf_ops)
		return 0;
	return (u64)BPF_CORE_READ(buf, priv);
}

static __always_inline bool is_uverbs(struct file___object *f)
{
	const char *module = (void *)BPF_CORE_READ(f, f_op, owner);
	char name[sizeof(UVERBS)] = {};

	if (!module)
		return false;
	bpf_probe_read_kernel(name, sizeof(name),
			      module + bpf_core_field_offset(struct module, name));
	for (u32 i = 0; i < sizeof(UVERBS); i++)
		if (name[i] != UVERBS[i])
			return false;
	return true;
}

/* The kind of object, or OWNER_NONE; its address goes to *object. */
static __always_inline u32 object_of(struct file___object *f, u64 *object)
{
	u64 f_op = (u64)BPF_CORE_READ(f, f_op);
	struct inode___object *inode = (void *)BPF_CORE_READ(f, f_inode);
	u32 mode = BPF_CORE_READ(inode, i_mode) & S_IFMT;

	*object = (u64)BPF_CORE_READ(f, private_data);
	if (f_op && f_op == cfg_io_uring_fops)
		return OWNER_IO_URING;
	if (f_op && f_op == cfg_dma_buf_fops) {
		*object = udmabuf_object(f);
		return OWNER_UDMABUF;
	}
	if (mode == S_IFSOCK) {
		*object = xdp_object(f);
		return OWNER_XDP;
	}
	if (mode != S_IFCHR)
		return OWNER_NONE;
	if (BPF_CORE_READ(inode, i_rdev) == VFIO_RDEV) {
		if (bpf_core_field_exists(struct vfio_container, iommu_data))
			*object = (u64)BPF_CORE_READ((struct vfio_container *)*object, iommu_data);
		return OWNER_VFIO;
	}
	return is_uverbs(f) ? OWNER_RDMA : OWNER_NONE;
}

static __always_inline u64 accounted(u32 kind, u64 object)
{
	struct user_struct *user = NULL;

	if (kind == OWNER_IO_URING)
		user = BPF_CORE_READ((struct io_ring_ctx *)object, user);
	else if (kind == OWNER_XDP)
		user = BPF_CORE_READ((struct xdp_umem *)object, user);
	return user ? BPF_CORE_READ(user, locked_vm.counter) : 0;
}

SEC("iter/task_file")
int object_files(struct bpf_iter__task_file *ctx)
{
	struct file___object *file = (void *)ctx->file;
	struct task_struct *task = ctx->task, *leader;
	struct object_file f = {};
	struct mm_struct *mm;

	if (!file || !task)
		return 0;
	f.kind = object_of(file, &f.object);
	if (f.kind == OWNER_NONE || !f.object)
		return 0;
	leader = task->group_leader;
	mm = task->mm;
	f.mm = (u64)mm;
	f.pinned_vm = BPF_CORE_READ((struct mm_struct___object *)mm, pinned_vm.counter);
	f.locked_vm = accounted(f.kind, f.object);
	f.tgid = task->tgid;
	f.pid = reader_pid(leader);
	f.fd = ctx->fd;
	bpf_probe_read_kernel(f.comm, sizeof(f.comm), leader->comm);
	if (bpf_d_path((struct path *)&file->f_path, f.path, sizeof(f.path)) < 0)
		f.path[0] = '\0';
	bpf_seq_write(ctx->meta->seq, &f, sizeof(f));
	return 0;
}

/* Before all else: where struct pages are, and who asks. */
SEC("syscall")
int objects_locate(void *ctx)
{
	pid_ns__of((void *)bpf_get_current_task(), &reader_ns);
	find_struct_pages(cfg_vmemmap_base_addr);
	return 0;
}

/* Goes on with the parts of object_at until they end or the batch is full. */
SEC("syscall")
int object_parts(void *ctx)
{
	parts_nr = 0;
	parts_end = 0;
	switch (object_kind) {
	case OWNER_IO_URING:
		uring_parts();
		break;
	case OWNER_XDP:
		xdp_parts();
		break;
	case OWNER_RDMA:
		rdma_parts();
		break;
	case OWNER_UDMABUF:
		udmabuf_parts();
		break;
	case OWNER_VFIO:
		vfio_parts();
		break;
	default:
		parts_end = 1;
	}
	return 0;
}

/* ---- the pages of one part ---- */

struct object_part part;
u64 entry_at = 0;     /* PART_SG: the entry's address */
u64 entries_done = 0; /* of part.nr */
u32 spans_nr = 0;
struct page_span spans[SPANS_PER_BATCH];

/* False: no room. Pages that follow the last ones are put to them. */
static __always_inline bool add_span(u64 page, u64 offset, u64 bytes)
{
	u64 mask = (1ULL << cfg_page_shift) - 1;
	u64 pfn = page_pfn(page) + (offset >> cfg_page_shift);
	u64 pages = ((offset & mask) + bytes + mask) >> cfg_page_shift;
	u32 i = spans_nr;

	if (!page || !pages)
		return true;
	if (i && i <= SPANS_PER_BATCH) {
		struct page_span *last = &spans[i - 1];

		if (last->pfn + last->pages == pfn) {
			last->pages += pages;
			return true;
		}
	}
	if (i >= SPANS_PER_BATCH)
		return false;
	spans[i].pfn = pfn;
	spans[i].pages = pages;
	spans_nr = i + 1;
	return true;
}

static __always_inline bool add_entry(void)
{
	u64 page = 0, offset = 0, i = entries_done, bytes = 1ULL << cfg_page_shift;

	if (part.shape == PART_BVECS) {
		struct bio_vec *bv = (void *)(part.at + i * bpf_core_type_size(struct bio_vec));

		return add_span((u64)BPF_CORE_READ(bv, bv_page), BPF_CORE_READ(bv, bv_offset),
				BPF_CORE_READ(bv, bv_len));
	}
	bpf_probe_read_kernel(&page, sizeof(page), (void *)(part.at + i * sizeof(page)));
	if (part.shape == PART_FOLIOS)
		bpf_probe_read_kernel(&offset, sizeof(offset),
				      (void *)(part.offset + i * sizeof(offset)));
	return add_span(page, offset, bytes);
}

static long take_entry(u32 unused, void *ctx)
{
	if (entries_done >= part.nr || !add_entry())
		return 1;
	entries_done++;
	return 0;
}

#define SG_CHAIN 1UL
#define SG_END	 2UL

static long take_sg(u32 unused, void *ctx)
{
	struct scatterlist *sg = (void *)entry_at;
	u64 link;

	if (!sg || entries_done >= part.nr)
		return 1;
	link = BPF_CORE_READ(sg, page_link);
	if (link & SG_CHAIN) {
		entry_at = link & ~(SG_CHAIN | SG_END);
		return 0;
	}
	if (!add_span(link & ~(SG_CHAIN | SG_END), BPF_CORE_READ(sg, offset),
		      BPF_CORE_READ(sg, length)))
		return 1;
	entries_done++;
	entry_at += bpf_core_type_size(struct scatterlist);
	return 0;
}

/* Goes on with the pages of `part` until entries_done is part.nr or the batch is full. */
SEC("syscall")
int object_pages(void *ctx)
{
	spans_nr = 0;
	if (part.shape == PART_SG)
		bpf_loop(ENTRIES_PER_RUN, take_sg, NULL, 0);
	else
		bpf_loop(ENTRIES_PER_RUN, take_entry, NULL, 0);
	return 0;
}
