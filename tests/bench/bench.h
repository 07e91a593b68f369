/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the cost programs share: the clocks, the least of many rounds, memory whose frames are no
 * neighbours.
 */
#ifndef PINACCT_BENCH_H
#define PINACCT_BENCH_H

#include <sched.h>
#include <stdint.h>
#include <time.h>
#include "../live/live.h"

/*
 * Nobody else has the processor during a measurement, not the reader either, on whichever kernel:
 * its turn comes while we sleep. Interrupts remain, of which a short call's least time has none.
 */
static inline void be_alone(void)
{
	struct sched_param first = { .sched_priority = 50 };

	if (sched_setscheduler(0, SCHED_FIFO, &first))
		fail("SCHED_FIFO");
}

/* The reader's turn; where time is made of instructions, waiting costs none. */
static inline void give_way(unsigned long pages)
{
	usleep(1000 + 10 * pages);
}

static inline unsigned long now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000000000ul + ts.tv_nsec;
}

static inline void keep_least(unsigned long *least, unsigned long ns)
{
	if (ns < *least)
		*least = ns;
}

/* What reading the clock twice costs. */
static inline unsigned long clock_cost(void)
{
	unsigned long least = ~0ul;

	for (int i = 0; i < 100; i++) {
		unsigned long start = now_ns();

		keep_least(&least, now_ns() - start);
	}
	return least;
}

static inline void print_cost(const char *name, double ns)
{
	printf("%s %.1f\n", name, ns);
	fflush(stdout);
}

/* Repetitions that suffice: one call of 1 GiB takes as long as hundreds of a huge page. */
static inline unsigned rounds_for(unsigned long pages)
{
	return pages > 10000 ? 2 : 30;
}

/* How many pages lie behind their predecessor in memory, too. */
static inline size_t neighbours(const char *at, size_t nr)
{
	const uint64_t frame_bits = (1ull << 55) - 1; /* Documentation/admin-guide/mm/pagemap.rst */
	int fd = open("/proc/self/pagemap", O_RDONLY);
	uint64_t *frames = malloc(nr * sizeof(*frames));
	size_t found = 0;
	ssize_t bytes = nr * sizeof(*frames);

	if (fd < 0 || !frames ||
	    pread(fd, frames, bytes, (unsigned long)at / page_bytes() * sizeof(*frames)) != bytes)
		fail("/proc/self/pagemap");
	for (size_t i = 1; i < nr; i++)
		found += (frames[i] & frame_bits) == (frames[i - 1] & frame_bits) + 1;
	free(frames);
	close(fd);
	return found;
}

/*
 * Small pages that are no neighbours in memory: the kernel hands out frames in order, here to the
 * first half and to the second in turns.
 */
static inline void *scattered(size_t bytes)
{
	size_t nr = bytes / page_bytes(), half = (nr + 1) / 2;
	char *at = reserve(bytes, BACKING_SMALL);

	for (size_t i = 0; i < half; i++) {
		at[i * page_bytes()] = 1;
		if (half + i < nr)
			at[(half + i) * page_bytes()] = 1;
	}
	if (neighbours(at, nr) > nr / 64)
		quit(EXIT_FAILURE, "%zu of %zu pages are neighbours in memory", neighbours(at, nr),
		     nr);
	return at;
}

static inline void *pages_of(unsigned long pages, bool contiguous)
{
	size_t bytes = pages * page_bytes();

	if (!contiguous)
		return scattered(bytes);
	bytes = (bytes + HUGE_BYTES - 1) / HUGE_BYTES * HUGE_BYTES;
	return allocate(bytes, BACKING_THP);
}

#endif
