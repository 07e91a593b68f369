// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include "base/exit_status.h"
#include "base/log.h"
#include "cmd/cmd.h"
#include "kernel/memory_block.h"
#include "live/snapshot_take.h"
#include "report/report.h"

static int show(struct snapshot *snapshot, const struct opts *o)
{
	int err;

	snapshot__sort(snapshot);
	err = o->json ? snapshot__print_json(snapshot, stdout)
		      : snapshot__print_text(snapshot, o->top, stdout);
	if (!err && !fflush(stdout) && !ferror(stdout))
		return 0;
	log_error("cannot write to standard output: %s", strerror(errno));
	return EXIT_TOOL_FAILED;
}

/* Which page frames: as they were given, or those of the memory block. */
static int set_filter(struct snapshot_filter *f, const struct opts *o, u64 page_bytes)
{
	int err;

	*f = (struct snapshot_filter){ o->pfns.first, o->pfns.pages, o->movable };
	if (o->block == NO_BLOCK)
		return 0;
	if (o->pfns.pages) {
		log_error("--block and --pfn: both name page frames; give one of them");
		return EXIT_USAGE;
	}
	err = memory_block__pages(o->block, page_bytes, &f->pfn, &f->pages);
	if (!err)
		return 0;
	log_error("--block %llu: %s; `ls /sys/devices/system/memory` shows which there are",
		  (unsigned long long)o->block,
		  err == -ENOENT ? "there is no such memory block" : strerror(-err));
	return EXIT_USAGE;
}

int cmd_snapshot(struct opts *o)
{
	struct snapshot snapshot = { .page_bytes = sysconf(_SC_PAGESIZE), .by = o->snapshot_by };
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
	if (o->view == VIEW_LONGTERM)
		snapshot.by = SNAPSHOT_BY_KIND;
	err = set_filter(&snapshot.filter, o, snapshot.page_bytes);
	if (!err)
		err = snapshot__take(&snapshot) ?: show(&snapshot, o);
	snapshot__deinit(&snapshot);
	return err;
}
