/* SPDX-License-Identifier: GPL-2.0 */
/* What the parts of the exercise share; all of this runs in its child. */
#ifndef PINACCT_EXERCISE_IMPL_H
#define PINACCT_EXERCISE_IMPL_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>
#include <pinacct/types.h>

#define EXERCISE_DIR	    "/tmp" /* covered by a tmpfs of our namespace's own */
#define EXERCISE_PAGES	    8	   /* of one I/O */
#define EXERCISE_FILE_BYTES (16 * 4096)

/* A place to do I/O on, once it is made. */
struct target {
	const char *name;
	char path[128]; /* of the file, or the device */
	bool device;
	bool read_only;
	char why[48]; /* not made: the reason; else "" */
};

/* exercise_fs.c: makes the file system of this name and a file on it. */
void target__make(struct target *t, const char *name);
/* The names that there are, in order; NULL at the end. */
const char *target__name(size_t idx);

/* What makers are made of; 0 or negative errno. */
int make__run(const char *const argv[]); /* in silence; -ENOENT: no such program */
void make__module(const char *name);
int make__file(const char *path, off_t bytes, bool sparse);
void make__text(const char *path, int *err, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
void target__fail(struct target *t, const char *what, int err);

/* Those with a server: exercise_fuse.c, exercise_nfs.c, exercise_net.c. */
void target__make_fuse(struct target *t);
void target__make_nfs3(struct target *t);
void target__make_nfs4(struct target *t);
void exercise__stop_nfs(void); /* at the end; when killed it stops by itself */
void target__make_9p(struct target *t);
void target__make_cifs(struct target *t);

/* exercise_ways.c: all I/O. say() is told, as "FS: why", of what could not be done. */
typedef void (*say_fn)(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void ways__drive(const struct target *t, say_fn say);

/*
 * exercise_uring.c: one read or write of `len` bytes at 0 of fd by io_uring. 0 or negative errno.
 */
int uring__rw(int fd, void *buf, size_t len, bool write, bool fixed);

#endif
