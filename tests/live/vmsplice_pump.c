// SPDX-License-Identifier: GPL-2.0
/*
 * Moves -n pages of its memory into a pipe and from there to /dev/null, -c times; with -g the
 * pages are given away. The kernel takes references for that (FOLL_GET), and never a pin.
 */
#include <fcntl.h>
#include <getopt.h>
#include <sys/uio.h>
#include "live.h"

static void drain(int from, int to, size_t bytes)
{
	while (bytes) {
		ssize_t n = splice(from, NULL, to, NULL, bytes, SPLICE_F_MOVE);

		if (n <= 0)
			fail("splice");
		bytes -= n;
	}
}

/* A pipe takes as many pages as it has slots; vmsplice() says how many that were. */
static void pump(int pipe[2], int null, void *buffer, size_t bytes, unsigned flags)
{
	struct iovec iov = { .iov_base = buffer, .iov_len = bytes };

	while (iov.iov_len) {
		ssize_t n = vmsplice(pipe[1], &iov, 1, flags);

		if (n <= 0)
			fail("vmsplice");
		drain(pipe[0], null, n);
		iov.iov_base = (char *)iov.iov_base + n;
		iov.iov_len -= n;
	}
}

int main(int argc, char **argv)
{
	unsigned long calls = 10, pages = 16;
	int opt, ends[2], null = open("/dev/null", O_WRONLY);
	unsigned flags = 0;

	while ((opt = getopt(argc, argv, "c:n:g")) != -1) {
		if (opt == 'c')
			calls = number(optarg);
		else if (opt == 'n')
			pages = number(optarg);
		else if (opt == 'g')
			flags = SPLICE_F_GIFT;
		else
			return 2;
	}
	if (optind != argc || !pages)
		quit(2, "usage: [-c CALLS] [-n PAGES] [-g]");
	if (null < 0 || pipe(ends))
		fail("pipe");
	/* new memory each time: what was given away is not ours to write any more */
	for (unsigned long i = 0; i < calls; i++) {
		size_t bytes = pages * page_bytes();
		void *buffer = allocate(bytes, BACKING_SMALL);

		pump(ends, null, buffer, bytes, flags);
		munmap(buffer, bytes);
	}
	return 0;
}
