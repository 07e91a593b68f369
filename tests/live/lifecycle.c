// SPDX-License-Identifier: GPL-2.0
/*
 * What may happen to memory, and to who owns it, while an io_uring has it pinned. Each name of the
 * table below registers a buffer, lets it happen, and checks that it did:
 *
 *   fork, thread, munmap, mremap, split, migrate, offline    and then unregisters
 *   exec-release, exec-keep    becomes another program, which inherits the ring: its address space
 * is another one, the task the same; releases at once, or stays pass-release, pass-keep    another
 * process takes the ring's file, and the one that registered is killed; the other closes it, or
 * stays
 */
#include <getopt.h>
#include <liburing.h>
#include <linux/kernel-page-flags.h>
#include <linux/mempolicy.h>
#include <pthread.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include "live.h"

struct held {
	size_t pages, bytes;
	char *at;
	struct io_uring ring;
	const char *pid_file;
};

static void hold(struct held *h, enum backing b)
{
	struct iovec iov;
	int err;

	h->bytes = h->pages * page_bytes();
	h->at = allocate(h->bytes, b);
	iov = (struct iovec){ h->at, h->bytes };
	err = io_uring_queue_init(8, &h->ring, 0);
	if (err == -ENOSYS || err == -EPERM)
		quit(EXIT_SKIP, "no io_uring here: %s", strerror(-err));
	if (err)
		quit(EXIT_FAILURE, "io_uring_queue_init: %s", strerror(-err));
	err = io_uring_register_buffers(&h->ring, &iov, 1);
	if (err)
		quit(EXIT_FAILURE, "io_uring_register_buffers: %s", strerror(-err));
}

static int let_go(struct held *h)
{
	int err = io_uring_unregister_buffers(&h->ring);

	if (err)
		quit(EXIT_FAILURE, "io_uring_unregister_buffers: %s", strerror(-err));
	io_uring_queue_exit(&h->ring);
	return 0;
}

/* The child gets copies of pinned pages, not the pages, and no pins. */
static int by_fork(struct held *h)
{
	int status;
	pid_t child;

	hold(h, BACKING_SMALL);
	child = fork();
	if (child < 0)
		fail("fork");
	if (child == 0) {
		memset(h->at, 0xff, h->bytes);
		_exit(0);
	}
	if (waitpid(child, &status, 0) != child || status)
		quit(EXIT_FAILURE, "the child failed");
	if (h->at[0] == (char)0xff)
		quit(EXIT_FAILURE, "the child wrote to our page");
	return let_go(h);
}

static void *hold_in_thread(void *h)
{
	hold(h, BACKING_SMALL);
	return NULL;
}

/* The task that pinned is gone, its process and its memory are not. */
static int by_thread(struct held *h)
{
	pthread_t holder;

	errno = pthread_create(&holder, NULL, hold_in_thread, h);
	if (!errno)
		errno = pthread_join(holder, NULL);
	if (errno)
		fail("a thread");
	return let_go(h);
}

static int by_munmap(struct held *h)
{
	hold(h, BACKING_SMALL);
	if (munmap(h->at, h->bytes))
		fail("munmap");
	return let_go(h);
}

static int by_mremap(struct held *h)
{
	char *to;

	hold(h, BACKING_SMALL);
	to = map_aligned(h->bytes);
	if (mremap(h->at, h->bytes, h->bytes, MREMAP_MAYMOVE | MREMAP_FIXED, to) != to)
		fail("mremap");
	return let_go(h);
}

static void write_to(const char *path, const char *text)
{
	FILE *f = fopen(path, "w");

	if (!f)
		fail(path);
	fputs(text, f);
	/* that the kernel refuses is what some of the attempts are about */
	fclose(f);
}

/* An entry of one of /proc's arrays of 64-bit words. */
static unsigned long word_of(const char *path, unsigned long index)
{
	unsigned long word = 0;
	FILE *f = fopen(path, "r");

	if (!f || fseek(f, index * sizeof(word), SEEK_SET) || fread(&word, sizeof(word), 1, f) != 1)
		fail(path);
	fclose(f);
	return word;
}

static unsigned long frame_of(const void *at)
{
	return word_of("/proc/self/pagemap", (unsigned long)at / page_bytes()) & ((1ul << 55) - 1);
}

/* Of the second page of a whole huge one. */
static bool is_tail(unsigned long frame)
{
	return word_of("/proc/kpageflags", frame) >> KPF_COMPOUND_TAIL & 1;
}

/*
 * The mapping can be split, the folio cannot while it is pinned: the kernel's own way to ask for it
 * splits the same folio when it no longer is.
 */
static int by_split(struct held *h)
{
	unsigned long second;
	char range[100];

	hold(h, BACKING_THP);
	second = frame_of(h->at + page_bytes());
	if (mprotect(h->at, h->bytes / 2, PROT_READ))
		fail("mprotect");
	if (thp_bytes(h->at))
		quit(EXIT_FAILURE, "the mapping is not split");
	snprintf(range, sizeof(range), "%d,0x%lx,0x%lx", getpid(), (long)h->at,
		 (long)(h->at + h->bytes));
	write_to("/sys/kernel/debug/split_huge_pages", range);
	if (!is_tail(second))
		quit(EXIT_FAILURE, "a pinned folio was split");
	let_go(h);
	write_to("/sys/kernel/debug/split_huge_pages", range);
	if (is_tail(second))
		quit(EXIT_FAILURE, "the folio is not split either when it is not pinned");
	return 0;
}

/* Asks for the page to be on the node; the node that it is on then, or -errno. */
static int move_page(void *at, int node)
{
	int status = -1;

	if (syscall(SYS_move_pages, 0, 1ul, &at, &node, &status, MPOL_MF_MOVE) < 0)
		fail("move_pages");
	return status;
}

static int node_of(void *at)
{
	int status = -1;

	if (syscall(SYS_move_pages, 0, 1ul, &at, NULL, &status, 0))
		fail("move_pages");
	return status;
}

/* A page that is pinned stays; the same page moves when it no longer is, so the attempt was one. */
static int by_migrate(struct held *h)
{
	int from, to;

	if (access("/sys/devices/system/node/node1", F_OK))
		quit(EXIT_SKIP, "one memory node only");
	hold(h, BACKING_SMALL);
	from = node_of(h->at);
	to = !from;
	move_page(h->at, to);
	write_to("/proc/sys/vm/compact_memory", "1");
	if (node_of(h->at) != from)
		quit(EXIT_FAILURE, "a pinned page moved from node %d", from);
	let_go(h);
	move_page(h->at, to);
	if (node_of(h->at) != to)
		quit(EXIT_FAILURE, "the page does not move either when it is not pinned");
	return 0;
}

static unsigned long block_bytes(void)
{
	FILE *f = fopen("/sys/devices/system/memory/block_size_bytes", "r");
	unsigned long bytes = 0;

	if (!f || fscanf(f, "%lx", &bytes) != 1 || !bytes)
		quit(EXIT_SKIP, "no memory hotplug on this kernel");
	fclose(f);
	return bytes;
}

/* The kernel tries until it is told to stop; a child that is killed after a second does that. */
static int by_offline(struct held *h)
{
	char path[100];
	int status;
	pid_t child;

	hold(h, BACKING_SMALL);
	snprintf(path, sizeof(path), "/sys/devices/system/memory/memory%lu/state",
		 frame_of(h->at) * page_bytes() / block_bytes());
	child = fork();
	if (child < 0)
		fail("fork");
	if (child == 0) {
		int fd = open(path, O_WRONLY);

		if (fd < 0)
			fail(path);
		_exit(write(fd, "offline", 7) == 7 ? 2 : 0);
	}
	sleep(1);
	kill(child, SIGKILL);
	if (waitpid(child, &status, 0) != child)
		fail("waitpid");
	if (WIFEXITED(status) && WEXITSTATUS(status))
		quit(EXIT_FAILURE, "%s",
		     WEXITSTATUS(status) == 2 ? "the memory of a pinned page went offline"
					      : "offlining was not tried");
	return let_go(h);
}

/* Stays with what it holds, out of the command's sight, when `ready` has been told. */
__attribute__((noreturn)) static void stay(const char *name, const char *pid_file, int ready)
{
	if (prctl(PR_SET_NAME, name))
		fail("prctl");
	write_pid(pid_file);
	detach();
	if (write(ready, "r", 1) != 1)
		fail("write");
	close(ready);
	pause();
	exit(EXIT_SUCCESS);
}

/* In the new program: `ready` and the ring's file are inherited. */
static int after_exec(const char *pid_file, const char *ready)
{
	stay("exec-heir", pid_file, number(ready));
}

static void inherit(int fd)
{
	if (fcntl(fd, F_SETFD, 0))
		fail("fcntl");
}

static void exec_self(const char *first, const char *second, const char *third)
{
	execl("/proc/self/exe", "lifecycle", first, second, third, NULL);
	fail("exec");
}

static int by_exec_release(struct held *h)
{
	hold(h, BACKING_SMALL);
	inherit(h->ring.ring_fd);
	exec_self("nothing", NULL, NULL);
	return 1;
}

static int wait_ready(int ready)
{
	char byte;

	if (read(ready, &byte, 1) != 1)
		quit(EXIT_FAILURE, "who was to stay did not");
	return 0;
}

static int by_exec_keep(struct held *h)
{
	int ready[2];
	char text[20];
	pid_t child;

	if (pipe(ready) || (child = fork()) < 0)
		fail("fork");
	if (child == 0) {
		prctl(PR_SET_NAME, "exec-keeper");
		hold(h, BACKING_SMALL);
		inherit(h->ring.ring_fd);
		snprintf(text, sizeof(text), "%d", ready[1]);
		exec_self("after-exec", h->pid_file, text);
	}
	close(ready[1]);
	return wait_ready(ready[0]);
}

/*
 * A child registers and waits; we take its ring's file, and it is gone with its memory. By
 * pidfd_getfd(): sockets carry no rings any more (69db702c8387 ("io_uring/af_unix: disable sending
 * io_uring over sockets"), v6.7 and in the stable 6.1).
 */
static int take_over(struct held *h)
{
	int ready[2], fd, process;
	pid_t child;

	if (pipe(ready) || (child = fork()) < 0)
		fail("fork");
	if (child == 0) {
		prctl(PR_SET_NAME, "ring-giver");
		hold(h, BACKING_SMALL);
		if (write(ready[1], &h->ring.ring_fd, sizeof(int)) != sizeof(int))
			fail("write");
		pause();
		_exit(0);
	}
	close(ready[1]);
	if (read(ready[0], &fd, sizeof(fd)) != sizeof(fd))
		quit(EXIT_FAILURE, "the child failed");
	process = syscall(SYS_pidfd_open, child, 0);
	fd = syscall(SYS_pidfd_getfd, process, fd, 0);
	if (process < 0 || fd < 0)
		fail("pidfd_getfd");
	kill(child, SIGKILL);
	if (waitpid(child, NULL, 0) != child)
		fail("waitpid");
	close(process);
	return fd;
}

static int by_pass_release(struct held *h)
{
	return close(take_over(h));
}

static int by_pass_keep(struct held *h)
{
	int ready[2];
	pid_t child;

	if (pipe(ready) || (child = fork()) < 0)
		fail("fork");
	if (child == 0) {
		take_over(h);
		stay("ring-taker", h->pid_file, ready[1]);
	}
	close(ready[1]);
	return wait_ready(ready[0]);
}

static const struct {
	const char *name;
	int (*run)(struct held *h);
} events[] = {
	{ "fork", by_fork },	       { "thread", by_thread },
	{ "munmap", by_munmap },       { "mremap", by_mremap },
	{ "split", by_split },	       { "migrate", by_migrate },
	{ "offline", by_offline },     { "exec-release", by_exec_release },
	{ "exec-keep", by_exec_keep }, { "pass-release", by_pass_release },
	{ "pass-keep", by_pass_keep },
};

int main(int argc, char **argv)
{
	struct held h = { .pages = 16 };
	int opt;

	if (argc == 4 && !strcmp(argv[1], "after-exec"))
		return after_exec(argv[2], argv[3]);
	if (argc == 2 && !strcmp(argv[1], "nothing"))
		return 0;
	while ((opt = getopt(argc, argv, "n:p:")) != -1) {
		if (opt == 'n')
			h.pages = number(optarg);
		else if (opt == 'p')
			h.pid_file = optarg;
		else
			return 2;
	}
	for (size_t i = 0; optind + 1 == argc && i < sizeof(events) / sizeof(*events); i++)
		if (!strcmp(events[i].name, argv[optind]))
			return events[i].run(&h);
	quit(2, "usage: [-n PAGES] [-p PIDFILE] EVENT (see the source)");
}
