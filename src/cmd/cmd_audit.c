// SPDX-License-Identifier: GPL-2.0
#include "base/exit_status.h"
#include "cmd/cmd.h"
#include "cmd/cmd_end.h"
#include "exercise/exercise.h"
#include "base/log.h"
#include "report/report.h"
#include "live/run.h"
#include "cmd/live_opts.h"
#include "cmd/plan.h"
#include "cmd/show.h"

#define TICK_NS 20000000ull

/* Hands on what the exercise says; ends the run with it. */
static int listen(struct run *r, void *arg)
{
	struct exercise *x = arg;
	char text[EXERCISE_TEXT_BYTES];
	int got;

	while ((got = exercise__next(x, text)) > 0) {
		int err = capture__mark(r->capture, MARK_NOT_DONE, 0, text);

		if (err)
			return EXIT_TOOL_FAILED;
	}
	return got < 0 ? RUN_ENOUGH : 0;
}

/* Runs until the exercise, the command, or the time is over. */
static int wait_for_end(struct run *r, const struct opts *o, struct exercise *x)
{
	int status;

	if (!x)
		return run__wait(r, o->duration_ns, 0, NULL, NULL);
	exercise__go(x);
	status = run__wait(r, 0, TICK_NS, listen, x);
	if (!status && r->interrupted &&
	    capture__mark(r->capture, MARK_NOT_DONE, NOT_DONE_INTERRUPTED,
			  "exercise: a signal ended it"))
		status = EXIT_TOOL_FAILED;
	if (!status && exercise__failed(x)) {
		log_error("the exercise ended early: %s", exercise__error(x));
		status = EXIT_TOOL_FAILED;
	}
	return status;
}

static int audit(const struct opts *o, struct exercise *x)
{
	struct run_opts opts = live_opts(o, o->output);
	struct run r;
	int status = run__start(&r, &opts);

	if (!status)
		status = wait_for_end(&r, o, x);
	if (!status)
		status = run__settle(&r, o->settle_ns);
	return cmd__end(&r, o, o->cmd != NULL, status);
}

/*
 * The file systems are there before the hooks are: a module's functions can be hooked once it is
 * loaded.
 */
static int exercise(const struct opts *o)
{
	char why[256];
	struct exercise *x = exercise__new(o->exercise, why, sizeof(why));
	int status;

	if (!x) {
		log_error("%s", why);
		return EXIT_UNSUPPORTED;
	}
	status = audit(o, x);
	exercise__free(x);
	return status;
}

int cmd_audit(struct opts *o)
{
	if (!o->gets)
		o->gets = GETS_IO;
	o->view = VIEW_AUDIT;
	if (o->dry_run)
		return print_plan(o->gets, o->page_ref);
	if ((o->cmd != NULL) + (o->exercise != NULL) + (o->duration_ns != 0) > 1) {
		log_error("audit takes one of --exercise, --duration and a command");
		return EXIT_USAGE;
	}
	if (o->exercise && exercise__check_names(o->exercise))
		return EXIT_USAGE;
	return o->exercise ? exercise(o) : audit(o, NULL);
}
