// SPDX-License-Identifier: GPL-2.0
#include "base/exit_status.h"
#include "cmd/cmd.h"
#include "cmd/cmd_end.h"
#include "base/log.h"
#include "live/run.h"
#include "cmd/live_opts.h"
#include "cmd/plan.h"
#include "cmd/show.h"

static int assert_command(const struct opts *o)
{
	struct run_opts opts = live_opts(o, NULL);
	struct run r;
	int status = run__start(&r, &opts);

	if (!status)
		status = run__wait(&r, 0, 0, NULL, NULL);
	if (!status)
		status = run__settle(&r, o->settle_ns);
	return cmd__end(&r, o, true, status);
}

int cmd_check(struct opts *o)
{
	if (o->dry_run)
		return print_plan(o->gets, o->page_ref);
	if (!o->cmd) {
		log_error("check needs a command: pinacct check -- CMD...");
		return EXIT_USAGE;
	}
	return assert_command(o);
}
