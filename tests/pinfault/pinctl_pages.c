// SPDX-License-Identifier: GPL-2.0
/* Memory of each kind that a fault can be committed on. */
#include <fcntl.h>
#include <sched.h>
#include <sys/mman.h>
#include "../live/live.h"
#include "pinctl.h"

/*
 * Small pages wait in a batch of their CPU on their way to the LRU, with a reference to each: here
 * they have theirs only, and are free when they are unmapped. MADV_COLD empties the batch of the
 * CPU it runs on; on memory that was never touched, as it would put pages into another batch.
 */
static void touch_small(void *at, size_t bytes)
{
	cpu_set_t before, one;
	void *nothing = reserve(page_bytes(), BACKING_SMALL);
	int cpu = sched_getcpu();

	CPU_ZERO(&one);
	CPU_SET(cpu, &one);
	if (sched_getaffinity(0, sizeof(before), &before) ||
	    sched_setaffinity(0, sizeof(one), &one))
		fail("sched_setaffinity");
	touch(at, bytes, BACKING_SMALL);
	if (madvise(nothing, page_bytes(), MADV_COLD) || munmap(nothing, page_bytes()))
		fail("madvise");
	if (sched_setaffinity(0, sizeof(before), &before))
		fail("sched_setaffinity");
}

static void make_backed(struct job *j, enum backing b)
{
	j->bytes = (j->pages * page_bytes() + HUGE_BYTES - 1) / HUGE_BYTES * HUGE_BYTES;
	j->at = allocate(j->bytes, b);
}

static void make_anon(struct job *j)
{
	j->bytes = j->pages * page_bytes();
	j->at = reserve(j->bytes, BACKING_SMALL);
	touch_small(j->at, j->bytes);
}

static void make_thp(struct job *j)
{
	make_backed(j, BACKING_THP);
}

static void make_hugetlb(struct job *j)
{
	make_backed(j, BACKING_HUGETLB);
}

/* Read only: a write would bring in a page of our own. */
static void make_zero(struct job *j)
{
	volatile char *at = reserve(j->pages * page_bytes(), BACKING_SMALL);

	j->at = (void *)at;
	j->bytes = j->pages * page_bytes();
	for (size_t i = 0; i < j->bytes; i += page_bytes())
		(void)at[i];
	j->flags &= ~PINFAULT_WRITE;
}

static void map_file(struct job *j)
{
	j->bytes = j->pages * page_bytes();
	if (ftruncate(j->fd, j->bytes))
		fail(j->kind);
	j->at = mmap(NULL, j->bytes, PROT_READ | PROT_WRITE, MAP_SHARED, j->fd, 0);
	if (j->at == MAP_FAILED)
		fail(j->kind);
	touch_small(j->at, j->bytes);
}

static void make_shmem(struct job *j)
{
	j->fd = memfd_create("pinfault", MFD_CLOEXEC);
	if (j->fd < 0)
		fail("memfd_create");
	map_file(j);
}

/* Written back, so that what is dirty or under writeback later is the fault's doing. */
static void make_file(struct job *j)
{
	const char *path = j->kind + strlen("file=");

	j->fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (j->fd < 0)
		fail(path);
	map_file(j);
	if (fsync(j->fd))
		fail(path);
}

static const struct {
	const char *name;
	void (*make)(struct job *j);
} kinds[] = {
	{ "anon", make_anon },	 { "thp", make_thp },	{ "hugetlb", make_hugetlb },
	{ "shmem", make_shmem }, { "zero", make_zero }, { "file=", make_file },
};

static bool is_kind(const char *wanted, const char *name)
{
	size_t len = strlen(name);

	return name[len - 1] == '=' ? !strncmp(wanted, name, len) && wanted[len]
				    : !strcmp(wanted, name);
}

void make_pages(struct job *j)
{
	j->fd = -1;
	for (size_t i = 0; i < sizeof(kinds) / sizeof(*kinds); i++)
		if (is_kind(j->kind, kinds[i].name)) {
			kinds[i].make(j);
			return;
		}
	quit(2, "'%s' is no kind: anon, thp, hugetlb, shmem, zero or file=PATH", j->kind);
}
