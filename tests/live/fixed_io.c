// SPDX-License-Identifier: GPL-2.0
/*
 * Registered buffers doing I/O: writes -c blocks of -s bytes to a file or block device with
 * O_DIRECT and IORING_OP_WRITE_FIXED, reads them back with READ_FIXED into another buffer, and
 * compares. The two buffers are pinned once, when they are registered; their I/O pins nothing.
 */
#include <fcntl.h>
#include <getopt.h>
#include <liburing.h>
#include "live.h"

struct job {
	struct io_uring ring;
	int fd;
	size_t bytes; /* of a block */
	unsigned long count;
	char *buffers[2];
};

static void start(struct job *j, enum backing b)
{
	struct iovec iov[2];
	int err = io_uring_queue_init(8, &j->ring, 0);

	if (err == -ENOSYS || err == -EPERM)
		quit(EXIT_SKIP, "no io_uring here: %s", strerror(-err));
	if (err)
		quit(EXIT_FAILURE, "io_uring_queue_init: %s", strerror(-err));
	for (int i = 0; i < 2; i++) {
		j->buffers[i] = allocate(j->bytes, b);
		iov[i] = (struct iovec){ j->buffers[i], j->bytes };
	}
	err = io_uring_register_buffers(&j->ring, iov, 2);
	if (err)
		quit(EXIT_FAILURE, "io_uring_register_buffers: %s", strerror(-err));
}

static void run(struct job *j, bool write, unsigned long block)
{
	struct io_uring_sqe *sqe = io_uring_get_sqe(&j->ring);
	struct io_uring_cqe *cqe;
	off_t off = block * j->bytes;
	int err;

	if (!sqe)
		quit(EXIT_FAILURE, "no submission entry");
	if (write)
		io_uring_prep_write_fixed(sqe, j->fd, j->buffers[0], j->bytes, off, 0);
	else
		io_uring_prep_read_fixed(sqe, j->fd, j->buffers[1], j->bytes, off, 1);
	err = io_uring_submit_and_wait(&j->ring, 1);
	if (err < 0 || (err = io_uring_peek_cqe(&j->ring, &cqe)))
		quit(EXIT_FAILURE, "io_uring: %s", strerror(-err));
	if (cqe->res != (int)j->bytes)
		quit(EXIT_FAILURE, "%s of block %lu: %s", write ? "write" : "read", block,
		     cqe->res < 0 ? strerror(-cqe->res) : "short");
	io_uring_cqe_seen(&j->ring, cqe);
}

static void fill(struct job *j, unsigned long block)
{
	for (size_t i = 0; i < j->bytes; i += 512)
		*(unsigned long *)(j->buffers[0] + i) = block << 32 | i;
}

static int work(struct job *j)
{
	for (unsigned long i = 0; i < j->count; i++) {
		fill(j, i);
		run(j, true, i);
	}
	for (unsigned long i = 0; i < j->count; i++) {
		fill(j, i);
		run(j, false, i);
		if (memcmp(j->buffers[0], j->buffers[1], j->bytes))
			quit(EXIT_FAILURE, "block %lu read back differs", i);
	}
	if (io_uring_unregister_buffers(&j->ring))
		quit(EXIT_FAILURE, "io_uring_unregister_buffers failed");
	io_uring_queue_exit(&j->ring);
	return close(j->fd) ? EXIT_FAILURE : 0;
}

int main(int argc, char **argv)
{
	struct job j = { .bytes = 65536, .count = 8 };
	enum backing b = BACKING_SMALL;
	int opt;

	while ((opt = getopt(argc, argv, "c:s:b:")) != -1) {
		if (opt == 'c')
			j.count = number(optarg);
		else if (opt == 's')
			j.bytes = number(optarg);
		else if (opt == 'b')
			b = backing(optarg);
		else
			return 2;
	}
	if (optind + 1 != argc || !j.bytes || j.bytes % page_bytes())
		quit(2, "usage: [-c BLOCKS] [-s BYTES] [-b small|thp|hugetlb] FILE");
	j.fd = open(argv[optind], O_RDWR | O_CREAT | O_DIRECT, 0600);
	if (j.fd < 0)
		fail(argv[optind]);
	start(&j, b);
	return work(&j);
}
