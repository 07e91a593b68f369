// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include "live/child.h"

static int check_file(const char *path)
{
	struct stat st;

	if (stat(path, &st))
		return -errno;
	if (S_ISDIR(st.st_mode) || access(path, X_OK))
		return -EACCES;
	return 0;
}

int child__lookup(const char *file)
{
	const char *path = getenv("PATH");
	int err = -ENOENT;
	char full[4096];

	if (strchr(file, '/'))
		return check_file(file);
	for (const char *p = path ? path : "/usr/local/bin:/usr/bin:/bin"; *p;) {
		size_t n = strcspn(p, ":");
		int one;

		snprintf(full, sizeof(full), "%.*s/%s", n ? (int)n : 1, n ? p : ".", file);
		one = check_file(full);
		if (!one)
			return 0;
		if (one == -EACCES)
			err = one;
		p += n;
		if (*p)
			p++;
	}
	return err;
}

static void run_command(int gate, int report, char **argv)
{
	char go;
	int err;

	/* our end of the gate is closed without a byte when the parent gives up */
	if (read(gate, &go, 1) != 1)
		_exit(125);
	execvp(argv[0], argv);
	err = errno;
	if (write(report, &err, sizeof(err)) < 0)
		_exit(126);
	_exit(127);
}

int child__prepare(struct child *c, char **argv)
{
	int gate[2], report[2], err;

	*c = (struct child){ .gate = -1, .exec_report = -1 };
	if (pipe2(gate, O_CLOEXEC))
		return -errno;
	if (pipe2(report, O_CLOEXEC)) {
		err = -errno;
		close(gate[0]);
		close(gate[1]);
		return err;
	}
	fflush(NULL);
	c->pid = fork();
	err = -errno;
	if (c->pid == 0) {
		close(gate[1]);
		run_command(gate[0], report[1], argv);
	}
	close(gate[0]);
	close(report[1]);
	if (c->pid < 0) {
		close(gate[1]);
		close(report[0]);
		c->pid = 0;
		return err;
	}
	c->gate = gate[1];
	c->exec_report = report[0];
	return 0;
}

int child__release(struct child *c)
{
	int err = 0;
	ssize_t n = write(c->gate, "g", 1);

	close(c->gate);
	c->gate = -1;
	if (n == 1)
		do
			n = read(c->exec_report, &err, sizeof(err));
		while (n < 0 && errno == EINTR);
	close(c->exec_report);
	c->exec_report = -1;
	return -err;
}

int child__ended(struct child *c)
{
	pid_t got;

	if (!c->pid)
		return 1;
	got = waitpid(c->pid, &c->status, WNOHANG);
	if (got < 0)
		return errno == EINTR ? 0 : -errno;
	if (got == 0)
		return 0;
	c->pid = 0;
	return 1;
}

void child__deinit(struct child *c)
{
	if (c->gate >= 0) {
		close(c->gate);
		c->gate = -1;
		if (c->pid > 0)
			waitpid(c->pid, &c->status, 0);
	}
	if (c->exec_report >= 0)
		close(c->exec_report);
	c->exec_report = -1;
	c->pid = 0;
}

char *child__command_line(char **argv)
{
	size_t sz = 1;
	char *line;

	for (char **a = argv; *a; a++)
		sz += strlen(*a) + 1;
	line = calloc(1, sz);
	if (!line)
		return NULL;
	for (char **a = argv; *a; a++) {
		if (a != argv)
			strcat(line, " ");
		strcat(line, *a);
	}
	return line;
}
