// SPDX-License-Identifier: GPL-2.0
/* What the makers of targets are made of: programs, modules, files. */
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include "exercise/exercise_impl.h"

/* Runs a program in silence. 0, -ENOENT when there is none, or -EIO. */
int make__run(const char *const argv[])
{
	pid_t pid = fork();
	int status;

	if (pid < 0)
		return -errno;
	if (!pid) {
		int null = open("/dev/null", O_RDWR);

		dup2(null, 0);
		dup2(null, 1);
		dup2(null, 2);
		setenv("PATH", "/usr/sbin:/usr/bin:/sbin:/bin", 1);
		execvp(argv[0], (char *const *)argv);
		_exit(127);
	}
	if (waitpid(pid, &status, 0) < 0 || !WIFEXITED(status))
		return -EIO;
	return WEXITSTATUS(status) == 127 ? -ENOENT : WEXITSTATUS(status) ? -EIO : 0;
}

void make__module(const char *name)
{
	make__run((const char *const[]){ "modprobe", "-q", name, NULL });
}

int make__file(const char *path, off_t bytes, bool sparse)
{
	int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600), err = 0;
	char page[4096];

	if (fd < 0)
		return -errno;
	memset(page, 'f', sizeof(page));
	if (sparse && ftruncate(fd, bytes))
		err = -errno;
	for (off_t at = 0; !sparse && !err && at < bytes; at += sizeof(page))
		if (pwrite(fd, page, sizeof(page), at) != sizeof(page))
			err = errno ? -errno : -EIO;
	if (!err && !sparse && fsync(fd))
		err = -errno;
	close(fd);
	return err;
}

/* Into a file of the kernel's, at once; nothing when *err is set already. */
void make__text(const char *path, int *err, const char *fmt, ...)
{
	char text[512];
	va_list ap;
	int fd, len;

	if (*err)
		return;
	va_start(ap, fmt);
	len = vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0 || write(fd, text, len) != len)
		*err = errno ? -errno : -EIO;
	if (fd >= 0)
		close(fd);
}

void target__fail(struct target *t, const char *what, int err)
{
	if (err == -ENODEV)
		snprintf(t->why, sizeof(t->why), "%s: not in this kernel", what);
	else
		snprintf(t->why, sizeof(t->why), "%s: %s", what,
			 err == -ENOENT && !strncmp(what, "mkfs.", 5) ? "not installed"
								      : strerror(-err));
}
