// SPDX-License-Identifier: GPL-2.0
/* pinctl's side of the module's device. */
#include <fcntl.h>
#include <sys/ioctl.h>
#include "../live/live.h"
#include "pinctl.h"

static int device = -1;

void open_device(void)
{
	device = open("/dev/" PINFAULT_DEVICE, O_RDWR | O_CLOEXEC);
	if (device < 0)
		quit(EXIT_FAILURE, "/dev/" PINFAULT_DEVICE ": %s (insmod pinfault.ko)",
		     strerror(errno));
}

/* What the first page shows now, for the eye. */
static void show(const struct job *j, unsigned id, const char *after)
{
	struct pinfault_look l = { .id = id };

	if (!j->verbose)
		return;
	if (ioctl(device, PINFAULT_LOOK, &l))
		fail("look");
	fprintf(stderr, "%s %s: pfn %#llx order %u refs %d pins %d; owed: refs %d pins %d\n",
		j->kind, after, (unsigned long long)l.pfn, l.order, l.refs, l.pins, l.owed_refs,
		l.owed_pins);
}

unsigned acquire(struct job *j)
{
	struct pinfault_acquire a = {
		.address = (unsigned long)j->at,
		.pages = j->pages,
		.fd = j->fd,
		.how = j->how,
		.flags = j->flags,
	};

	if (ioctl(device, PINFAULT_ACQUIRE, &a))
		quit(errno == EOPNOTSUPP ? EXIT_SKIP : EXIT_FAILURE, "cannot acquire %s pages: %s",
		     j->kind, strerror(errno));
	/* of a memfd it is folios, which may be fewer */
	if (j->how != PINFAULT_MEMFD && a.got != j->pages)
		quit(EXIT_FAILURE, "got %llu of %lu %s pages", (unsigned long long)a.got, j->pages,
		     j->kind);
	j->got = a.got;
	show(j, a.id, "acquired");
	return a.id;
}

static void ask_release(const struct job *j, struct pinfault_release *r)
{
	r->how = j->back;
	r->where = j->where;
	if (ioctl(device, PINFAULT_RELEASE, r))
		quit(errno == EOPNOTSUPP ? EXIT_SKIP : EXIT_FAILURE, "cannot release %s pages: %s",
		     j->kind, strerror(errno));
	show(j, r->id, "released");
}

void release(const struct job *j, unsigned id, unsigned long first, unsigned long count)
{
	struct pinfault_release r = { .id = id, .first = first, .count = count };

	ask_release(j, &r);
}

void release_both(const struct job *j, unsigned id, unsigned next, unsigned long count)
{
	struct pinfault_release r = { .id = id, .next = next, .count = count };

	ask_release(j, &r);
}

int mend(void)
{
	int mended = ioctl(device, PINFAULT_MEND);

	if (mended < 0)
		fail("mend");
	return mended;
}
