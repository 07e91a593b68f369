// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "base/exit_status.h"
#include "base/log.h"
#include "report/report.h"
#include "cmd/show.h"

struct rules_opts show__rules_opts(const struct opts *o, bool workload_only, bool incomplete,
				   struct suppressions *suppress)
{
	return (struct rules_opts){
		.age_ns = o->age_ns,
		.min_age_ns = o->min_age_ns,
		.fail_on_risk = o->fail_on == 1,
		.workload_only = workload_only,
		.incomplete = incomplete,
		.want_inventory = o->view == VIEW_LONGTERM,
		.suppress = suppress,
		.filter = {
			.tgid = o->tgid,
			.comm = o->comm,
			.cgroup_id = o->cgroup_id,
			.fs = o->fs,
			.longterm = o->longterm,
			.min_pages = o->min_pages,
		},
	};
}

int show__suppressions(const struct opts *o, struct suppressions **out)
{
	char why[512];
	int err;

	*out = NULL;
	if (!o->suppress)
		return 0;
	*out = suppressions__load(o->suppress, why, sizeof(why));
	if (*out)
		return 0;
	err = errno;
	log_error("%s", why);
	return err == ENOMEM ? EXIT_TOOL_FAILED : EXIT_USAGE;
}

static int print(const struct report *r, const struct opts *o, const struct suppressions *suppress)
{
	const struct renderer *renderer = renderer__find(o->format ? o->format : "text");
	struct render_opts ro = {
		.view = o->view,
		.sort = o->sort,
		.top = o->top,
		.color = isatty(STDOUT_FILENO) && !getenv("NO_COLOR"),
		.verbose = o->verbose,
		.suppress = suppress,
	};
	int err = renderer->render(r, &ro, stdout);

	if (!err && fflush(stdout))
		err = -errno;
	if (err)
		log_error("cannot write the report to standard output: %s", strerror(-err));
	return err;
}

int show(struct session *s, const struct opts *o, bool workload_only, bool incomplete)
{
	struct suppressions *suppress;
	struct rules_opts ro;
	struct report report;
	int status = show__suppressions(o, &suppress);

	if (status)
		return status;
	ro = show__rules_opts(o, workload_only, incomplete, suppress);
	if (rules__evaluate(s, &ro, &report)) {
		log_error("out of memory");
		suppressions__free(suppress);
		return EXIT_TOOL_FAILED;
	}
	status = verdict__exit_status(&report.verdict, o->error_exitcode);
	if (print(&report, o, suppress))
		status = EXIT_TOOL_FAILED;
	report__deinit(&report);
	suppressions__free(suppress);
	return status;
}
