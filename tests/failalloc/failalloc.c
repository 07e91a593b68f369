// SPDX-License-Identifier: GPL-2.0
/*
 * Preloaded, makes the n-th allocation of a process fail, and with it all later ones or not.
 *
 *   FAILALLOC_AT=N       the first that fails, counted from 1; 0 or unset = none
 *   FAILALLOC_ONCE=1     only that one
 *   FAILALLOC_COUNT=FD   at exit the number of allocations is written there
 *   FAILALLOC_TRACE=1    the stack of the one that fails is written to stderr
 *
 * glibc allows malloc() to be replaced and calls the replacement itself, too (strdup(), fopen(),
 * tsearch(), qsort()), so that these are counted as well. The processes under test have one thread
 * that allocates; the count is atomic for the others' sake.
 */
#include <errno.h>
#include <execinfo.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* glibc's own, by the names under which it exports them for this purpose */
void *__libc_malloc(size_t sz);
void *__libc_calloc(size_t cnt, size_t sz);
void *__libc_realloc(void *old, size_t sz);
void *__libc_memalign(size_t align, size_t sz);

#define TRACE_FRAMES 24

/* One state for the whole process: what is replaced has no place for an argument. */
static struct {
	bool ready;
	unsigned long at;
	bool once;
	bool trace;
	int count_fd; /* -1 = none */
	atomic_ulong seen;
} state;

static unsigned long number(const char *name)
{
	const char *text = getenv(name);

	return text ? strtoul(text, NULL, 10) : 0;
}

static void get_ready(void)
{
	state.ready = true;
	state.at = number("FAILALLOC_AT");
	state.once = number("FAILALLOC_ONCE");
	state.trace = number("FAILALLOC_TRACE");
	state.count_fd = getenv("FAILALLOC_COUNT") ? (int)number("FAILALLOC_COUNT") : -1;
}

/* backtrace() allocates: nothing fails meanwhile. */
static void write_trace(void)
{
	void *frames[TRACE_FRAMES];
	unsigned long at = state.at;

	state.at = 0;
	backtrace_symbols_fd(frames, backtrace(frames, TRACE_FRAMES), STDERR_FILENO);
	state.at = at;
}

static bool fails(void)
{
	unsigned long nth;

	if (!state.ready)
		get_ready();
	nth = atomic_fetch_add(&state.seen, 1) + 1;
	if (!state.at || nth < state.at || (state.once && nth > state.at))
		return false;
	if (state.trace && nth == state.at)
		write_trace();
	errno = ENOMEM;
	return true;
}

void *malloc(size_t sz)
{
	return fails() ? NULL : __libc_malloc(sz);
}

void *calloc(size_t cnt, size_t sz)
{
	return fails() ? NULL : __libc_calloc(cnt, sz);
}

void *realloc(void *old, size_t sz)
{
	return fails() ? NULL : __libc_realloc(old, sz);
}

void *reallocarray(void *old, size_t cnt, size_t sz)
{
	size_t bytes;

	if (__builtin_mul_overflow(cnt, sz, &bytes)) {
		errno = ENOMEM;
		return NULL;
	}
	return realloc(old, bytes);
}

void *aligned_alloc(size_t align, size_t sz)
{
	return fails() ? NULL : __libc_memalign(align, sz);
}

int posix_memalign(void **out, size_t align, size_t sz)
{
	void *mem = aligned_alloc(align, sz);

	if (!mem)
		return ENOMEM;
	*out = mem;
	return 0;
}

__attribute__((destructor)) static void tell_count(void)
{
	char text[32];
	int len;

	if (state.count_fd < 0)
		return;
	len = snprintf(text, sizeof(text), "%lu\n", atomic_load(&state.seen));
	if (write(state.count_fd, text, len) != len)
		_exit(1);
}
