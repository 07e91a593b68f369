// SPDX-License-Identifier: GPL-2.0
#include <stdio.h>
#include <string.h>
#include "base/exit_status.h"
#include "cmd/cmd.h"
#include "report/diff.h"
#include "base/log.h"
#include "cmd/recording.h"

static int compare(const struct opts *o)
{
	struct recording a = { 0 }, b = { 0 };
	struct diff_counts counts;
	int status = EXIT_TOOL_FAILED, err;

	if (!recording__init(&a, o->cmd[0], o) && !recording__init(&b, o->cmd[1], o)) {
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
	recording__deinit(&a);
	recording__deinit(&b);
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
