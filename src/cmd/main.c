// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include "cmd/cmd.h"
#include "base/log.h"
#include "base/version.h"

static const struct {
	const char *name;
	int (*run)(int argc, char **argv);
	const char *summary;
} commands[] = {
	{ "probe", cmd_probe, "what this kernel lets pinacct see" },
	{ "check", cmd_check, "run a command and fail if it leaves pages pinned: check -- CMD..." },
	{ "record", cmd_record,
	  "capture every pin and release to a file: record [-o FILE] [-d DUR | -- CMD...]" },
	{ "report", cmd_report, "report from a record file, without root: report [-i FILE]" },
	{ "audit", cmd_audit,
	  "which file system pins what, how, and lets it go how: audit [--exercise FS,...|all] [-- CMD...]" },
	{ "diff", cmd_diff,
	  "what got better, what worse, from one recording to another: diff A B" },
	{ "watch", cmd_watch, "who holds pins now, a few lines each second" },
	{ "snapshot", cmd_snapshot,
	  "every page that is pinned now, by kind, file system and owner" },
};
#define COMMAND_CNT (sizeof(commands) / sizeof(commands[0]))

static void usage(FILE *out)
{
	fputs("usage: pinacct COMMAND [OPTION...]\n\n"
	      "Page pins (FOLL_PIN) of the running kernel: who pinned, who released, what is left.\n\n",
	      out);
	for (size_t i = 0; i < COMMAND_CNT; i++)
		fprintf(out, "  %-8s %s\n", commands[i].name, commands[i].summary);
	fputs("\n`pinacct COMMAND --help` lists a command's options. Exit status: 0 clean, 1 failed, 2 usage,\n"
	      "4 this kernel cannot do it, 23 findings, 24 inconclusive.\n",
	      out);
}

/*
 * A file that is opened while one of 0, 1, 2 is closed gets its number, and then the report or an
 * error message goes into it. What is put there instead fails every use.
 */
static void occupy_standard_fds(void)
{
	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
		if (fcntl(fd, F_GETFD) < 0)
			open("/dev/null", fd == STDIN_FILENO ? O_WRONLY : O_RDONLY);
}

/* Commands tell of their own failed writes; this is for help and the like. */
static int close_output(int status)
{
	if (status || (!fflush(stdout) && !ferror(stdout)))
		return status;
	log_error("cannot write to standard output: %s", strerror(errno));
	return 1;
}

static int run(int argc, char **argv)
{
	const char *name = argc > 1 ? argv[1] : "";

	for (size_t i = 0; i < COMMAND_CNT; i++)
		if (!strcmp(name, commands[i].name))
			return commands[i].run(argc - 1, argv + 1);
	if (!strcmp(name, "--help") || !strcmp(name, "-h") || !strcmp(name, "help")) {
		usage(stdout);
		return 0;
	}
	if (!strcmp(name, "--version") || !strcmp(name, "-V")) {
		puts("pinacct " PINACCT_VERSION);
		return 0;
	}
	if (!*name)
		usage(stderr);
	else
		log_error("%s: no such command; see `pinacct --help`", name);
	return 2;
}

int main(int argc, char **argv)
{
	occupy_standard_fds();
	return close_output(run(argc, argv));
}
