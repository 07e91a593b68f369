// SPDX-License-Identifier: GPL-2.0
/*
 * process_vm_readv or, with -w, process_vm_writev on a child's memory: -c calls of -n pages each,
 * or for -t seconds. The kernel pins each of the child's pages once a call. With -x the pages are
 * every other page of the child's memory, an iovec each. What came over is compared.
 */
#include <getopt.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <time.h>
#include "live.h"

struct copy {
	size_t pages;
	unsigned long calls, seconds;
	enum backing backing;
	bool scattered, write;
	char *remote; /* in the child, at the same address as reserved here */
	char *local;
	pid_t child;
};

static size_t stride(const struct copy *c)
{
	return c->scattered ? 2 * page_bytes() : page_bytes();
}

static pid_t start_child(const struct copy *c, size_t bytes)
{
	int ready[2], status;
	pid_t child;
	char byte;

	if (pipe(ready))
		fail("pipe");
	child = fork();
	if (child < 0)
		fail("fork");
	if (child == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		touch(c->remote, bytes, c->backing);
		if (write(ready[1], "r", 1) != 1)
			fail("write");
		for (;;)
			pause();
	}
	close(ready[1]);
	if (read(ready[0], &byte, 1) == 1)
		return child;
	if (waitpid(child, &status, 0) != child || !WIFEXITED(status))
		fail("the child");
	exit(WEXITSTATUS(status));
}

static void call(const struct copy *c, struct iovec *remote, size_t nr_remote)
{
	size_t bytes = c->pages * page_bytes();
	struct iovec local = { .iov_base = c->local, .iov_len = bytes };
	ssize_t n = c->write ? process_vm_writev(c->child, &local, 1, remote, nr_remote, 0)
			     : process_vm_readv(c->child, &local, 1, remote, nr_remote, 0);

	if (n < 0 && errno == ENOSYS)
		quit(EXIT_SKIP, "no process_vm_readv here");
	if (n < 0)
		fail(c->write ? "process_vm_writev" : "process_vm_readv");
	if ((size_t)n != bytes)
		quit(EXIT_FAILURE, "%zd of %zu bytes copied", n, bytes);
}

/* A page of the child begins with its number, counted from 1. */
static void compare(const struct copy *c)
{
	for (size_t i = 0; i < c->pages; i++) {
		unsigned long got = *(unsigned long *)(c->local + i * page_bytes());
		unsigned long want = i * stride(c) / page_bytes() + 1;

		if (got != want)
			quit(EXIT_FAILURE, "page %zu holds %lu, not %lu", i, got, want);
	}
}

/* As often as asked for, or for so long. */
static void call_often(const struct copy *c, struct iovec *remote, size_t nr_remote)
{
	time_t end = c->seconds ? time(NULL) + c->seconds : 0;

	do {
		for (unsigned long i = 0; i < c->calls; i++)
			call(c, remote, nr_remote);
	} while (time(NULL) < end);
}

static int copy(struct copy *c)
{
	size_t bytes = c->pages * stride(c), nr = c->scattered ? c->pages : 1;
	struct iovec *remote = calloc(nr, sizeof(*remote));

	if (!remote)
		fail("calloc");
	c->remote = reserve(bytes, c->backing);
	c->local = allocate(c->pages * page_bytes(), BACKING_SMALL);
	c->child = start_child(c, bytes);
	for (size_t i = 0; i < nr; i++) {
		remote[i].iov_base = c->remote + i * stride(c);
		remote[i].iov_len = c->scattered ? page_bytes() : c->pages * page_bytes();
	}
	/* what is written is what was read, so that it can be compared again */
	call_often(c, remote, nr);
	if (!c->write)
		compare(c);
	if (kill(c->child, SIGKILL) || waitpid(c->child, NULL, 0) != c->child)
		fail("the child");
	free(remote);
	return 0;
}

int main(int argc, char **argv)
{
	struct copy c = { .pages = 16, .calls = 10 };
	int opt;

	while ((opt = getopt(argc, argv, "c:t:n:b:xw")) != -1) {
		if (opt == 'c')
			c.calls = number(optarg);
		else if (opt == 't')
			c.seconds = number(optarg);
		else if (opt == 'n')
			c.pages = number(optarg);
		else if (opt == 'b')
			c.backing = backing(optarg);
		else if (opt == 'x')
			c.scattered = true;
		else if (opt == 'w')
			c.write = true;
		else
			return 2;
	}
	if (optind != argc || !c.pages || c.pages > 512)
		quit(2,
		     "usage: [-c CALLS] [-t SECONDS] [-n PAGES (1-512)] [-b small|thp|hugetlb] [-x] [-w]");
	return copy(&c);
}
