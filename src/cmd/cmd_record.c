// SPDX-License-Identifier: GPL-2.0
#include <stdio.h>
#include <string.h>
#include "base/exit_status.h"
#include "cmd/cmd.h"
#include "base/log.h"
#include "base/out.h"
#include "report/report.h"
#include "live/run.h"
#include "cmd/live_opts.h"
#include "cmd/plan.h"
#include "cmd/show.h"

#define DEFAULT_FILE   "pinacct.rec"
#define FLUSH_EVERY_NS 1000000000ull

/* A block a second, so that a recording that is killed loses at most that. */
static int flush(struct run *r, void *arg)
{
	int err = recfile_writer__flush(r->file);

	(void)arg;
	if (err) {
		log_error("%s: cannot write the record file: %s", r->opts.record_path,
			  strerror(-err));
		return EXIT_TOOL_FAILED;
	}
	return 0;
}

/* Tells on stderr how the recording ended; the verdict is `report`'s. */
static int say_what_was_recorded(struct run *r, const struct opts *o, u64 bytes)
{
	struct rules_opts ro = show__rules_opts(o, o->cmd != NULL, false, NULL);
	struct report report;
	char line[512];

	if (rules__evaluate(r->session, &ro, &report))
		return EXIT_TOOL_FAILED;
	verdict__summary_line(&report.verdict, line, sizeof(line));
	out__printf(stderr, "pinacct: %s: %llu bytes; %s\n", o->output, (unsigned long long)bytes,
		    line);
	report__deinit(&report);
	return 0;
}

static int record(const struct opts *o)
{
	struct run_opts opts = live_opts(o, o->output);
	struct run r;
	u64 bytes = 0;
	int status = run__start(&r, &opts);

	if (!status)
		status = run__wait(&r, o->duration_ns, FLUSH_EVERY_NS, flush, NULL);
	if (!status && o->cmd)
		status = run__settle(&r, o->settle_ns);
	if (!status) {
		status = run__stop(&r);
		bytes = r.file_bytes;
	}
	if (!status)
		status = say_what_was_recorded(&r, o, bytes);
	/* without a command a signal is how it is meant to end */
	if (!status)
		status =
			r.interrupted && o->cmd ? EXIT_SIGNAL + r.signal : run__cmd_exit_status(&r);
	run__deinit(&r);
	return status;
}

int cmd_record(struct opts *o)
{
	if (o->dry_run)
		return print_plan(o->gets, o->page_ref);
	if (o->cmd && o->duration_ns) {
		log_error("%s: record takes a command or --duration, not both", o->cmd[0]);
		return EXIT_USAGE;
	}
	if (!o->output)
		o->output = DEFAULT_FILE;
	return record(o);
}
