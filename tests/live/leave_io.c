// SPDX-License-Identifier: GPL-2.0
/*
 * Leaves I/O behind: starts -n direct reads of a page each from FILE with io_uring, and exits while
 * they are under way. The kernel does not wait for them, so the pages stay pinned when the address
 * space that they were in is gone.
 */
#include <getopt.h>
#include <liburing.h>
#include "live.h"

#define READS_MAX 256

static void start_reads(struct io_uring *ring, int fd, unsigned long reads)
{
	char *buffer = allocate(reads * page_bytes(), BACKING_SMALL);
	int got;

	for (unsigned long i = 0; i < reads; i++)
		io_uring_prep_read(io_uring_get_sqe(ring), fd, buffer + i * page_bytes(),
				   page_bytes(), i * page_bytes());
	got = io_uring_submit(ring);
	if (got != (int)reads)
		quit(EXIT_FAILURE, "io_uring_submit: %d of %lu", got, reads);
}

int main(int argc, char **argv)
{
	unsigned long reads = 8;
	struct io_uring ring;
	int opt, fd, err;

	while ((opt = getopt(argc, argv, "n:")) != -1) {
		if (opt != 'n')
			return 2;
		reads = number(optarg);
	}
	if (optind + 1 != argc || !reads || reads > READS_MAX)
		quit(2, "usage: [-n READS (1-%d)] FILE", READS_MAX);
	fd = open(argv[optind], O_RDONLY | O_DIRECT | O_CLOEXEC);
	if (fd < 0)
		fail(argv[optind]);
	err = io_uring_queue_init(READS_MAX, &ring, 0);
	if (err)
		quit(EXIT_SKIP, "no io_uring here: %s", strerror(-err));
	start_reads(&ring, fd, reads);
	return 0;
}
