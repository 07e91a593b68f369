/* SPDX-License-Identifier: GPL-2.0 */
/* What the users of long-term pins share: memory by name, and the time that it is held. */
#ifndef PINACCT_LONGTERM_H
#define PINACCT_LONGTERM_H

#include <getopt.h>
#include "live.h"

#define HELD_PAGES 16

/*
 * "anon", "shmem", "hugetlb" (private), "hugetlb-shared" (a memfd of huge pages), or the path of a
 * file that is made and mapped shared. Written to.
 */
static inline void *memory(const char *what, size_t *bytes)
{
	int flags = MAP_SHARED, fd = -1;
	void *at;

	*bytes = HELD_PAGES * page_bytes();
	if (!strncmp(what, "hugetlb", 7))
		*bytes = HUGE_BYTES;
	if (!strcmp(what, "anon"))
		return allocate(*bytes, BACKING_SMALL);
	if (!strcmp(what, "shmem"))
		fd = memfd_create("longterm", MFD_CLOEXEC);
	else if (!strcmp(what, "hugetlb-shared"))
		fd = memfd_create("longterm", MFD_CLOEXEC | MFD_HUGETLB);
	else if (!strcmp(what, "hugetlb"))
		flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_HUGETLB;
	else
		fd = open(what, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (fd < 0 && flags == MAP_SHARED)
		fail(what);
	if (fd >= 0 && ftruncate(fd, *bytes))
		fail("ftruncate");
	at = mmap(NULL, *bytes, PROT_READ | PROT_WRITE, flags, fd, 0);
	if (at == MAP_FAILED)
		quit(EXIT_SKIP, "no memory of %s: %s", what, strerror(errno));
	touch(at, *bytes, BACKING_SMALL);
	return at;
}

/* Says how many pages are held, and holds them. The text fits a pipe: a reader may wait for it. */
static inline void held(size_t bytes, unsigned seconds)
{
	printf("%zu\n", (bytes + page_bytes() - 1) / page_bytes());
	fflush(stdout);
	sleep(seconds);
}

/* One way to pin: `on` is memory, a device, ... */
struct user {
	const char *name;
	void (*hold)(const char *on, unsigned seconds);
};

/* [-s SECONDS] NAME ON */
static inline int run_user(const struct user *users, size_t cnt, int argc, char **argv)
{
	unsigned seconds = 0;

	if (getopt(argc, argv, "+s:") == 's')
		seconds = number(optarg);
	for (size_t i = 0; optind + 2 == argc && i < cnt; i++) {
		if (strcmp(users[i].name, argv[optind]))
			continue;
		users[i].hold(argv[optind + 1], seconds);
		return 0;
	}
	quit(2, "usage: [-s SECONDS] NAME MEMORY|DEVICE; see the table");
}

#endif
