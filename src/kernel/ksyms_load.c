// SPDX-License-Identifier: GPL-2.0
/* Where the text comes from that ksyms.c parses. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "kernel/ksyms.h"
#include "kernel/ksyms_iter.h"

#define KALLSYMS_READ_BYTES (1u << 20)

/* procfs does not tell sizes, hence the growing. */
static int read_all(int fd, char **text, size_t *sz)
{
	size_t cap = 0;

	for (;;) {
		ssize_t got;

		if (cap - *sz < KALLSYMS_READ_BYTES / 2) {
			char *more;

			cap = cap ? cap * 2 : KALLSYMS_READ_BYTES;
			more = realloc(*text, cap);
			if (!more)
				return -ENOMEM;
			*text = more;
		}
		got = read(fd, *text + *sz, cap - *sz);
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return -errno;
		if (!got)
			return 0;
		*sz += (size_t)got;
		if (*sz > KSYMS_TEXT_MAX_BYTES)
			return -EFBIG;
	}
}

static void set_err(char *err, size_t err_sz, const char *name, const char *why)
{
	if (err && err_sz)
		snprintf(err, err_sz, "%s: %s", name, why);
}

/* fd: a descriptor, which is closed, or negative errno. */
static struct ksyms *load_from(int fd, const char *name, char *err, size_t err_sz)
{
	struct ksyms *ks = NULL;
	char *text = NULL;
	size_t sz = 0;
	int ret = fd < 0 ? fd : read_all(fd, &text, &sz);

	if (!ret)
		ks = ksyms__parse(text, sz, name, err, err_sz);
	else
		set_err(err, err_sz, name, strerror(-ret));
	if (!ret && !ks)
		ret = -errno;
	free(text);
	if (fd >= 0)
		close(fd);
	errno = -ret;
	return ks;
}

struct ksyms *ksyms__load(const char *path, char *err, size_t err_sz)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct ksyms *ks = load_from(fd < 0 ? -errno : fd, path, err, err_sz);

	if (ks || errno != EPERM || strcmp(path, KSYMS_PATH))
		return ks;
	fd = ksyms_iter__open();
	if (fd >= 0)
		ks = load_from(fd, "the symbol iterator", err, err_sz);
	else
		errno = EPERM;
	if (ks && err)
		err[0] = '\0';
	return ks;
}
