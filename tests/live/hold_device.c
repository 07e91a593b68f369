// SPDX-License-Identifier: GPL-2.0
/*
 * Users of long-term pins with a device behind them: a video capture buffer, a VFIO container,
 * memory of a KVM guest.
 */
#include <dirent.h>
#include <linux/kvm.h>
#include <linux/vfio.h>
#include <linux/videodev2.h>
#include <sys/ioctl.h>
#include "longterm.h"

/* ---- V4L2: a buffer of the user's, queued to a capture device ---- */

static void hold_v4l2(const char *device, unsigned seconds)
{
	struct v4l2_format format = { .type = V4L2_BUF_TYPE_VIDEO_CAPTURE };
	struct v4l2_requestbuffers request = { .count = 1,
					       .type = V4L2_BUF_TYPE_VIDEO_CAPTURE,
					       .memory = V4L2_MEMORY_USERPTR };
	struct v4l2_buffer buffer = { .type = V4L2_BUF_TYPE_VIDEO_CAPTURE,
				      .memory = V4L2_MEMORY_USERPTR };
	int fd = open(device, O_RDWR | O_CLOEXEC);
	size_t bytes;

	if (fd < 0)
		quit(EXIT_SKIP, "no %s: %s", device, strerror(errno));
	if (ioctl(fd, VIDIOC_G_FMT, &format))
		fail("VIDIOC_G_FMT");
	format.fmt.pix.width = 320;
	format.fmt.pix.height = 180;
	format.fmt.pix.pixelformat = V4L2_PIX_FMT_YUYV;
	if (ioctl(fd, VIDIOC_S_FMT, &format))
		fail("VIDIOC_S_FMT");
	if (ioctl(fd, VIDIOC_REQBUFS, &request))
		quit(EXIT_SKIP, "no buffers of the user's: %s", strerror(errno));
	bytes = format.fmt.pix.sizeimage;
	buffer.length = bytes;
	buffer.m.userptr = (unsigned long)allocate(bytes + page_bytes(), BACKING_SMALL);
	if (ioctl(fd, VIDIOC_QBUF, &buffer))
		fail("VIDIOC_QBUF");
	held(bytes, seconds);
	close(fd);
}

/* ---- VFIO: a device of an IOMMU group of its own ---- */

static int open_group(const char *group)
{
	struct vfio_group_status status = { .argsz = sizeof(status) };
	int container = open("/dev/vfio/vfio", O_RDWR | O_CLOEXEC),
	    fd = open(group, O_RDWR | O_CLOEXEC);

	if (container < 0 || fd < 0)
		quit(EXIT_SKIP, "no VFIO group: %s", strerror(errno));
	if (ioctl(fd, VFIO_GROUP_GET_STATUS, &status) || !(status.flags & VFIO_GROUP_FLAGS_VIABLE))
		quit(EXIT_SKIP, "the VFIO group is not viable");
	if (ioctl(fd, VFIO_GROUP_SET_CONTAINER, &container))
		fail("VFIO_GROUP_SET_CONTAINER");
	if (ioctl(container, VFIO_SET_IOMMU, VFIO_TYPE1v2_IOMMU))
		fail("VFIO_SET_IOMMU");
	return container;
}

static void hold_vfio(const char *group, unsigned seconds)
{
	struct vfio_iommu_type1_dma_map map = {
		.argsz = sizeof(map),
		.flags = VFIO_DMA_MAP_FLAG_READ | VFIO_DMA_MAP_FLAG_WRITE,
		.iova = 1 << 20,
	};
	int container = open_group(group);
	size_t bytes;

	map.vaddr = (unsigned long)memory("anon", &bytes);
	map.size = bytes;
	if (ioctl(container, VFIO_IOMMU_MAP_DMA, &map))
		fail("VFIO_IOMMU_MAP_DMA");
	held(bytes, seconds);
	close(container);
}

/* ---- KVM: one page of real mode code, that halts ---- */

static void hold_kvm(const char *device, unsigned seconds)
{
	static const unsigned char code[] = { 0xf4 }; /* hlt */
	struct kvm_userspace_memory_region region = { .guest_phys_addr = 0x1000 };
	int kvm = open(device, O_RDWR | O_CLOEXEC), vm, cpu;
	struct kvm_regs regs = { .rip = 0x1000, .rflags = 2 };
	struct kvm_sregs sregs;
	size_t bytes;
	void *at;

	if (kvm < 0)
		quit(EXIT_SKIP, "no %s: %s", device, strerror(errno));
	vm = ioctl(kvm, KVM_CREATE_VM, 0);
	if (vm < 0)
		quit(EXIT_SKIP, "KVM_CREATE_VM: %s", strerror(errno));
	at = memory("anon", &bytes);
	memcpy(at, code, sizeof(code));
	region.userspace_addr = (unsigned long)at;
	region.memory_size = bytes;
	cpu = ioctl(vm, KVM_SET_USER_MEMORY_REGION, &region) ? -1 : ioctl(vm, KVM_CREATE_VCPU, 0);
	if (cpu < 0 || ioctl(cpu, KVM_GET_SREGS, &sregs))
		fail("KVM_CREATE_VCPU");
	sregs.cs.base = sregs.cs.selector = 0;
	if (ioctl(cpu, KVM_SET_SREGS, &sregs) || ioctl(cpu, KVM_SET_REGS, &regs) ||
	    ioctl(cpu, KVM_RUN, 0))
		fail("KVM_RUN");
	held(page_bytes(), seconds);
}

static const struct user users[] = {
	{ "v4l2", hold_v4l2 },
	{ "vfio", hold_vfio },
	{ "kvm", hold_kvm },
};

int main(int argc, char **argv)
{
	return run_user(users, sizeof(users) / sizeof(users[0]), argc, argv);
}
