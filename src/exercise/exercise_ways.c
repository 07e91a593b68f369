// SPDX-License-Identifier: GPL-2.0
/* Every way in: reads and writes of one file that is opened with O_DIRECT. */
#include <errno.h>
#include <fcntl.h>
#include <linux/aio_abi.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>
#include "exercise/exercise_impl.h"

#define PAGE	 4096
#define IO_BYTES (EXERCISE_PAGES * PAGE)

/* One target, opened, and memory to do I/O with. */
struct io {
	const struct target *t;
	int fd;
	char *buf; /* anonymous, IO_BYTES and a page, written to: no zero pages */
	bool write;
};

static int result(ssize_t got)
{
	return got < 0 ? -errno : got ? 0 : -ENODATA;
}

static int by_pread(const struct io *io)
{
	return result(io->write ? pwrite(io->fd, io->buf, IO_BYTES, 0)
				: pread(io->fd, io->buf, IO_BYTES, 0));
}

static int by_preadv(const struct io *io)
{
	struct iovec iov[] = { { io->buf, PAGE }, { io->buf + 2 * PAGE, 3 * PAGE } };

	return result(io->write ? pwritev(io->fd, iov, 2, 0) : preadv(io->fd, iov, 2, 0));
}

/*
 * Memory in the middle of pages; a length that ends in the middle of a block. Both may be refused.
 */
static int by_unaligned_memory(const struct io *io)
{
	result(io->write ? pwrite(io->fd, io->buf + 512, IO_BYTES, 0)
			 : pread(io->fd, io->buf + 512, IO_BYTES, 0));
	result(io->write ? pwrite(io->fd, io->buf, 1000, 0) : pread(io->fd, io->buf, 1000, 0));
	return 0;
}

/*
 * Work that the kernel does for a task (of a ring that was closed, say) interrupts its waiting like
 * a signal.
 */
static int wait_for_event(aio_context_t ctx, struct io_event *event)
{
	long got;

	do
		got = syscall(__NR_io_getevents, ctx, 1, 1, event, NULL);
	while (got < 0 && errno == EINTR);
	return got == 1 ? 0 : -1;
}

static int by_aio(const struct io *io)
{
	struct iocb cb = {
		.aio_fildes = io->fd,
		.aio_lio_opcode = io->write ? IOCB_CMD_PWRITE : IOCB_CMD_PREAD,
		.aio_buf = (unsigned long)io->buf,
		.aio_nbytes = IO_BYTES,
	};
	struct iocb *list[] = { &cb };
	struct io_event event;
	aio_context_t ctx = 0;
	int err = 0;

	if (syscall(__NR_io_setup, 1, &ctx))
		return -errno;
	if (syscall(__NR_io_submit, ctx, 1, list) != 1 || wait_for_event(ctx, &event))
		err = -errno;
	else if (event.res < 0)
		err = event.res;
	syscall(__NR_io_destroy, ctx);
	return err;
}

static int by_uring(const struct io *io)
{
	return uring__rw(io->fd, io->buf, IO_BYTES, io->write, false);
}

static int by_fixed(const struct io *io)
{
	return uring__rw(io->fd, io->buf, IO_BYTES, io->write, true);
}

static int by_splice(const struct io *io)
{
	loff_t at = 0;
	int p[2], err;

	if (pipe2(p, O_CLOEXEC))
		return -errno;
	if (io->write) {
		err = result(write(p[1], io->buf, IO_BYTES));
		if (!err)
			err = result(splice(p[0], NULL, io->fd, &at, IO_BYTES, 0));
	} else {
		err = result(splice(io->fd, &at, p[1], NULL, IO_BYTES, 0));
	}
	close(p[0]);
	close(p[1]);
	return err;
}

/* Into a pipe, and from there into the file. */
static int by_vmsplice(const struct io *io)
{
	struct iovec iov = { io->buf, IO_BYTES };
	loff_t at = 0;
	int p[2], err;

	if (!io->write)
		return 0; /* that direction copies: vmsplice(2) */
	if (pipe2(p, O_CLOEXEC))
		return -errno;
	err = result(vmsplice(p[1], &iov, 1, 0));
	if (!err)
		err = result(splice(p[0], NULL, io->fd, &at, IO_BYTES, 0));
	close(p[0]);
	close(p[1]);
	return err;
}

static int by_sendfile(const struct io *io)
{
	int other = io->write ? memfd_create("exercise", MFD_CLOEXEC)
			      : open("/dev/null", O_WRONLY | O_CLOEXEC);
	off_t at = 0;
	int err;

	if (other < 0)
		return -errno;
	if (io->write && pwrite(other, io->buf, IO_BYTES, 0) < 0)
		err = -errno;
	else if (io->write)
		err = lseek(io->fd, 0, SEEK_SET) < 0
			      ? -errno
			      : result(sendfile(io->fd, other, &at, IO_BYTES));
	else
		err = result(sendfile(other, io->fd, &at, IO_BYTES));
	close(other);
	return err;
}

/*
 * The memory is a file, mapped: of a file system of memory, so that it is in no way the same
 * file's.
 */
static int by_mapped_file(const struct io *io)
{
	int memory = memfd_create("exercise", MFD_CLOEXEC), err;
	char *map = MAP_FAILED;

	if (memory >= 0 && !ftruncate(memory, IO_BYTES))
		map = mmap(NULL, IO_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED, memory, 0);
	if (map == MAP_FAILED) {
		err = -errno;
	} else {
		struct io mapped = *io;

		memset(map, 'm', IO_BYTES);
		mapped.buf = map;
		err = by_pread(&mapped);
		munmap(map, IO_BYTES);
	}
	if (memory >= 0)
		close(memory);
	return err;
}

static const struct {
	const char *name;
	int (*run)(const struct io *io);
} ways[] = {
	{ "pread", by_pread },
	{ "preadv", by_preadv },
	{ "unaligned", by_unaligned_memory },
	{ "aio", by_aio },
	{ "io_uring", by_uring },
	{ "fixed buffer", by_fixed },
	{ "splice", by_splice },
	{ "vmsplice", by_vmsplice },
	{ "sendfile", by_sendfile },
	{ "mapped file", by_mapped_file },
};

static void drive(struct io *io, say_fn say)
{
	for (size_t i = 0; i < sizeof(ways) / sizeof(ways[0]); i++) {
		int err = ways[i].run(io);

		if (err)
			say("%s: %s by %s: %s", io->t->name, io->write ? "write" : "read",
			    ways[i].name, strerror(-err));
	}
}

void ways__drive(const struct target *t, say_fn say)
{
	struct io io = { .t = t };

	io.fd = open(t->path, (t->read_only ? O_RDONLY : O_RDWR) | O_DIRECT | O_CLOEXEC);
	if (io.fd < 0) {
		say("%s: opening with O_DIRECT: %s", t->name, strerror(errno));
		return;
	}
	io.buf = mmap(NULL, IO_BYTES + PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS,
		      -1, 0);
	if (io.buf == MAP_FAILED) {
		say("%s: no memory", t->name);
		close(io.fd);
		return;
	}
	/* small pages: the numbers are the same on every machine */
	madvise(io.buf, IO_BYTES + PAGE, MADV_NOHUGEPAGE);
	memset(io.buf, 'x', IO_BYTES + PAGE);
	if (!t->read_only) {
		io.write = true;
		drive(&io, say);
		io.write = false;
	}
	drive(&io, say);
	munmap(io.buf, IO_BYTES + PAGE);
	close(io.fd);
}
