// SPDX-License-Identifier: GPL-2.0
/*
 * Users of long-term pins that need no device: an io_uring buffer, the memory of an AF_XDP socket,
 * a dma-buf made of a memfd; and, of references, a page in a pipe.
 */
#include <liburing.h>
#include <linux/if_xdp.h>
#include <linux/udmabuf.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include "longterm.h"

#ifndef AF_XDP
#define AF_XDP 44
#endif
#ifndef SOL_XDP
#define SOL_XDP 283
#endif

static void hold_uring(const char *what, unsigned seconds)
{
	struct io_uring ring;
	struct iovec iov;
	int err;

	iov.iov_base = memory(what, &iov.iov_len);
	err = io_uring_queue_init(8, &ring, 0);
	if (err)
		quit(EXIT_SKIP, "no io_uring here: %s", strerror(-err));
	err = io_uring_register_buffers(&ring, &iov, 1);
	if (err)
		quit(EXIT_SKIP, "the kernel refuses %s: %s", what, strerror(-err));
	held(iov.iov_len, seconds);
	io_uring_queue_exit(&ring);
}

static void hold_xdp(const char *what, unsigned seconds)
{
	struct xdp_umem_reg reg = { .chunk_size = 4096 };
	int fd = socket(AF_XDP, SOCK_RAW | SOCK_CLOEXEC, 0);
	size_t bytes;

	if (fd < 0)
		quit(EXIT_SKIP, "no AF_XDP here: %s", strerror(errno));
	reg.addr = (unsigned long)memory(what, &bytes);
	reg.len = bytes;
	if (setsockopt(fd, SOL_XDP, XDP_UMEM_REG, &reg, sizeof(reg)))
		quit(EXIT_SKIP, "the kernel refuses %s: %s", what, strerror(errno));
	held(bytes, seconds);
	close(fd);
}

static void hold_udmabuf(const char *what, unsigned seconds)
{
	struct udmabuf_create create = { .flags = UDMABUF_FLAGS_CLOEXEC };
	int device = open("/dev/udmabuf", O_RDWR | O_CLOEXEC), fd;
	size_t bytes = HELD_PAGES * page_bytes();

	if (device < 0)
		quit(EXIT_SKIP, "no /dev/udmabuf here: %s", strerror(errno));
	create.memfd = memfd_create(what, MFD_CLOEXEC | MFD_ALLOW_SEALING);
	create.size = bytes;
	if ((int)create.memfd < 0 || ftruncate(create.memfd, bytes) ||
	    fcntl(create.memfd, F_ADD_SEALS, F_SEAL_SHRINK))
		fail("memfd");
	fd = ioctl(device, UDMABUF_CREATE, &create);
	if (fd < 0)
		fail("UDMABUF_CREATE");
	held(bytes, seconds);
	close(fd);
}

static void hold_vmsplice(const char *what, unsigned seconds)
{
	struct iovec iov;
	int p[2];

	iov.iov_base = memory(what, &iov.iov_len);
	if (pipe(p))
		fail("pipe");
	if (vmsplice(p[1], &iov, 1, 0) != (ssize_t)iov.iov_len)
		fail("vmsplice");
	held(iov.iov_len, seconds);
}

static const struct user users[] = {
	{ "uring", hold_uring },
	{ "xdp", hold_xdp },
	{ "udmabuf", hold_udmabuf },
	{ "vmsplice", hold_vmsplice },
};

int main(int argc, char **argv)
{
	return run_user(users, sizeof(users) / sizeof(users[0]), argc, argv);
}
