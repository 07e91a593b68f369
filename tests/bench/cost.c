// SPDX-License-Identifier: GPL-2.0
/*
 * What a call costs its caller, in nanoseconds: where a guest's clock counts instructions
 * (tests/vm/run --icount) that is instructions, the same in every run.
 *
 * The minimum over short batches: what the reader, timers and other tasks do now and then is not in
 * it. A batch that is long enough for an interrupt to be in each would hide that, so batches are
 * short.
 */
#include <getopt.h>
#include <liburing.h>
#include <sys/uio.h>
#include "bench.h"

static unsigned long batches = 400, calls_per_batch = 8;

struct work {
	void (*call)(struct work *w);
	struct iovec local, remote; /* process_vm_readv */
	struct iovec buffer;	    /* registration, direct I/O */
	struct io_uring ring;
	int fd;
};

static unsigned long batch_ns(struct work *w)
{
	unsigned long start = now_ns();

	for (unsigned long i = 0; i < calls_per_batch; i++)
		w->call(w);
	return now_ns() - start;
}

static void nothing(struct work *w)
{
	(void)w;
}

static unsigned long least_ns(struct work *w)
{
	unsigned long least = ~0ul;

	for (unsigned long i = 0; i < batches; i++) {
		keep_least(&least, batch_ns(w));
		if (i % 16 == 15)
			give_way(0);
	}
	return least;
}

static void report(const char *name, struct work *w)
{
	struct work empty = { .call = nothing };
	unsigned long idle = least_ns(&empty), busy = least_ns(w);

	print_cost(name, (double)(busy - idle) / calls_per_batch);
}

static void pvm(struct work *w)
{
	if (process_vm_readv(getpid(), &w->local, 1, &w->remote, 1, 0) < 0)
		fail("process_vm_readv");
}

static void do_pvm(void)
{
	struct work w = { .call = pvm };

	w.local.iov_base = allocate(page_bytes(), BACKING_SMALL);
	w.remote.iov_base = allocate(page_bytes(), BACKING_SMALL);
	w.local.iov_len = w.remote.iov_len = page_bytes();
	report("pvm", &w);
}

static void make_ring(struct work *w)
{
	int err = io_uring_queue_init(4, &w->ring, 0);

	if (err)
		quit(EXIT_FAILURE, "io_uring: %s", strerror(-err));
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

static void do_direct(const char *path)
{
	struct work w = { .call = direct_read };

	make_ring(&w);
	w.fd = open(path, O_RDONLY | O_DIRECT);
	if (w.fd < 0)
		fail(path);
	w.buffer.iov_len = 4096;
	w.buffer.iov_base = allocate(4096, BACKING_SMALL);
	report("direct-4k", &w);
	io_uring_queue_exit(&w.ring);
}

/* Registering an io_uring buffer, which pins its pages, and the end of that, told apart. */
static void do_register(const char *name, unsigned long pages, bool contiguous)
{
	unsigned long pin = ~0ul, unpin = ~0ul, idle = clock_cost();
	struct work w = { 0 };
	char part[64];

	make_ring(&w);
	w.buffer.iov_len = pages * page_bytes();
	w.buffer.iov_base = pages_of(pages, contiguous);
	for (unsigned i = 0; i < rounds_for(pages); i++) {
		unsigned long start = now_ns(), registered;
		int err = io_uring_register_buffers(&w.ring, &w.buffer, 1);

		registered = now_ns();
		if (!err)
			err = io_uring_unregister_buffers(&w.ring);
		keep_least(&unpin, now_ns() - registered - idle);
		keep_least(&pin, registered - start - idle);
		if (err)
			quit(EXIT_FAILURE, "registering buffers: %s", strerror(-err));
		give_way(pages);
	}
	print_cost(name, pin + unpin);
	snprintf(part, sizeof(part), "%s:register", name);
	print_cost(part, pin);
	snprintf(part, sizeof(part), "%s:unregister", name);
	print_cost(part, unpin);
	munmap(w.buffer.iov_base, w.buffer.iov_len);
	io_uring_queue_exit(&w.ring);
}

static void do_one(const char *what)
{
	unsigned long pages;
	char kind[16];

	if (!strcmp(what, "pvm"))
		do_pvm();
	else if (!strncmp(what, "direct=", 7))
		do_direct(what + 7);
	else if (sscanf(what, "register-%lu-%15s", &pages, kind) == 2)
		do_register(what, pages, !strcmp(kind, "huge"));
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
			"register-PAGES-{huge,scattered}");
	be_alone();
	for (int i = optind; i < argc; i++)
		do_one(argv[i]);
	return 0;
}
