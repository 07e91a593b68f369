// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "record/new_file.h"

/* The number behind the names that the kernel and udev have for open files, -1 for other paths. */
static int open_already(const char *path)
{
	int fd, end = 0;

	if (!strcmp(path, "-") || !strcmp(path, "/dev/stdout"))
		return STDOUT_FILENO;
	if ((sscanf(path, "/dev/fd/%d%n", &fd, &end) == 1 ||
	     sscanf(path, "/proc/self/fd/%d%n", &fd, &end) == 1) &&
	    !path[end] && fd >= 0)
		return fd;
	return -1;
}

/* A FIFO, a device or a socket: nothing to make, nothing to rename. */
static int open_special(struct new_file *f, const char *path)
{
	struct stat st;

	f->fd = open(path, O_WRONLY | O_NOFOLLOW | O_CLOEXEC);
	if (f->fd < 0)
		return -errno;
	/* it was no regular file a moment ago: somebody is playing with the path */
	if (fstat(f->fd, &st) || S_ISREG(st.st_mode))
		return -ESTALE;
	return 0;
}

static int open_beside(struct new_file *f, const char *path)
{
	const char *slash = strrchr(path, '/');
	int folder = slash ? (int)(slash - path) + 1 : 0;

	f->path = strdup(path);
	if (!f->path || asprintf(&f->temp, "%.*s.pinacct.XXXXXX", folder, path) < 0) {
		f->temp = NULL;
		return -ENOMEM;
	}
	f->fd = mkostemp(f->temp, O_CLOEXEC); /* 0600, O_EXCL */
	if (f->fd >= 0)
		return 0;
	free(f->temp);
	f->temp = NULL;
	return -errno;
}

static int open_path(struct new_file *f, const char *path)
{
	int fd = open_already(path);
	struct stat st;

	if (fd >= 0) {
		f->fd = fcntl(fd, F_DUPFD_CLOEXEC, 0);
		return f->fd < 0 ? -errno : 0;
	}
	if (lstat(path, &st))
		return errno == ENOENT ? open_beside(f, path) : -errno;
	if (S_ISLNK(st.st_mode))
		return -ELOOP;
	return S_ISREG(st.st_mode) ? open_beside(f, path) : open_special(f, path);
}

int new_file__open(struct new_file *f, const char *path)
{
	int err;

	*f = (struct new_file){ .fd = -1 };
	err = open_path(f, path);
	if (err)
		new_file__close(f);
	return err;
}

int new_file__keep(struct new_file *f)
{
	if (!f->temp)
		return 0;
	if (rename(f->temp, f->path))
		return -errno;
	free(f->temp);
	f->temp = NULL;
	return 0;
}

int new_file__close(struct new_file *f)
{
	int err = 0;

	if (f->fd >= 0 && close(f->fd) && errno != EINTR)
		err = -errno;
	if (f->temp)
		unlink(f->temp);
	free(f->temp);
	free(f->path);
	*f = (struct new_file){ .fd = -1 };
	return err;
}
