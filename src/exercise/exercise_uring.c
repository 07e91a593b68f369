// SPDX-License-Identifier: GPL-2.0
/* One I/O by io_uring, by system calls alone: the ring is made, used once, and gone. */
#include <errno.h>
#include <linux/io_uring.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>
#include "exercise/exercise_impl.h"

struct uring {
	int fd;
	struct io_uring_params p;
	void *sq, *cq;
	struct io_uring_sqe *sqes;
	size_t sq_sz, cq_sz, sqes_sz;
};

static void *map(const struct uring *u, size_t sz, off_t at)
{
	return mmap(NULL, sz, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, u->fd, at);
}

static void uring__close(struct uring *u)
{
	if (u->sq && u->sq != MAP_FAILED)
		munmap(u->sq, u->sq_sz);
	if (u->cq && u->cq != MAP_FAILED)
		munmap(u->cq, u->cq_sz);
	if (u->sqes && u->sqes != MAP_FAILED)
		munmap(u->sqes, u->sqes_sz);
	close(u->fd);
}

static int uring__open(struct uring *u)
{
	memset(u, 0, sizeof(*u));
	u->fd = syscall(__NR_io_uring_setup, 2, &u->p);
	if (u->fd < 0)
		return -errno;
	u->sq_sz = u->p.sq_off.array + u->p.sq_entries * sizeof(__u32);
	u->cq_sz = u->p.cq_off.cqes + u->p.cq_entries * sizeof(struct io_uring_cqe);
	u->sqes_sz = u->p.sq_entries * sizeof(*u->sqes);
	u->sq = map(u, u->sq_sz, IORING_OFF_SQ_RING);
	u->cq = map(u, u->cq_sz, IORING_OFF_CQ_RING);
	u->sqes = map(u, u->sqes_sz, IORING_OFF_SQES);
	if (u->sq != MAP_FAILED && u->cq != MAP_FAILED && u->sqes != MAP_FAILED)
		return 0;
	uring__close(u);
	return -ENOMEM;
}

static int uring__submit(struct uring *u, const struct io_uring_sqe *sqe)
{
	__u32 *tail = (__u32 *)((char *)u->sq + u->p.sq_off.tail);
	__u32 *array = (__u32 *)((char *)u->sq + u->p.sq_off.array);
	const struct io_uring_cqe *cqe = (void *)((char *)u->cq + u->p.cq_off.cqes);

	u->sqes[0] = *sqe;
	array[0] = 0;
	__atomic_store_n(tail, *tail + 1, __ATOMIC_RELEASE);
	if (syscall(__NR_io_uring_enter, u->fd, 1, 1, IORING_ENTER_GETEVENTS, NULL, 0) < 0)
		return -errno;
	return cqe->res < 0 ? cqe->res : 0;
}

int uring__rw(int fd, void *buf, size_t len, bool write, bool fixed)
{
	static const __u8 ops[2][2] = {
		{ IORING_OP_READ, IORING_OP_READ_FIXED },
		{ IORING_OP_WRITE, IORING_OP_WRITE_FIXED },
	};
	struct io_uring_sqe sqe = {
		.opcode = ops[write][fixed],
		.fd = fd,
		.addr = (unsigned long)buf,
		.len = len,
	};
	struct iovec iov = { buf, len };
	struct uring u;
	int err = uring__open(&u);

	if (err)
		return err;
	if (fixed && syscall(__NR_io_uring_register, u.fd, IORING_REGISTER_BUFFERS, &iov, 1))
		err = -errno;
	if (!err)
		err = uring__submit(&u, &sqe);
	uring__close(&u);
	return err;
}
