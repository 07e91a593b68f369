/* SPDX-License-Identifier: GPL-2.0 */
/* What the provokers share: how they end, and memory of a known backing. */
#ifndef PINACCT_LIVE_H
#define PINACCT_LIVE_H

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/* Not possible on this kernel or machine: no failure, but nothing was provoked either. */
#define EXIT_SKIP 77

#define HUGE_BYTES (2ul << 20)

enum backing { BACKING_SMALL, BACKING_THP, BACKING_HUGETLB };

__attribute__((noreturn, format(printf, 2, 3))) static inline void quit(int status, const char *fmt,
									...)
{
	va_list ap;

	fprintf(stderr, "%s: ", program_invocation_short_name);
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fputc('\n', stderr);
	exit(status);
}

/* "WHAT: why errno says it failed", and the end. */
__attribute__((noreturn)) static inline void fail(const char *what)
{
	quit(EXIT_FAILURE, "%s: %s", what, strerror(errno));
}

static inline unsigned long number(const char *text)
{
	char *end;
	unsigned long n = strtoul(text, &end, 10);

	if (*text < '0' || *text > '9' || *end)
		quit(2, "'%s' is no number", text);
	return n;
}

static inline enum backing backing(const char *name)
{
	static const char *const names[] = { "small", "thp", "hugetlb" };

	for (int i = 0; i < 3; i++)
		if (!strcmp(name, names[i]))
			return i;
	quit(2, "'%s' is no backing: small, thp or hugetlb", name);
}

static inline size_t page_bytes(void)
{
	return sysconf(_SC_PAGESIZE);
}

/* Bytes of the mapping at `at` that are in transparent huge pages. */
static inline size_t thp_bytes(const void *at)
{
	FILE *smaps = fopen("/proc/self/smaps", "r");
	unsigned long start, end, kib;
	bool inside = false;
	char line[512];
	size_t bytes = 0;

	if (!smaps)
		fail("/proc/self/smaps");
	while (fgets(line, sizeof(line), smaps)) {
		if (sscanf(line, "%lx-%lx ", &start, &end) == 2)
			inside = (unsigned long)at >= start && (unsigned long)at < end;
		else if (inside && sscanf(line, "AnonHugePages: %lu kB", &kib) == 1)
			bytes = kib << 10;
	}
	fclose(smaps);
	return bytes;
}

/* A mapping that begins on a huge page's boundary and has nothing else in its last one. */
static inline void *map_aligned(size_t bytes)
{
	size_t whole = (bytes + HUGE_BYTES - 1) / HUGE_BYTES * HUGE_BYTES + HUGE_BYTES;
	char *at = mmap(NULL, whole, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	if (at == MAP_FAILED)
		fail("mmap");
	at += -(unsigned long)at % HUGE_BYTES;
	at = mmap(at, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1,
		  0);
	if (at == MAP_FAILED)
		fail("mmap");
	return at;
}

/* Of the backing, but no page of it touched yet. */
static inline void *reserve(size_t bytes, enum backing b)
{
	void *at;

	if (b != BACKING_SMALL && bytes % HUGE_BYTES)
		quit(2, "%zu bytes are no whole number of huge pages", bytes);
	if (b != BACKING_HUGETLB) {
		at = map_aligned(bytes);
		/* without either advice the machine's settings would decide */
		if (madvise(at, bytes, b == BACKING_THP ? MADV_HUGEPAGE : MADV_NOHUGEPAGE) &&
		    b == BACKING_THP)
			quit(EXIT_SKIP, "no transparent huge pages: %s", strerror(errno));
		return at;
	}
	at = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_HUGETLB,
		  -1, 0);
	if (at == MAP_FAILED)
		quit(EXIT_SKIP, "no huge pages reserved: %s", strerror(errno));
	return at;
}

/* Writes to every page, so that none is the zero page (which no kernel pins). */
static inline void touch(void *at, size_t bytes, enum backing b)
{
	for (size_t i = 0; i < bytes / page_bytes(); i++)
		((unsigned long *)at)[i * page_bytes() / sizeof(long)] = i + 1;
	if (b == BACKING_THP && thp_bytes(at) != bytes)
		quit(EXIT_SKIP, "only %zu of %zu bytes got huge pages", thp_bytes(at), bytes);
}

static inline void *allocate(size_t bytes, enum backing b)
{
	void *at = reserve(bytes, b);

	touch(at, bytes, b);
	return at;
}

/* Our number into the file; NULL: nobody wants it. */
static inline void write_pid(const char *path)
{
	FILE *f = path ? fopen(path, "w") : NULL;

	if (!path)
		return;
	if (!f || fprintf(f, "%d\n", getpid()) < 0 || fclose(f))
		fail(path);
}

/* Out of the command's sight: nobody who waits for its output or its session waits for us. */
static inline void detach(void)
{
	int null = open("/dev/null", O_RDWR);

	if (setsid() < 0 || null < 0)
		fail("detach");
	for (int fd = 0; fd < 3; fd++)
		if (dup2(null, fd) < 0)
			fail("dup2");
}

#endif
