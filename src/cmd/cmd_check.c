// SPDX-License-Identifier: GPL-2.0
#include <stdio.h>
#include "base/exit_status.h"
#include "cmd/cmd.h"
#include "cmd/cmd_end.h"
#include "base/log.h"
#include "live/run.h"
#include "cmd/live_opts.h"
#include "cmd/plan.h"
#include "cmd/show.h"
#include "judge/suppress.h"

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

int cmd_check(int argc, char **argv)
{
	struct suppressions *suppress;
	struct opts o;
	int err = opts__parse(&o, CMD_CHECK, argc, argv);

	if (err)
		return err;
	if (o.help) {
		puts("usage: pinacct check [OPTION...] -- CMD [ARG...]\n\n"
		     "Runs CMD, lets its pins settle, and reports what it left pinned.\n");
		opts__help(CMD_CHECK);
		return 0;
	}
	if (o.dry_run)
		return print_plan(o.gets, o.page_ref);
	if (!o.cmd) {
		log_error("check needs a command: pinacct check -- CMD...");
		return EXIT_USAGE;
	}
	err = show__suppressions(&o, &suppress); /* a bad file is said before the command runs */
	suppressions__free(suppress);
	return err ? err : assert_command(&o);
}
