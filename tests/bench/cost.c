// SPDX-License-Identifier: GPL-2.0
/*
 * What a call costs its caller, in nanoseconds: where a guest's clock counts instructions
 * (tests/vm/run --icount) that is instructions, the same in every run.
 *
 * The minimum over short batches: what the reader, timers and other tasks do now and then is not in it. A batch that
 * is long enough for an interrupt to be in each would hide that, so batches are short.
 */
#include <getopt.h>
#include <fcntl.h>
#include <liburing.h>
#include <sys/uio.h>
#include <time.h>
#include "../live/live.h"

static unsigned long batches = 400, calls_per_batch = 8;

static unsigned long now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000000000ul + ts.tv_nsec;
}

struct work {
	void (*call)(struct work *w);
	struct iovec local, remote; /* process_vm_readv */
	struct iovec buffer;	    /* registration, direct I/O */
	struct io_uring ring;
	int fd;
	unsigned long calls;
};

static unsigned long batch_ns(struct work *w, unsigned long calls)
{
	unsigned long start = now_ns();

	for (unsigned long i = 0; i < calls; i++)
		w->call(w);
	return now_ns() - start;
}

static void nothing(struct work *w)
{
	(void)w;
}

static unsigned long least_ns(struct work *w, unsigned long calls, unsigned long rounds)
{
	unsigned long least = ~0ul;

	for (unsigned long i = 0; i < rounds; i++) {
		unsigned long ns = batch_ns(w, calls);

		least = ns < least ? ns : least;
		if (i % 16 == 15)
			usleep(1000); /* let the reader have its turn outside of a batch */
	}
	return least;
}

static void pvm(struct work *w)
{
	if (process_vm_readv(getpid(), &w->local, 1, &w->remote, 1, 0) < 0)
		fail("process_vm_readv");
}

static void registration(struct work *w)
{
	int err = io_uring_register_buffers(&w->ring, &w->buffer, 1);

	if (!err)
		err = io_uring_unregister_buffers(&w->ring);
	if (err)
		quit(EXIT_FAILURE, "registering buffers: %s", strerror(-err));
}

static void direct_read(struct work *w)
{
	struct io_uring_sqe *sqe = io_uring_get_sqe(&w->ring);
	struct io_uring_cqe *cqe;
	int err;

	io_uring_prep_read(sqe, w->fd, w->buffer.iov_base, w->buffer.iov_len, 0);
	err = io_uring_submit_and_wait(&w->ring, 1);
	if (err >= 0)
		err = io_uring_wait_cqe(&w->ring, &cqe);
	if (err || cqe->res != (int)w->buffer.iov_len)
		quit(EXIT_FAILURE, "read: %s", strerror(err ? -err : -cqe->res));
	io_uring_cqe_seen(&w->ring, cqe);
}

/* Small pages that are no neighbours in memory: every second one of twice as many is given back. */
static void *scattered(size_t bytes)
{
	size_t nr = bytes / page_bytes();
	char *from = allocate(2 * bytes, BACKING_SMALL);
	char *to = reserve(bytes, BACKING_SMALL);

	/* moving a page moves the mapping, not the frame */
	for (size_t i = 0; i < nr; i++)
		if (mremap(from + 2 * i * page_bytes(), page_bytes(), page_bytes(),
			   MREMAP_MAYMOVE | MREMAP_FIXED, to + i * page_bytes()) == MAP_FAILED)
			fail("mremap");
	return to;
}

static void report(const char *name, struct work *w, unsigned long calls, unsigned long rounds)
{
	struct work empty = {.call = nothing};
	unsigned long idle = least_ns(&empty, calls, rounds), busy = least_ns(w, calls, rounds);

	printf("%s %.1f\n", name, (double)(busy - idle) / calls);
	fflush(stdout);
}

static void do_pvm(void)
{
	struct work w = {.call = pvm};

	w.local.iov_base = allocate(page_bytes(), BACKING_SMALL);
	w.remote.iov_base = allocate(page_bytes(), BACKING_SMALL);
	w.local.iov_len = w.remote.iov_len = page_bytes();
	report("pvm", &w, calls_per_batch, batches);
}

static void do_register(const char *name, unsigned long pages, bool contiguous)
{
	struct work w = {.call = registration};
	int err = io_uring_queue_init(4, &w.ring, 0);

	if (err)
		quit(EXIT_FAILURE, "io_uring: %s", strerror(-err));
	w.buffer.iov_len = pages * page_bytes();
	w.buffer.iov_base = contiguous ? allocate(w.buffer.iov_len, BACKING_THP)
				       : scattered(w.buffer.iov_len);
	report(name, &w, 1, pages > 10000 ? 3 : 30);
	io_uring_queue_exit(&w.ring);
}

static void do_direct(const char *path)
{
	struct work w = {.call = direct_read};
	int err = io_uring_queue_init(4, &w.ring, 0);

	if (err)
		quit(EXIT_FAILURE, "io_uring: %s", strerror(-err));
	w.fd = open(path, O_RDONLY | O_DIRECT);
	if (w.fd < 0)
		fail(path);
	w.buffer.iov_len = 4096;
	w.buffer.iov_base = allocate(4096, BACKING_SMALL);
	report("direct-4k", &w, calls_per_batch, batches);
	io_uring_queue_exit(&w.ring);
}

static void do_one(const char *what)
{
	if (!strcmp(what, "pvm"))
		do_pvm();
	else if (!strcmp(what, "register-512-huge"))
		do_register(what, 512, true);
	else if (!strcmp(what, "register-512-scattered"))
		do_register(what, 512, false);
	else if (!strcmp(what, "register-262144-huge"))
		do_register(what, 262144, true);
	else if (!strcmp(what, "register-262144-scattered"))
		do_register(what, 262144, false);
	else if (!strncmp(what, "direct=", 7))
		do_direct(what + 7);
	else
		quit(2, "unknown workload '%s'", what);
}

int main(int argc, char **argv)
{
	int opt;

	while ((opt = getopt(argc, argv, "n:c:")) != -1) {
		if (opt == 'n')
			batches = number(optarg);
		else if (opt == 'c')
			calls_per_batch = number(optarg);
		else
			return 2;
	}
	if (optind == argc || !batches || !calls_per_batch)
		quit(2, "usage: [-n BATCHES] [-c CALLS] WORKLOAD...: pvm, direct=DEVICE, "
			"register-{512,262144}-{huge,scattered}");
	for (int i = optind; i < argc; i++)
		do_one(argv[i]);
	return 0;
}
