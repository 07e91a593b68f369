// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include "base/exit_status.h"
#include "base/log.h"
#include "base/out.h"
#include "base/version.h"
#include "cmd/cmd.h"
#include "cmd/show.h"
#include "judge/suppress.h"

static void usage(FILE *out)
{
	const struct command *c;

	fputs("usage: pinacct COMMAND [OPTION...]\n\n"
	      "Page pins (FOLL_PIN) of the running kernel: who pinned, who released, what is left.\n\n",
	      out);
	for (size_t i = 0; (c = command__at(i)); i++)
		out__printf(out, "  %-8s %s\n", c->name, c->summary);
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
	return EXIT_TOOL_FAILED;
}

static int help(const struct command *c)
{
	out__printf(stdout, "usage: pinacct %s %s\n\n%s\n", c->name, c->usage, c->about);
	opts__help(c->bit);
	return EXIT_CLEAN;
}

/* A bad list of suppressions is said before anything runs. */
static int check_suppressions(const struct opts *o)
{
	struct suppressions *suppress;
	int status = show__suppressions(o, &suppress);

	suppressions__free(suppress);
	return status;
}

static int run_command(const struct command *c, int argc, char **argv)
{
	struct opts o;
	int status = opts__parse(&o, c->bit, argc, argv);

	if (status)
		return status;
	if (o.help)
		return help(c);
	return check_suppressions(&o) ?: c->run(&o);
}

static int run(int argc, char **argv)
{
	const char *name = argc > 1 ? argv[1] : "";
	const struct command *c = command__find(name);

	if (c)
		return run_command(c, argc - 1, argv + 1);
	if (!strcmp(name, "--help") || !strcmp(name, "-h") || !strcmp(name, "help")) {
		usage(stdout);
		return EXIT_CLEAN;
	}
	if (!strcmp(name, "--version") || !strcmp(name, "-V")) {
		puts("pinacct " PINACCT_VERSION);
		return EXIT_CLEAN;
	}
	if (!*name)
		usage(stderr);
	else
		log_error("%s: no such command; see `pinacct --help`", name);
	return EXIT_USAGE;
}

int main(int argc, char **argv)
{
	occupy_standard_fds();
	return close_output(run(argc, argv));
}
