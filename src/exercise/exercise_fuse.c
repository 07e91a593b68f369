// SPDX-License-Identifier: GPL-2.0
/*
 * A pass-through FUSE daemon, by /dev/fuse itself: a root folder with one file, whose reads and
 * writes go to a file on tmpfs. It lives as long as the exercise does, and the kernel ends the
 * mount with it.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/fuse.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>
#include "exercise/exercise_impl.h"

#define FILE_NODE 2
#define DATA_MAX  (1u << 17)

struct daemon {
	int dev, file;
	char in[DATA_MAX + 4096]; /* the request; the kernel asks for 8192 at least */
	char data[DATA_MAX];
};

static void reply(const struct daemon *d, int err, const void *data, size_t len)
{
	const struct fuse_in_header *in = (const void *)d->in;
	struct fuse_out_header out = { .len = sizeof(out) + len,
				       .error = err,
				       .unique = in->unique };
	struct iovec iov[] = { { &out, sizeof(out) }, { (void *)data, len } };

	/* ENOENT: the request was interrupted, and nobody waits */
	if (writev(d->dev, iov, len ? 2 : 1) < 0 && errno != ENOENT)
		_exit(1);
}

static void fill_attr(const struct daemon *d, u64 node, struct fuse_attr *attr)
{
	struct stat st = { .st_mode = S_IFDIR | 0700, .st_nlink = 2 };

	if (node == FILE_NODE)
		fstat(d->file, &st);
	*attr = (struct fuse_attr){
		.ino = node,
		.size = st.st_size,
		.blocks = st.st_blocks,
		.mode = st.st_mode,
		.nlink = st.st_nlink,
		.blksize = 4096,
	};
}

static void do_init(const struct daemon *d, const void *arg)
{
	const struct fuse_init_in *in = arg;
	struct fuse_init_out out = {
		.major = FUSE_KERNEL_VERSION,
		.minor = FUSE_KERNEL_MINOR_VERSION,
		.max_readahead = in->max_readahead,
		.max_write = DATA_MAX,
		.max_background = 16,
		.congestion_threshold = 12,
		.time_gran = 1,
	};

	reply(d, 0, &out, sizeof(out));
}

static void do_lookup(const struct daemon *d, const void *name)
{
	struct fuse_entry_out out = { .nodeid = FILE_NODE, .attr_valid = 1, .entry_valid = 1 };

	if (strcmp(name, "file")) {
		reply(d, -ENOENT, NULL, 0);
		return;
	}
	fill_attr(d, FILE_NODE, &out.attr);
	reply(d, 0, &out, sizeof(out));
}

static void do_getattr(const struct daemon *d, const void *arg)
{
	struct fuse_attr_out out = { .attr_valid = 1 };

	(void)arg;
	fill_attr(d, ((const struct fuse_in_header *)d->in)->nodeid, &out.attr);
	reply(d, 0, &out, sizeof(out));
}

static void do_open(const struct daemon *d, const void *arg)
{
	struct fuse_open_out out = { 0 };

	(void)arg;
	reply(d, 0, &out, sizeof(out));
}

static void do_read(const struct daemon *d, const void *arg)
{
	const struct fuse_read_in *in = arg;
	ssize_t got = pread(d->file, (void *)d->data, in->size < DATA_MAX ? in->size : DATA_MAX,
			    in->offset);

	reply(d, got < 0 ? -errno : 0, d->data, got < 0 ? 0 : got);
}

static void do_write(const struct daemon *d, const void *arg)
{
	const struct fuse_write_in *in = arg;
	ssize_t put = pwrite(d->file, in + 1, in->size, in->offset);
	struct fuse_write_out out = { .size = put < 0 ? 0 : put };

	reply(d, put < 0 ? -errno : 0, &out, put < 0 ? 0 : sizeof(out));
}

static void do_nothing(const struct daemon *d, const void *arg)
{
	(void)arg;
	reply(d, 0, NULL, 0);
}

static void no_reply(const struct daemon *d, const void *arg)
{
	(void)d;
	(void)arg;
}

static void (*const handlers[])(const struct daemon *d, const void *arg) = {
	[FUSE_INIT] = do_init,		[FUSE_LOOKUP] = do_lookup,	[FUSE_GETATTR] = do_getattr,
	[FUSE_SETATTR] = do_getattr, /* times: who cares */
	[FUSE_OPEN] = do_open,		[FUSE_OPENDIR] = do_open,	[FUSE_READ] = do_read,
	[FUSE_WRITE] = do_write,	[FUSE_FLUSH] = do_nothing,	[FUSE_FSYNC] = do_nothing,
	[FUSE_RELEASE] = do_nothing,	[FUSE_RELEASEDIR] = do_nothing, [FUSE_FORGET] = no_reply,
	[FUSE_BATCH_FORGET] = no_reply, [FUSE_INTERRUPT] = no_reply,
};

__attribute__((noreturn)) static void serve(struct daemon *d)
{
	const struct fuse_in_header *in = (const void *)d->in;

	for (;;) {
		ssize_t got = read(d->dev, d->in, sizeof(d->in));

		if (got < 0 && (errno == EINTR || errno == EAGAIN || errno == ENOENT))
			continue;
		if (got < (ssize_t)sizeof(*in))
			_exit(0); /* ENODEV: the mount is gone */
		if (in->opcode < sizeof(handlers) / sizeof(handlers[0]) && handlers[in->opcode])
			handlers[in->opcode](d, in + 1);
		else
			reply(d, -ENOSYS, NULL, 0);
	}
}

/* A process of its own, that ends with us. 0 or negative errno. */
static int start(int dev, int file)
{
	pid_t parent = getpid(), pid = fork();
	struct daemon *d;

	if (pid)
		return pid < 0 ? -errno : 0;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	prctl(PR_SET_NAME, "exercise-fuse");
	d = calloc(1, sizeof(*d));
	if (!d || getppid() != parent)
		_exit(1);
	d->dev = dev;
	d->file = file;
	serve(d);
}

void target__make_fuse(struct target *t)
{
	const char *behind = EXERCISE_DIR "/fuse-file", *dir = EXERCISE_DIR "/fuse";
	int err = make__file(behind, EXERCISE_FILE_BYTES, false), dev = -1, file = -1;
	char options[64];

	make__module("fuse");
	mkdir(dir, 0700);
	if (!err)
		file = open(behind, O_RDWR | O_CLOEXEC);
	if (file >= 0)
		dev = open("/dev/fuse", O_RDWR | O_CLOEXEC);
	if (!err && dev < 0)
		err = -errno;
	snprintf(options, sizeof(options), "fd=%d,rootmode=40000,user_id=0,group_id=0", dev);
	if (!err && mount("exercise", dir, "fuse", 0, options))
		err = -errno;
	if (!err)
		err = start(dev, file);
	if (err)
		target__fail(t, "fuse", err);
	if (dev >= 0)
		close(dev);
	if (file >= 0)
		close(file);
	snprintf(t->path, sizeof(t->path), "%s/file", dir);
}
