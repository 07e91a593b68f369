// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include "base/exit_status.h"
#include "base/log.h"
#include "base/out.h"
#include "cmd/cmd.h"
#include "cmd/recording.h"
#include "report/flame.h"

#define DEFAULT_INPUT  "pinacct.rec"
#define DEFAULT_OUTPUT "pinacct.svg"

/* A picture that was written in part is none. */
static int write_file(const struct flame *f, const struct flame_format *format, const char *path)
{
	FILE *out = fopen(path, "we");
	int err = out ? format->write(f, out) : -errno;

	if (out && fclose(out) && !err)
		err = -errno;
	if (!err)
		return EXIT_CLEAN;
	if (out)
		unlink(path);
	log_error("%s: cannot write the flame graph: %s", path, strerror(-err));
	return EXIT_TOOL_FAILED;
}

/* An empty graph is said to be one: what was asked for may be the wrong thing. */
static void tell(const struct flame *f, const char *path)
{
	char cost[FLAME_COST_BYTES];

	if (f->root->total)
		out__printf(stderr, "pinacct: %s: %s: %s\n", path, f->title,
			    flame__cost_text(f, f->root->total, cost));
	else if (f->opts.scope == FLAME_OPEN)
		out__printf(
			stderr,
			"pinacct: %s: empty: nothing is pinned at the end of the recording; --over run shows all of it\n",
			path);
	else
		out__printf(stderr, "pinacct: %s: empty: nothing was pinned\n", path);
}

static int draw(const struct opts *o, const struct report *r, const struct report *base)
{
	const struct flame_opts fo = { .cost = o->cost, .by = o->by, .scope = o->over };
	const struct flame_format *format = flame_format__find(o->output);
	struct flame *f = flame__new(r, base, &fo);
	int status;

	if (!f) {
		log_error("out of memory");
		return EXIT_TOOL_FAILED;
	}
	status = write_file(f, format, o->output);
	if (!status)
		tell(f, o->output);
	flame__free(f);
	return status;
}

/* One recording, or the second of two against the first. */
static int draw_files(const struct opts *o, const char *path, const char *base_path)
{
	struct recording r = { 0 }, base = { 0 };
	int status = EXIT_TOOL_FAILED;

	if (!recording__init(&r, path, o) && (!base_path || !recording__init(&base, base_path, o)))
		status = draw(o, &r.report, base_path ? &base.report : NULL);
	recording__deinit(&r);
	recording__deinit(&base);
	return status;
}

int cmd_flame(struct opts *o)
{
	char **files = o->cmd;

	if (!o->output)
		o->output = DEFAULT_OUTPUT;
	if (files && (o->input || (files[1] && files[2]))) {
		log_error(
			"flame takes one recording, or two to compare: pinacct flame [-o FILE] [A] B");
		return EXIT_USAGE;
	}
	if (!flame_format__find(o->output)) {
		log_error("%s: no such format of a flame graph: a file's name ends in %s",
			  o->output, flame_format__names());
		return EXIT_USAGE;
	}
	if (o->cost == FLAME_HELD && o->over == FLAME_RUN) {
		log_error(
			"--cost held is what pins hold at the end; with --over run take pages, page-seconds or pins");
		return EXIT_USAGE;
	}
	if (files && files[1])
		return draw_files(o, files[1], files[0]);
	return draw_files(o, files ? files[0] : o->input ?: DEFAULT_INPUT, NULL);
}
