// SPDX-License-Identifier: GPL-2.0
#include <stdio.h>
#include "base/exit_status.h"
#include "cmd/cmd.h"
#include "base/log.h"
#include "cmd/replay.h"
#include "cmd/show.h"

#define DEFAULT_FILE "pinacct.rec"

/* Was there a command under test? Then the same rule as in `check`: others' pins are no leaks. */
static bool has_command(const struct session *s)
{
	return session__mark(s, MARK_CMD_START) != NULL;
}

static int report(const struct opts *o)
{
	const struct ledger_opts lopts = { .held_ns = o->age_ns };
	bool incomplete;
	struct session *s = replay(o->input, &lopts, &incomplete);
	int status;

	if (!s)
		return 1;
	status = show(s, o, has_command(s), incomplete);
	session__free(s);
	return status;
}

int cmd_report(struct opts *o)
{
	if (o->cmd && (o->input || o->cmd[1])) {
		log_error("%s: report takes one record file", o->cmd[o->input ? 0 : 1]);
		return EXIT_USAGE;
	}
	if (o->cmd)
		o->input = o->cmd[0];
	if (!o->input)
		o->input = DEFAULT_FILE;
	return report(o);
}
