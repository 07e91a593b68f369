// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include "base/exit_status.h"
#include "base/clock.h"
#include "cmd/cmd.h"
#include "capture/counters.h"
#include "base/log.h"
#include "base/log_libbpf.h"
#include "capture/pages.h"
#include "base/progress.h"
#include "report/report.h"
#include "live/run.h"
#include "report/snapshot.h"
#include "kernel/vmstat.h"

struct scanning {
	struct snapshot *snapshot;
	struct progress progress;
};

static int take(const struct rec_page *pages, size_t n, const struct pages_progress *progress,
		void *arg)
{
	struct scanning *s = arg;

	s->snapshot->busy_ns = progress->busy_ns;
	s->snapshot->looked_at = progress->done;
	for (size_t i = 0; i < n; i++) {
		int err = snapshot__add(s->snapshot, &pages[i]);

		if (err)
			return err;
	}
	progress__tell(&s->progress, progress->done, progress->total);
	return 0;
}

static int open_pages(struct pages **p)
{
	struct kernel k;
	char why[512];

	log__libbpf();
	if (kernel__probe(&k, why, sizeof(why))) {
		log_error("%s", why);
		return EXIT_UNSUPPORTED;
	}
	*p = pages__open(&k, why, sizeof(why));
	kernel__deinit(&k);
	if (*p)
		return 0;
	log_error("%s", why);
	return errno == ENOMEM ? EXIT_TOOL_FAILED : EXIT_UNSUPPORTED;
}

static int scan(struct pages *p, struct snapshot *snapshot)
{
	struct scanning s = { .snapshot = snapshot };
	u64 began = now_ns();
	int err;

	progress__begin(&s.progress, "looking at memory");
	snapshot->have_vmstat = !vmstat__read(&snapshot->vm_acquired, &snapshot->vm_released);
	err = pages__scan(p, true, take, &s);
	snapshot->took_ns = now_ns() - began;
	progress__end(&s.progress);
	if (!err)
		return 0;
	log_error("cannot scan memory: %s", strerror(-err));
	return EXIT_TOOL_FAILED;
}

static int show(const struct snapshot *snapshot, const struct opts *o)
{
	int err = o->json ? snapshot__print_json(snapshot, stdout)
			  : snapshot__print_text(snapshot, o->top, stdout);

	if (!err && !fflush(stdout) && !ferror(stdout))
		return 0;
	log_error("cannot write to standard output: %s", strerror(errno));
	return EXIT_TOOL_FAILED;
}

int cmd_snapshot(struct opts *o)
{
	struct snapshot snapshot = { .page_bytes = sysconf(_SC_PAGESIZE) };
	struct pages *pages = NULL;
	int err;

	if (o->cmd) {
		log_error("%s: snapshot takes no argument", o->cmd[0]);
		return EXIT_USAGE;
	}
	if (o->view != VIEW_ALL && o->view != VIEW_LONGTERM) {
		log_error(
			"--view: snapshot knows who owns pages now, not what became of them; it takes longterm");
		return EXIT_USAGE;
	}
	snapshot.by_backing = o->view == VIEW_LONGTERM;
	err = open_pages(&pages);
	if (!err)
		err = scan(pages, &snapshot);
	if (!err)
		err = show(&snapshot, o);
	pages__close(pages);
	snapshot__deinit(&snapshot);
	return err;
}
