// SPDX-License-Identifier: GPL-2.0
#include <stdio.h>
#include <unistd.h>
#include "base/clock.h"
#include "base/out.h"
#include "base/progress.h"

#define TELL_EVERY_NS (200 * NSEC_PER_MSEC)

void progress__begin(struct progress *p, const char *what)
{
	*p = (struct progress){ .what = what,
				.began_ns = now_ns(),
				.terminal = isatty(STDERR_FILENO) };
}

void progress__tell(struct progress *p, u64 done, u64 total)
{
	u64 now = now_ns();

	if (!p->terminal || now - p->began_ns < NSEC_PER_SEC || now - p->told_ns < TELL_EVERY_NS)
		return;
	out__printf(stderr, "\rpinacct: %s", p->what);
	if (total)
		out__printf(stderr, ": %u%%", (unsigned)(100.0 * done / total));
	p->told_ns = now;
	p->shown = true;
}

void progress__step(struct progress *p, const char *what)
{
	p->what = what;
	if (!p->terminal)
		return;
	out__printf(stderr, "\r\033[Kpinacct: %s", what);
	p->shown = true;
}

void progress__end(struct progress *p)
{
	if (p->shown)
		fputs("\r\033[K", stderr);
	p->shown = false;
}
