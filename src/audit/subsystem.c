// SPDX-License-Identifier: GPL-2.0
#include <stdbool.h>
#include <string.h>
#include "audit/subsystem.h"

/*
 * Frames are asked from the leaf on, and the first that has a row names the subsystem: who asked
 * for the pages is nearer than whom it did so for (io_uring reading with O_DIRECT is the block
 * layer's pin, its registered buffer its own). A row is the beginning of a function's or of a
 * module's name. The callers: KERNEL.md 5.2 and 5.3.
 */
static const struct {
	const char *function, *module;
	const char *subsystem;
} table[] = {
	{ "io_pin_pages", NULL, "io_uring" },
	{ "io_sqe_buffer", NULL, "io_uring" },
	{ "io_uring_", NULL, "io_uring" },
	{ "__io_uring_", NULL, "io_uring" },
	{ "ib_umem_", NULL, "rdma" },
	{ "__ib_umem_", NULL, "rdma" },
	{ NULL, "rds", "rds" },
	{ NULL, "ib_", "rdma" },
	{ NULL, "rdma_", "rdma" },
	{ NULL, "siw", "rdma" },
	{ NULL, "mlx", "rdma" },
	{ NULL, "mthca", "rdma" },
	{ NULL, "hfi1", "rdma" },
	{ NULL, "qib", "rdma" },
	{ NULL, "usnic", "rdma" },
	{ "xdp_umem_", NULL, "af_xdp" },
	{ "xsk_", NULL, "af_xdp" },
	{ "vaddr_get_pfn", NULL, "vfio" },
	{ "tce_iommu_", NULL, "vfio" },
	{ NULL, "vfio", "vfio" },
	{ "iova_bitmap_", NULL, "iommufd" },
	{ "pfn_reader_", NULL, "iommufd" },
	{ "iopt_", NULL, "iommufd" },
	{ NULL, "iommufd", "iommufd" },
	{ "udmabuf_", NULL, "udmabuf" },
	{ "get_vaddr_frames", NULL, "v4l2" },
	{ "vb2_", NULL, "v4l2" },
	{ NULL, "videobuf", "v4l2" },
	{ NULL, "ivtv", "v4l2" },
	{ "vduse_", NULL, "vduse" },
	{ NULL, "vhost", "vhost" },
	{ "vhost_", NULL, "vhost" },
	{ "sev_", NULL, "kvm" },
	{ "hva_to_pfn", NULL, "kvm" },
	{ "kvm_", NULL, "kvm" },
	{ NULL, "kvm", "kvm" },
	{ "iter_to_pipe", NULL, "vmsplice" },
	{ "__do_sys_vmsplice", NULL, "vmsplice" },
	{ "__x64_sys_vmsplice", NULL, "vmsplice" },
	{ "process_vm_", NULL, "process_vm" },
	{ "bio_iov_iter_", NULL, "block direct I/O" },
	{ "bio_map_user_iov", NULL, "block pass-through" },
	{ "blk_rq_map_user", NULL, "block pass-through" },
	{ "bio_integrity_map_user", NULL, "block pass-through" },
	{ "iomap_dio_", NULL, "block direct I/O" },
	{ "__iomap_dio_", NULL, "block direct I/O" },
	{ "__blockdev_direct_IO", NULL, "block direct I/O" },
	{ "fuse_copy_", NULL, "fuse device" },
	{ "fuse_dev_", NULL, "fuse device" },
	{ "fuse_", NULL, "fuse direct I/O" },
	{ "netfs_", NULL, "netfs direct I/O" },
	{ "nfs_", NULL, "nfs direct I/O" },
	{ NULL, "nfs", "nfs direct I/O" },
	{ NULL, "ceph", "ceph direct I/O" },
	{ NULL, "cifs", "cifs direct I/O" },
	{ NULL, "9p", "9p" },
	{ "orangefs_", NULL, "orangefs" },
	{ "ublk_", NULL, "ublk" },
	{ "memfd_luo_", NULL, "live update" },
	{ "bpf_obj_pin_uptrs", NULL, "bpf" },
	{ "user_event", NULL, "user_events" },
	{ "register_shm_helper", NULL, "tee" },
	{ NULL, "tee", "tee" },
	{ NULL, "mshv", "hyper-v" },
	{ NULL, "xen", "xen" },
	{ NULL, "i915", "drm" },
	{ NULL, "etnaviv", "drm" },
	{ NULL, "vmwgfx", "drm" },
	{ NULL, "habanalabs", "accel" },
	{ NULL, "amdxdna", "accel" },
	{ NULL, "dfl", "fpga" },
	{ NULL, "vmw_vmci", "vmci" },
	{ "af_alg_", NULL, "af_alg" },
	{ "sk_msg_zerocopy", NULL, "network zero copy" },
	{ "skb_zerocopy", NULL, "network zero copy" },
	{ "__zerocopy_sg_from_iter", NULL, "network zero copy" },
	{ "zerocopy_", NULL, "network zero copy" },
	{ "tls_", NULL, "network zero copy" },
	{ "get_futex_key", NULL, "futex" },
	{ "uprobe", NULL, "uprobes" },
	{ "perf_virt_to_phys", NULL, "perf" },
	{ "__access_remote_vm", NULL, "remote access" },
	{ "get_arg_page", NULL, "exec" },
	{ "gup_test_", NULL, "gup_test" },
};
#define TABLE_CNT (sizeof(table) / sizeof(table[0]))

static bool begins(const char *name, const char *with)
{
	return with && !strncmp(name, with, strlen(with));
}

static const char *by_frame(const struct symbol *sym)
{
	for (size_t i = 0; i < TABLE_CNT; i++)
		if (begins(sym->name, table[i].function) ||
		    (!table[i].function && begins(sym->module, table[i].module)))
			return table[i].subsystem;
	return NULL;
}

const char *subsystem__name(const struct stacks *stacks, u64 stack_id)
{
	const struct event_stack *st = stacks__get(stacks, stack_id);

	for (unsigned i = 0; st && i < st->nr; i++) {
		const char *name = by_frame(stacks__sym(stacks, st->tgid, st->ips[i]));

		if (name)
			return name;
	}
	return "other";
}
