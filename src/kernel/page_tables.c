// SPDX-License-Identifier: GPL-2.0
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "kernel/page_tables.h"

/* Documentation/admin-guide/mm/pagemap.rst: the same in all versions */
#define ENTRY_PRESENT (1ull << 63)
#define ENTRY_PFN     ((1ull << 55) - 1)

#define ENTRIES_AT_ONCE 8192

struct reader {
	int fd; /* pagemap */
	u64 page_bytes;
	u64 entries[ENTRIES_AT_ONCE];
};

static int open_of(u32 pid, const char *name)
{
	char path[64];
	int fd;

	snprintf(path, sizeof(path), "/proc/%u/%s", pid, name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	return fd >= 0 ? fd : errno == ENOENT ? -ESRCH : -errno;
}

static int tell_entries(struct reader *r, const struct mapping *m, u64 addr, size_t n,
			mapped_page_fn fn, void *arg)
{
	int err = 0;

	for (size_t i = 0; i < n && !err; i++) {
		u64 pfn = r->entries[i] & ENTRY_PFN;

		if (!(r->entries[i] & ENTRY_PRESENT))
			continue;
		err = pfn ? fn(m, addr + i * r->page_bytes, pfn, arg) : -EPERM;
	}
	return err;
}

static int read_mapping(struct reader *r, const struct mapping *m, mapped_page_fn fn, void *arg)
{
	u64 addr = m->start / r->page_bytes * r->page_bytes;
	int err = 0;

	while (addr < m->end && !err) {
		u64 left = (m->end - addr + r->page_bytes - 1) / r->page_bytes;
		size_t ask = left < ENTRIES_AT_ONCE ? left : ENTRIES_AT_ONCE;
		ssize_t got = pread(r->fd, r->entries, ask * sizeof(u64),
				    addr / r->page_bytes * sizeof(u64));

		if (got < 0 && errno != EINTR)
			return -errno;
		if (!got) /* the process ended, or behind its last address */
			break;
		if (got < 0)
			continue;
		err = tell_entries(r, m, addr, got / sizeof(u64), fn, arg);
		addr += got / sizeof(u64) * r->page_bytes;
	}
	return err;
}

static struct reader *open_reader(u32 pid, int *err)
{
	struct reader *r = malloc(sizeof(*r));

	*err = -ENOMEM;
	if (!r)
		return NULL;
	r->page_bytes = sysconf(_SC_PAGESIZE);
	r->fd = open_of(pid, "pagemap");
	if (r->fd >= 0)
		return r;
	*err = r->fd;
	free(r);
	return NULL;
}

static void close_reader(struct reader *r)
{
	close(r->fd);
	free(r);
}

int page_tables__range(u32 pid, u64 start, u64 bytes, mapped_page_fn fn, void *arg)
{
	const struct mapping m = { .pid = pid, .start = start, .end = start + bytes };
	int err;
	struct reader *r;

	if (m.end < start)
		return -EINVAL;
	r = open_reader(pid, &err);
	if (!r)
		return err;
	err = read_mapping(r, &m, fn, arg);
	close_reader(r);
	return err;
}

static void read_comm(u32 pid, char comm[PIN_COMM_BYTES])
{
	int fd = open_of(pid, "comm");
	ssize_t got = fd >= 0 ? read(fd, comm, PIN_COMM_BYTES - 1) : 0;

	comm[got > 0 ? got : 0] = '\0';
	comm[strcspn(comm, "\n")] = '\0';
	if (fd >= 0)
		close(fd);
}

/* "START-END PERM OFFSET DEV INODE      PATH" */
static bool parse_mapping(char *line, struct mapping *m)
{
	int path = 0;

	if (sscanf(line, "%" SCNx64 "-%" SCNx64 " %*s %*s %*s %*s %n", &m->start, &m->end, &path) <
		    2 ||
	    !path)
		return false;
	line[strcspn(line, "\n")] = '\0';
	snprintf(m->what, sizeof(m->what), "%s", line + path);
	/* the kernel's own, the same in every process */
	return strcmp(m->what, "[vsyscall]") && strcmp(m->what, "[vvar]") &&
	       strcmp(m->what, "[vdso]");
}

static int read_process(struct page_tables_walk *w, u32 pid)
{
	struct mapping m = { .pid = pid };
	char *line = NULL;
	size_t cap = 0;
	struct reader *r;
	int fd, err;
	FILE *maps;

	fd = open_of(pid, "maps");
	maps = fd >= 0 ? fdopen(fd, "r") : NULL;
	if (!maps)
		return fd < 0 ? fd : -errno;
	r = open_reader(pid, &err);
	if (r) {
		read_comm(pid, m.comm);
		err = 0;
		while (!err && getline(&line, &cap, maps) > 0) {
			if (!parse_mapping(line, &m))
				continue;
			if (m.end - m.start > PAGE_TABLES_SPAN_MAX)
				w->skipped++;
			else
				err = read_mapping(r, &m, w->fn, w->arg);
		}
		close_reader(r);
	}
	free(line);
	fclose(maps);
	return err;
}

/* Ends with the first process that one may not look at; those that end meanwhile are passed over.
 */
int page_tables__all(struct page_tables_walk *w)
{
	DIR *proc = opendir("/proc");
	struct dirent *d;
	u64 total = 0, done = 0;
	int err = 0;

	if (!proc)
		return -errno;
	while ((d = readdir(proc)))
		total += d->d_name[0] >= '1' && d->d_name[0] <= '9';
	rewinddir(proc);
	while (!err && (d = readdir(proc))) {
		if (d->d_name[0] < '1' || d->d_name[0] > '9')
			continue;
		err = read_process(w, strtoul(d->d_name, NULL, 10));
		if (err == -ESRCH)
			err = 0;
		if (!err)
			err = w->next(++done, total, w->arg);
	}
	closedir(proc);
	return err;
}
