// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <stdio.h>
#include "cmd.h"
#include "log.h"
#include "recfile.h"
#include "show.h"
#include "suppress.h"

#define DEFAULT_FILE "pinacct.rec"

static int replay(struct session *s, struct recfile_reader *file, const char *path)
{
	const struct rec_hdr *rec;
	int got;

	while ((got = recfile_reader__next(file, &rec)) > 0) {
		int err = session__feed(s, rec, rec->sz);

		if (err == -ENOMEM) {
			log_error("out of memory");
			return 1;
		}
		if (err) {
			log_error("%s: %s", path, session__error(s));
			return 1;
		}
	}
	if (got < 0) {
		log_error("%s", recfile_reader__error(file));
		return 1;
	}
	return 0;
}

/* Was there a command under test? Then the same rule as in `check`: others' pins are no leaks. */
static bool has_command(const struct session *s)
{
	return session__mark(s, MARK_CMD_START) != NULL;
}

static int report(const struct opts *o)
{
	const char *path = o->input;
	struct ledger_opts lopts = { .held_ns = o->age_ns };
	struct recfile_reader *file;
	struct session *s;
	char why[512];
	int status;

	file = recfile_reader__open(path, why, sizeof(why));
	if (!file) {
		log_error("%s", why);
		return 1;
	}
	s = session__new(&lopts);
	if (!s) {
		log_error("out of memory");
		recfile_reader__close(file);
		return 1;
	}
	status = replay(s, file, path);
	if (!status)
		status = show(s, o, has_command(s), recfile_reader__incomplete(file));
	session__free(s);
	recfile_reader__close(file);
	return status;
}

int cmd_report(int argc, char **argv)
{
	struct suppressions *suppress;
	struct opts o;
	int err = opts__parse(&o, CMD_REPORT, argc, argv);

	if (err)
		return err;
	if (o.help) {
		puts("usage: pinacct report [-i FILE] [OPTION...]\n\n"
		     "Reports from a record file: the same answers as live, without root.\n");
		opts__help(CMD_REPORT);
		return 0;
	}
	if (o.cmd) {
		log_error("%s: report takes no argument; the file is named by -i FILE", o.cmd[0]);
		return 2;
	}
	if (!o.input)
		o.input = DEFAULT_FILE;
	err = show__suppressions(&o, &suppress); /* a bad file is said before a long replay */
	suppressions__free(suppress);
	return err ? err : report(&o);
}
