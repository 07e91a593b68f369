// SPDX-License-Identifier: GPL-2.0
/*
 * Holds pins without FOLL_LONGTERM for -s seconds. process_vm_readv() pins -n pages of the source
 * (here our own memory) and then copies to the destination, and the destination's pages are
 * missing: the copy waits in a page fault until a userfaultfd thread, which takes its time, gives
 * them. No device and no module is needed, and it works the same on every kernel.
 *
 * With -f the source is a shared mapping of a file, dirty, and while its pages are pinned the file
 * is written back.
 */
#include <fcntl.h>
#include <getopt.h>
#include <linux/userfaultfd.h>
#include <pthread.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include "live.h"

struct hold {
	int uffd;
	char *target;
	size_t bytes;
	unsigned seconds;
	int fd; /* of -f; -1 = none */
};

/* The first fault waits for everyone; all pages are given at once. */
static void *give_late(void *arg)
{
	const struct hold *h = arg;
	struct uffdio_zeropage zero = {
		.range = { .start = (unsigned long)h->target, .len = h->bytes },
	};
	struct uffd_msg msg;

	if (read(h->uffd, &msg, sizeof(msg)) != sizeof(msg) || msg.event != UFFD_EVENT_PAGEFAULT)
		quit(EXIT_FAILURE, "no page fault arrived");
	if (h->fd >= 0 && fsync(h->fd))
		fail("fsync");
	sleep(h->seconds);
	if (ioctl(h->uffd, UFFDIO_ZEROPAGE, &zero))
		fail("UFFDIO_ZEROPAGE");
	return NULL;
}

static void guard_target(struct hold *h)
{
	struct uffdio_api api = { .api = UFFD_API };
	struct uffdio_register reg = { .mode = UFFDIO_REGISTER_MODE_MISSING };

	h->uffd = syscall(SYS_userfaultfd, O_CLOEXEC);
	if (h->uffd < 0)
		quit(EXIT_SKIP, "no userfaultfd here: %s", strerror(errno));
	if (ioctl(h->uffd, UFFDIO_API, &api))
		fail("UFFDIO_API");
	h->target = reserve(h->bytes, BACKING_SMALL);
	reg.range.start = (unsigned long)h->target;
	reg.range.len = h->bytes;
	if (ioctl(h->uffd, UFFDIO_REGISTER, &reg))
		fail("UFFDIO_REGISTER");
}

static void *map_file(const struct hold *h)
{
	void *at;

	if (ftruncate(h->fd, h->bytes))
		fail("ftruncate");
	at = mmap(NULL, h->bytes, PROT_READ | PROT_WRITE, MAP_SHARED, h->fd, 0);
	if (at == MAP_FAILED)
		fail("mmap of the file");
	touch(at, h->bytes, BACKING_SMALL);
	return at;
}

static int hold(struct hold *h, enum backing b)
{
	struct iovec source = { .iov_base = h->fd >= 0 ? map_file(h) : allocate(h->bytes, b),
				.iov_len = h->bytes };
	struct iovec target;
	pthread_t giver;
	ssize_t n;

	guard_target(h);
	errno = pthread_create(&giver, NULL, give_late, h);
	if (errno)
		fail("pthread_create");
	target = (struct iovec){ .iov_base = h->target, .iov_len = h->bytes };
	n = process_vm_readv(getpid(), &target, 1, &source, 1, 0);
	if (n < 0)
		fail("process_vm_readv");
	if ((size_t)n != h->bytes || memcmp(source.iov_base, h->target, h->bytes))
		quit(EXIT_FAILURE, "%zd of %zu bytes copied, or others", n, h->bytes);
	errno = pthread_join(giver, NULL);
	return errno ? EXIT_FAILURE : 0;
}

int main(int argc, char **argv)
{
	struct hold h = { .bytes = 16 * page_bytes(), .seconds = 2, .fd = -1 };
	enum backing b = BACKING_SMALL;
	int opt;

	while ((opt = getopt(argc, argv, "n:b:s:f:")) != -1) {
		if (opt == 'n')
			h.bytes = number(optarg) * page_bytes();
		else if (opt == 'b')
			b = backing(optarg);
		else if (opt == 's')
			h.seconds = number(optarg);
		else if (opt == 'f')
			h.fd = open(optarg, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
		else
			return 2;
		if (opt == 'f' && h.fd < 0)
			fail(optarg);
	}
	/* more than 1024 pages would be pinned in several steps, of which one waits */
	if (optind != argc || !h.bytes || h.bytes > 1024 * page_bytes())
		quit(2, "usage: [-n PAGES (1-1024)] [-b small|thp|hugetlb] [-s SECONDS] [-f FILE]");
	return hold(&h, b);
}
