// SPDX-License-Identifier: GPL-2.0
#include <stdio.h>
#include <time.h>
#include <unistd.h>
#include "base/out.h"
#include "base/progress.h"

#define NS_PER_SEC    1000000000ull
#define TELL_EVERY_NS 200000000ull

static u64 clock_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * NS_PER_SEC + ts.tv_nsec;
}

void progress__begin(struct progress *p, const char *what)
{
	*p = (struct progress){ .what = what,
				.began_ns = clock_ns(),
				.terminal = isatty(STDERR_FILENO) };
}

void progress__tell(struct progress *p, u64 done, u64 total)
{
	u64 now = clock_ns();

	if (!p->terminal || now - p->began_ns < NS_PER_SEC || now - p->told_ns < TELL_EVERY_NS)
		return;
	out__printf(stderr, "\rpinacct: %s: %llu%%", p->what,
		    (unsigned long long)(total ? 100 * done / total : 0));
	p->told_ns = now;
	p->shown = true;
}

void progress__end(struct progress *p)
{
	if (p->shown)
		fputs("\r\033[K", stderr);
}
