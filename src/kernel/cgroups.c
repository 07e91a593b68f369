// SPDX-License-Identifier: GPL-2.0
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include "kernel/cgroups.h"

#define FILEID_KERNFS 0xfe /* exportfs.h: a kernfs file handle is the node's id */

/* A kernfs id is the inode number and a file handle on 64-bit kernels (5.5, 40430452fd5d). */
static int open_by_id(int mount, u64 id)
{
	struct {
		struct file_handle h;
		u64 id;
	} handle = { .h = { .handle_bytes = sizeof(u64), .handle_type = FILEID_KERNFS } };

	memcpy(handle.h.f_handle, &id, sizeof(id));
	return open_by_handle_at(mount, &handle.h, O_PATH | O_CLOEXEC);
}

static bool path_below(const char *root, u64 id, char *buf, size_t sz)
{
	int mount = open(root, O_RDONLY | O_DIRECTORY | O_CLOEXEC), fd;
	char link[64], path[4096];
	ssize_t n = -1;

	if (mount < 0)
		return false;
	fd = open_by_id(mount, id);
	close(mount);
	if (fd < 0)
		return false;
	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	n = readlink(link, path, sizeof(path) - 1);
	close(fd);
	if (n < (ssize_t)strlen(root))
		return false;
	path[n] = '\0';
	if (strncmp(path, root, strlen(root)))
		return false;
	snprintf(buf, sz, "%s", path[strlen(root)] ? path + strlen(root) : "/");
	return true;
}

bool cgroup__path(u64 id, char *buf, size_t sz)
{
	return id && (path_below("/sys/fs/cgroup", id, buf, sz) ||
		      path_below("/sys/fs/cgroup/memory", id, buf, sz));
}
