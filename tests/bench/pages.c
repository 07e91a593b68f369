// SPDX-License-Identifier: GPL-2.0
/*
 * What each further page of one call costs, pin and unpin apart. Applications cannot have this from
 * the kernel: io_uring releases a page a call, or lets go of pages of a folio while it registers
 * them. So the calls are made by the module that commits faults for the tests (tests/pinfault),
 * without one: pin_user_pages_fast(), unpin_user_pages(). What the module itself costs is the same
 * with and without anything attached.
 */
#include <sys/ioctl.h>
#include "../pinfault/pinfault.h"
#include "bench.h"

static int device = -1;

static unsigned long pin_ns(struct pinfault_acquire *a)
{
	unsigned long start = now_ns();

	if (ioctl(device, PINFAULT_ACQUIRE, a) || a->got != a->pages)
		fail("pin");
	return now_ns() - start;
}

static unsigned long unpin_ns(struct pinfault_release *r)
{
	unsigned long start = now_ns();

	if (ioctl(device, PINFAULT_RELEASE, r))
		fail("unpin");
	return now_ns() - start;
}

static void do_pages(unsigned long pages, const char *kind, void *at)
{
	unsigned long pin = ~0ul, unpin = ~0ul;
	char name[64];

	for (unsigned i = 0; i < rounds_for(pages); i++) {
		struct pinfault_acquire a = {
			.address = (unsigned long)at,
			.pages = pages,
			.how = PINFAULT_FAST,
			.flags = PINFAULT_WRITE,
		};
		struct pinfault_release r = { .how = PINFAULT_PAGES, .count = pages };

		keep_least(&pin, pin_ns(&a));
		r.id = a.id;
		keep_least(&unpin, unpin_ns(&r));
		if (ioctl(device, PINFAULT_MEND) !=
		    0) /* frees what it remembers; nothing was left */
			quit(EXIT_FAILURE, "the module had something to mend");
		give_way(pages);
	}
	snprintf(name, sizeof(name), "pin-%lu-%s", pages, kind);
	print_cost(name, pin);
	snprintf(name, sizeof(name), "unpin-%lu-%s", pages, kind);
	print_cost(name, unpin);
}

int main(int argc, char **argv)
{
	unsigned long most = argc > 1 ? number(argv[argc - 1]) : 0;

	if (!most)
		quit(2, "usage: PAGES...: calls of so many pages, the last of most");
	device = open("/dev/" PINFAULT_DEVICE, O_RDWR | O_CLOEXEC);
	if (device < 0)
		fail("/dev/" PINFAULT_DEVICE);
	be_alone();
	for (int contiguous = 1; contiguous >= 0; contiguous--) {
		void *at = pages_of(most, contiguous);

		for (int i = 1; i < argc; i++)
			do_pages(number(argv[i]), contiguous ? "huge" : "scattered", at);
		munmap(at, most * page_bytes());
	}
	return 0;
}
