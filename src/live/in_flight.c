// SPDX-License-Identifier: GPL-2.0
#include <stdio.h>
#include "kernel/disk_io.h"
#include "live/in_flight.h"

/* Pages are pinned before their I/O is handed to the device. */
#define SUBMIT_NS 100000000ull
/* Pages are released after their I/O is done: by a worker, when they must be made dirty. */
#define RELEASE_NS 1000000000ull
#define MINOR_BITS 20

/* Pages that go into a bio, or that an iterator of direct I/O gave. */
static bool is_io(const struct ledger_open *open)
{
	return open->bio || open->site->file.iter_kind != PIN_ITER_NONE;
}

static bool should_be_gone(const struct in_flight *f, const struct ledger_open *open)
{
	const struct ledger_holder *holder = open->site->holder;

	if (open->ts_ns > f->until_ns)
		return false;
	if (holder->mm_gone_ns)
		return true;
	return f->have_cmd && (holder->workload || open->site->flags & PIN_F_KTHREAD);
}

static struct in_flight_device *device(struct in_flight *f, u32 dev)
{
	for (size_t i = 0; i < f->nr; i++)
		if (f->devs[i].dev == dev)
			return &f->devs[i];
	if (f->nr == IN_FLIGHT_DEVS_MAX)
		return NULL;
	f->devs[f->nr] = (struct in_flight_device){ .dev = dev };
	return &f->devs[f->nr++];
}

static int count(const struct ledger_open *open, void *arg)
{
	struct in_flight *f = arg;
	struct in_flight_device *d;

	if (!is_io(open))
		return 0;
	d = device(f, open->site->file.dev);
	if (!d)
		return 0;
	d->pages += open->open_pages;
	if (should_be_gone(f, open))
		d->waited_for += open->open_pages;
	return 0;
}

u64 in_flight__look(struct in_flight *f, const struct ledger *l, u64 now_ns)
{
	u64 pages = 0;

	for (size_t i = 0; i < f->nr; i++)
		f->devs[i].pages = f->devs[i].waited_for = 0;
	ledger__for_each_open(l, count, f);
	for (size_t i = 0; i < f->nr; i++) {
		struct in_flight_device *d = &f->devs[i];

		d->busy = d->pages && disk_io__in_flight(d->dev);
		if (d->pages && !d->busy && d->idle_ns < f->until_ns)
			d->idle_ns = now_ns - SUBMIT_NS;
		if (d->idle_ns < f->until_ns || now_ns - d->idle_ns < RELEASE_NS)
			pages += d->waited_for;
	}
	return pages;
}

int in_flight__tell(const struct in_flight *f, struct capture *c)
{
	char name[32];
	int err = 0;

	for (size_t i = 0; i < f->nr && !err; i++) {
		const struct in_flight_device *d = &f->devs[i];

		if (!d->busy)
			continue;
		snprintf(name, sizeof(name), "%u:%u", d->dev >> MINOR_BITS,
			 d->dev & ((1u << MINOR_BITS) - 1));
		err = capture__mark(c, MARK_IN_FLIGHT, d->idle_ns, name);
	}
	return err;
}
