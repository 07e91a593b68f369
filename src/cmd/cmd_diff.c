// SPDX-License-Identifier: GPL-2.0
#include <stdio.h>
#include <string.h>
#include "base/exit_status.h"
#include "cmd/cmd.h"
#include "report/diff.h"
#include "base/log.h"
#include "cmd/replay.h"
#include "live/run.h"
#include "cmd/show.h"

/* A recording and what the rules say of it. */
struct side {
	struct session *session;
	struct report report;
};

static int side__init(struct side *side, const char *path, const struct opts *o)
{
	struct rules_opts ro;
	bool incomplete;

	side->session = replay(path, NULL, &incomplete);
	if (!side->session)
		return -1;
	ro = show__rules_opts(o, session__mark(side->session, MARK_CMD_START) != NULL, incomplete,
			      NULL);
	if (!rules__evaluate(side->session, &ro, &side->report))
		return 0;
	log_error("out of memory");
	return -1;
}

static void side__deinit(struct side *side)
{
	report__deinit(&side->report);
	session__free(side->session);
}

static int compare(const struct opts *o)
{
	struct side a = { 0 }, b = { 0 };
	struct diff_counts counts;
	int status = EXIT_TOOL_FAILED, err;

	if (!side__init(&a, o->cmd[0], o) && !side__init(&b, o->cmd[1], o)) {
		err = diff__print(&a.report, &b.report, o->json, stdout, &counts);
		if (err)
			log_error("cannot write the differences: %s", strerror(-err));
		else if (counts.worse)
			status = o->error_exitcode ? (int)o->error_exitcode : EXIT_FINDINGS;
		else if (counts.doubtful)
			status = EXIT_INCONCLUSIVE;
		else
			status = EXIT_CLEAN;
	}
	side__deinit(&a);
	side__deinit(&b);
	return status;
}

int cmd_diff(struct opts *o)
{
	if (!o->cmd || !o->cmd[1] || o->cmd[2]) {
		log_error("diff takes two record files: pinacct diff A B");
		return EXIT_USAGE;
	}
	return compare(o);
}
