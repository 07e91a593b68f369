// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include "base/log.h"
#include "base/read_word.h"
#include "kernel/limits.h"

#define CGROUP_ROOT "/sys/fs/cgroup"
#define MIB	    (1u << 20)

int limits__files(u64 need, char *err, size_t err_sz)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) || limit.rlim_cur >= need)
		return 0;
	if (limit.rlim_max < need) {
		/* with CAP_SYS_RESOURCE */
		struct rlimit more = { .rlim_cur = need, .rlim_max = need };

		if (!setrlimit(RLIMIT_NOFILE, &more))
			return 0;
		snprintf(
			err, err_sz,
			"%llu open files are needed here, and the hard limit is %llu: 'ulimit -n %llu' (LimitNOFILE= of a service)",
			(unsigned long long)need, (unsigned long long)limit.rlim_max,
			(unsigned long long)need);
		return -ENOTSUP;
	}
	limit.rlim_cur = need;
	if (setrlimit(RLIMIT_NOFILE, &limit))
		log_debug("cannot raise the limit of open files: %s", strerror(errno));
	return 0;
}

/* False: there is no such file, or no limit. */
static bool read_bytes(const char *cgroup, const char *file, u64 *bytes)
{
	char path[4200], text[32], *end;

	snprintf(path, sizeof(path), CGROUP_ROOT "%s/%s", cgroup, file);
	read_word(path, text, sizeof(text));
	*bytes = strtoull(text, &end, 10);
	return end != text;
}

/* "0::/path" is the line of version 2. */
static bool own_cgroup(char *buf, size_t sz)
{
	FILE *f = fopen("/proc/self/cgroup", "re");
	char line[4096];
	bool found = false;

	while (f && !found && fgets(line, sizeof(line), f)) {
		line[strcspn(line, "\n")] = '\0';
		found = !strncmp(line, "0::/", 4);
		if (found)
			snprintf(buf, sz, "%s", line + 3);
	}
	if (f)
		fclose(f);
	return found;
}

int limits__memory(u64 need_bytes, char *err, size_t err_sz)
{
	char cgroup[4096], *cut;
	u64 max, used;

	if (!own_cgroup(cgroup, sizeof(cgroup)))
		return 0;
	do {
		if (read_bytes(cgroup, "memory.max", &max) &&
		    read_bytes(cgroup, "memory.current", &used) &&
		    (used > max || max - used < need_bytes)) {
			snprintf(
				err, err_sz,
				"the memory cgroup %s has %llu MiB left of %llu, and about %llu are needed here: raise its memory.max, or take a smaller --ring-size",
				cgroup, (unsigned long long)(used < max ? max - used : 0) / MIB,
				(unsigned long long)max / MIB,
				(unsigned long long)need_bytes / MIB);
			return -ENOTSUP;
		}
		cut = strrchr(cgroup, '/');
		if (cut)
			*cut = '\0';
	} while (cut);
	return 0;
}
