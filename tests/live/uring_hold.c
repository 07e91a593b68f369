// SPDX-License-Identifier: GPL-2.0
/*
 * Registers a buffer with an io_uring (-r: so many times), which pins it with FOLL_LONGTERM, and
 * ends in one of four ways:
 *
 *   release  unregisters after -s seconds (0: at once) and exits
 *   child    a child registers, outlives the command by -s seconds, and keeps the pins
 *   orphan   the command registers and exits; a forked child has inherited the ring's file and
 *            keeps it for -s seconds: the memory that was registered is gone, its pins are not
 *   shared   two children register the same shared memory; the second one exits at once, the first
 *            one keeps its pins for -s seconds
 */
#include <getopt.h>
#include <liburing.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include "live.h"

struct hold {
	size_t pages;
	enum backing backing;
	unsigned seconds;
	unsigned times;
	const char *pid_file;
	void *memory; /* NULL = one's own */
};

static void make_ring(struct io_uring *ring)
{
	int err = io_uring_queue_init(8, ring, 0);

	if (err == -ENOSYS || err == -EPERM)
		quit(EXIT_SKIP, "no io_uring here: %s", strerror(-err));
	if (err)
		quit(EXIT_FAILURE, "io_uring_queue_init: %s", strerror(-err));
}

static void hold_pins(struct io_uring *ring, const struct hold *h)
{
	size_t bytes = h->pages * page_bytes();
	struct iovec *iov = calloc(h->times, sizeof(*iov));
	int err;

	if (!iov)
		fail("calloc");
	iov[0] = (struct iovec){ .iov_base = h->memory ? h->memory : allocate(bytes, h->backing),
				 .iov_len = bytes };
	for (unsigned i = 1; i < h->times; i++)
		iov[i] = iov[0];
	make_ring(ring);
	err = io_uring_register_buffers(ring, iov, h->times);
	free(iov);
	if (err)
		quit(EXIT_FAILURE, "io_uring_register_buffers: %s", strerror(-err));
}

static int release(const struct hold *h)
{
	struct io_uring ring;
	int err;

	hold_pins(&ring, h);
	sleep(h->seconds);
	err = io_uring_unregister_buffers(&ring);
	if (err)
		quit(EXIT_FAILURE, "io_uring_unregister_buffers: %s", strerror(-err));
	io_uring_queue_exit(&ring);
	return 0;
}

/* The child: says over `ready` that it holds what it is to hold, and stays. */
__attribute__((noreturn)) static void stay(const struct hold *h, int ready)
{
	write_pid(h->pid_file);
	detach();
	if (write(ready, "r", 1) != 1)
		fail("write");
	close(ready);
	sleep(h->seconds);
	exit(EXIT_SUCCESS);
}

/* Returns when the child holds its pins, or with the child's failure as our own. */
static int wait_ready(int ready, pid_t child)
{
	int status;
	char byte;

	if (read(ready, &byte, 1) == 1)
		return 0;
	if (waitpid(child, &status, 0) != child)
		fail("waitpid");
	return WIFEXITED(status) && WEXITSTATUS(status) ? WEXITSTATUS(status) : EXIT_FAILURE;
}

static int leave_child(const struct hold *h, bool orphan)
{
	struct io_uring ring;
	int ready[2];
	pid_t child;

	if (pipe(ready))
		fail("pipe");
	if (orphan)
		hold_pins(&ring, h);
	child = fork();
	if (child < 0)
		fail("fork");
	if (child == 0) {
		close(ready[0]);
		if (prctl(PR_SET_NAME, orphan ? "ring-heir" : "ring-keeper"))
			fail("prctl");
		if (!orphan)
			hold_pins(&ring, h);
		stay(h, ready[1]);
	}
	close(ready[1]);
	return wait_ready(ready[0], child);
}

/* Registers and exits; the kernel's worker drops the pins when the address space is gone. */
static int leave_at_once(const struct hold *h)
{
	struct io_uring ring;
	pid_t child = fork();
	int status;

	if (child < 0)
		fail("fork");
	if (child == 0) {
		if (prctl(PR_SET_NAME, "ring-leaver"))
			fail("prctl");
		hold_pins(&ring, h);
		exit(EXIT_SUCCESS);
	}
	if (waitpid(child, &status, 0) != child)
		fail("waitpid");
	return WIFEXITED(status) ? WEXITSTATUS(status) : EXIT_FAILURE;
}

static int share(struct hold *h)
{
	int err;

	h->memory = mmap(NULL, h->pages * page_bytes(), PROT_READ | PROT_WRITE,
			 MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (h->memory == MAP_FAILED)
		fail("mmap");
	err = leave_child(h, false);
	return err ? err : leave_at_once(h);
}

int main(int argc, char **argv)
{
	struct hold h = { .pages = 64, .times = 1 };
	int opt;

	while ((opt = getopt(argc, argv, "n:b:s:p:r:")) != -1) {
		if (opt == 'n')
			h.pages = number(optarg);
		else if (opt == 'b')
			h.backing = backing(optarg);
		else if (opt == 's')
			h.seconds = number(optarg);
		else if (opt == 'r')
			h.times = number(optarg);
		else if (opt == 'p')
			h.pid_file = optarg;
		else
			return 2;
	}
	if (optind + 1 == argc && !strcmp(argv[optind], "release"))
		return release(&h);
	if (optind + 1 == argc && !strcmp(argv[optind], "child"))
		return leave_child(&h, false);
	if (optind + 1 == argc && !strcmp(argv[optind], "orphan"))
		return leave_child(&h, true);
	if (optind + 1 == argc && !strcmp(argv[optind], "shared"))
		return share(&h);
	quit(2, "usage: [-n PAGES] [-b small|thp|hugetlb] [-r TIMES] [-s SECONDS] [-p PIDFILE] "
		"release|child|orphan|shared");
}
