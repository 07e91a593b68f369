// SPDX-License-Identifier: GPL-2.0
/*
 * Commits one fault on pages of one kind by means of the module pinfault; `--list` names them.
 *
 * Exits with 0 when the fault is committed and shows on the page, 77 when this kernel cannot
 * express it, 1 when something else went wrong. What a fault leaves behind stays until `pinctl
 * mend`.
 */
#include <fcntl.h>
#include <getopt.h>
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <time.h>
#include "../live/live.h"
#include "pinctl.h"

struct fault {
	const char *name;
	void (*commit)(struct job *j);
	unsigned how;	/* of the acquisition */
	unsigned flags; /* and its PINFAULT_* */
	unsigned back;	/* how it is released */
	unsigned where;
	const char *does;
};

/* Committing: each ends with the fault in place. */
static void commit_nothing(struct job *j)
{
	acquire(j);
}

static void commit_release(struct job *j)
{
	unsigned id = acquire(j);

	release(j, id, 0, j->got);
}

static void commit_twice(struct job *j)
{
	unsigned id = acquire(j);

	release(j, id, 0, j->got);
	release(j, id, 0, j->got);
}

static void commit_partial(struct job *j)
{
	unsigned id = acquire(j);

	if (j->part >= j->got)
		quit(2, "a part is less than the whole: %lu of %lu pages", j->part, j->got);
	release(j, id, 0, j->part);
}

static void commit_held(struct job *j)
{
	unsigned id = acquire(j);
	struct timespec hold = { j->hold_ms / 1000, j->hold_ms % 1000 * 1000000l };

	nanosleep(&hold, NULL);
	release(j, id, 0, j->got);
}

/* Another task releases: it has inherited the device, and names the batch. */
static void commit_cross(struct job *j)
{
	unsigned id = acquire(j);
	int status;
	pid_t child = fork();

	if (child < 0)
		fail("fork");
	if (child == 0) {
		release(j, id, 0, j->got);
		_exit(0);
	}
	if (waitpid(child, &status, 0) != child || status)
		quit(EXIT_FAILURE, "the releasing child failed");
}

/*
 * On the processor that the timer interrupts: pins and releases of a page, of which nothing but the
 * call costs time.
 */
__attribute__((noreturn)) static void copy_bytes(void)
{
	char from = 1, to;
	struct iovec local = { &to, 1 }, remote = { &from, 1 };

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	while (process_vm_readv(getpid(), &local, 1, &remote, 1, 0) == 1)
		;
	_exit(1);
}

/* Interrupts release while a task on their processor is in the same function, over and over. */
static void commit_interrupted(struct job *j)
{
	unsigned id = acquire(j);
	cpu_set_t here;
	pid_t child;

	CPU_ZERO(&here);
	CPU_SET(sched_getcpu(), &here);
	if (sched_setaffinity(0, sizeof(here), &here))
		fail("sched_setaffinity");
	child = fork();
	if (child < 0)
		fail("fork");
	if (child == 0)
		copy_bytes();
	release(j, id, 0, j->got);
	if (kill(child, SIGKILL) || waitpid(child, NULL, 0) != child)
		fail("the copying child");
}

/* The pages' memory goes while their pins are open; nothing else refers to them then. */
static void commit_free(struct job *j)
{
	unsigned id = acquire(j);

	release(j, id, 0, j->got);
	if (munmap(j->at, j->bytes))
		fail("munmap");
}

/* Two acquisitions of the same pages; the first release covers one and a part of the other. */
static void commit_straddle(struct job *j)
{
	unsigned first = acquire(j), second = acquire(j);
	unsigned long part = j->got - j->got / 2;

	release_both(j, first, second, j->got + part);
	if (part < j->got)
		release(j, second, part, j->got - part);
}

static void commit_straddle_short(struct job *j)
{
	unsigned first = acquire(j), second = acquire(j);

	if (j->part >= j->got)
		quit(2, "a part is less than the whole: %lu of %lu pages", j->part, j->got);
	release_both(j, first, second, j->got + j->part);
}

/* Writes through the mapping, and has the file system write it back while the pins are open. */
static void commit_writeback(struct job *j)
{
	unsigned id = acquire(j);

	memset(j->at, 0x5a, j->pages * page_bytes());
	if (msync(j->at, j->pages * page_bytes(), MS_SYNC))
		fail("msync");
	release(j, id, 0, j->got);
}

#define W    PINFAULT_WRITE
#define L    PINFAULT_LONGTERM
#define K    PINFAULT_KEEP
#define KL   PINFAULT_KEEP_LARGE
#define SP   PINFAULT_SPARE
#define NONE PINFAULT_RELEASE_CNT

static const struct fault faults[] = {
	{ "leak", commit_nothing, PINFAULT_FAST, W, NONE, 0, "pin, no release" },
	{ "leak-longterm", commit_nothing, PINFAULT_FAST, L, NONE, 0,
	  "the same with FOLL_LONGTERM" },
	{ "leak-memfd", commit_nothing, PINFAULT_MEMFD, 0, NONE, 0,
	  "memfd_pin_folios(), no release" },
	{ "partial-release", commit_partial, PINFAULT_FAST, W, PINFAULT_PAGES, 0,
	  "pin all, unpin the first --part" },
	{ "get-unpin", commit_release, PINFAULT_GET, W | KL, PINFAULT_PAGE, 0,
	  "get_user_pages_fast(), then unpin_user_page()" },
	{ "pin-put", commit_release, PINFAULT_FAST, W | KL, PINFAULT_PUT, 0,
	  "pin, then put_page()" },
	{ "double-unpin", commit_twice, PINFAULT_FAST, W | KL | SP, PINFAULT_PAGES, 0,
	  "pin once, unpin twice" },
	{ "free-pinned", commit_free, PINFAULT_FAST, W, PINFAULT_PUT_PIN, 0,
	  "pin, put_page() what the pin held, unmap: freed with the pin open" },
	{ "steal-pin", commit_release, PINFAULT_FAST, W | K, PINFAULT_PUT_PIN, 0,
	  "pin, put_page() what the pin held; the page stays" },
	{ "held-short", commit_held, PINFAULT_FAST, W, PINFAULT_PAGES, 0,
	  "pin without FOLL_LONGTERM, held for --hold" },
	{ "held-long", commit_held, PINFAULT_FAST, L, PINFAULT_PAGES, 0,
	  "pin with FOLL_LONGTERM, held for --hold" },
	{ "longterm-file", commit_release, PINFAULT_FAST, L, PINFAULT_PAGES, 0,
	  "FOLL_LONGTERM pin of a shared file mapping, released" },
	{ "writeback", commit_writeback, PINFAULT_FAST, W, PINFAULT_DIRTY, 0,
	  "pin pages of a file, dirty them, msync(), release" },
	{ "straddle-short", commit_straddle_short, PINFAULT_FAST, W, PINFAULT_FOLIO, 0,
	  "pin twice; release by folio and count all of one and --part of the other" },
	/* what is no fault */
	{ "cross-task", commit_cross, PINFAULT_FAST, W, PINFAULT_PAGES, PINFAULT_HERE,
	  "clean: another task releases" },
	{ "kworker", commit_release, PINFAULT_FAST, W, PINFAULT_PAGES, PINFAULT_KWORKER,
	  "clean: a kworker releases" },
	{ "hardirq", commit_release, PINFAULT_FAST, W, PINFAULT_PAGE, PINFAULT_HARDIRQ,
	  "clean: an interrupt releases" },
	{ "interrupted", commit_interrupted, PINFAULT_FAST, W, PINFAULT_PAGES, PINFAULT_TIMER,
	  "clean: interrupts release, a page each, while a task on their CPU is in the same function" },
	{ "straddle", commit_straddle, PINFAULT_FAST, W, PINFAULT_FOLIO, 0,
	  "clean: pin twice; folio-and-count releases that straddle the two" },
	{ "clean-page", commit_release, PINFAULT_FAST, W, PINFAULT_PAGE, 0,
	  "clean: pin_user_pages_fast(), unpin_user_page()" },
	{ "clean-pages", commit_release, PINFAULT_LOCKED, W, PINFAULT_PAGES, 0,
	  "clean: pin_user_pages(), unpin_user_pages()" },
	{ "clean-dirty", commit_release, PINFAULT_REMOTE, W, PINFAULT_DIRTY, 0,
	  "clean: pin_user_pages_remote(), unpin_user_pages_dirty_lock()" },
	{ "clean-range", commit_release, PINFAULT_UNLOCKED, W, PINFAULT_RANGE, 0,
	  "clean: pin_user_pages_unlocked(), unpin_user_page_range_dirty_lock()" },
	{ "clean-folio", commit_release, PINFAULT_FAST, W, PINFAULT_FOLIO, 0,
	  "clean: pin_user_pages_fast(), unpin_user_folio()" },
	{ "clean-memfd", commit_release, PINFAULT_MEMFD, 0, PINFAULT_FOLIOS, 0,
	  "clean: memfd_pin_folios(), unpin_folios()" },
	{ "clean-get", commit_release, PINFAULT_GET, W, PINFAULT_PUT, 0,
	  "clean: get_user_pages_fast(), put_page()" },
};

static const struct fault *find_fault(const char *name)
{
	for (size_t i = 0; i < sizeof(faults) / sizeof(*faults); i++)
		if (!strcmp(faults[i].name, name))
			return &faults[i];
	quit(2, "no fault '%s' (--list names them)", name);
}

static void list_faults(void)
{
	for (size_t i = 0; i < sizeof(faults) / sizeof(*faults); i++)
		printf("%-16s %s\n", faults[i].name, faults[i].does);
}

static void usage(FILE *to)
{
	fprintf(to,
		"usage: pinctl FAULT [--kind anon|thp|hugetlb|shmem|file=PATH|zero] [-n PAGES]\n"
		"              [--part PAGES] [--hold MS] [--as COMM] [--stay PIDFILE] [--verbose]\n"
		"       pinctl mend      gives back what faults left\n"
		"       pinctl --list    names the faults\n"
		"--stay: a child that lives on commits the fault; its memory is not gone with the command\n");
}

static void run(struct job *j, const struct fault *f)
{
	make_pages(j);
	f->commit(j);
}

/* The child's own word and status become ours; it stays when it has committed. */
static void stay(struct job *j, const struct fault *f)
{
	int ready[2], status;
	char byte;
	pid_t child;

	if (pipe(ready) || (child = fork()) < 0)
		fail("fork");
	if (child == 0) {
		run(j, f);
		write_pid(j->pid_file);
		detach();
		if (write(ready[1], "r", 1) != 1)
			fail("write");
		close(ready[1]);
		pause();
		_exit(0);
	}
	close(ready[1]);
	if (read(ready[0], &byte, 1) == 1)
		return;
	if (waitpid(child, &status, 0) == child && WIFEXITED(status) && WEXITSTATUS(status))
		exit(WEXITSTATUS(status));
	quit(EXIT_FAILURE, "the child failed");
}

static void parse(struct job *j, int argc, char **argv)
{
	static const struct option options[] = {
		{ "kind", 1, NULL, 'k' }, { "part", 1, NULL, 'p' }, { "hold", 1, NULL, 'h' },
		{ "as", 1, NULL, 'a' },	  { "stay", 1, NULL, 's' }, { "verbose", 0, NULL, 'v' },
		{ "list", 0, NULL, 'l' }, { "help", 0, NULL, '?' }, { 0 },
	};
	int opt;

	while ((opt = getopt_long(argc, argv, "k:n:v", options, NULL)) != -1) {
		if (opt == 'k')
			j->kind = optarg;
		else if (opt == 'n')
			j->pages = number(optarg);
		else if (opt == 'p')
			j->part = number(optarg);
		else if (opt == 'h')
			j->hold_ms = number(optarg);
		else if (opt == 'a')
			j->comm = optarg;
		else if (opt == 's')
			j->pid_file = optarg;
		else if (opt == 'v')
			j->verbose = true;
		else if (opt == 'l')
			exit((list_faults(), 0));
		else
			exit((usage(stderr), 2));
	}
}

int main(int argc, char **argv)
{
	struct job j = { .kind = "anon", .pages = 1, .part = 1, .hold_ms = 1000 };
	const struct fault *f;

	parse(&j, argc, argv);
	if (optind + 1 != argc)
		return usage(stderr), 2;
	open_device();
	if (!strcmp(argv[optind], "mend")) {
		printf("%d mended\n", mend());
		return 0;
	}
	f = find_fault(argv[optind]);
	if (prctl(PR_SET_NAME, j.comm ? j.comm : f->name))
		fail("prctl");
	j.how = f->how;
	j.flags = f->flags;
	j.back = f->back;
	j.where = f->where;
	if (j.pid_file)
		stay(&j, f);
	else
		run(&j, f);
	return 0;
}
