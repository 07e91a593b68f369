// SPDX-License-Identifier: GPL-2.0
/* The file systems: made in sparse images under EXERCISE_DIR, mounted, with a file of a few pages. */
#include <errno.h>
#include <fcntl.h>
#include <linux/loop.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include "exercise_impl.h"

#define FILE_BYTES (16 * 4096)
#define MIB	   (1ull << 20)

/* Runs a program in silence. 0, -ENOENT when there is none, or -EIO. */
static int run(const char *const argv[])
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

static void load_module(const char *name)
{
	run((const char *const[]){ "modprobe", "-q", name, NULL });
}

/*
 * Attaches `file` to a free loop device, which goes away with its last user. Its name in dev, and a descriptor
 * that keeps it; or negative errno.
 */
static int attach_loop(const char *file, bool direct, char *dev, size_t dev_sz)
{
	struct loop_config cfg = {
		.info.lo_flags = LO_FLAGS_AUTOCLEAR | (direct ? LO_FLAGS_DIRECT_IO : 0),
	};
	int backing = open(file, O_RDWR | O_CLOEXEC | (direct ? O_DIRECT : 0));
	int control, fd = -1, err = 0;

	load_module("loop");
	control = open("/dev/loop-control", O_RDWR | O_CLOEXEC);
	if (control < 0 || backing < 0)
		err = -errno;
	cfg.fd = backing;
	/* another may take the device between the two calls */
	for (int tries = 0; !err && tries < 8; tries++) {
		int nr = ioctl(control, LOOP_CTL_GET_FREE);

		snprintf(dev, dev_sz, "/dev/loop%d", nr);
		fd = nr < 0 ? -1 : open(dev, O_RDWR | O_CLOEXEC);
		if (fd < 0)
			err = -errno;
		else if (!ioctl(fd, LOOP_CONFIGURE, &cfg))
			break;
		else if (errno != EBUSY)
			err = -errno;
		if (fd >= 0)
			close(fd);
		fd = -1;
	}
	if (!err && fd < 0)
		err = -EBUSY;
	if (control >= 0)
		close(control);
	if (backing >= 0)
		close(backing);
	return err ? err : fd;
}

static int make_file(const char *path, off_t bytes, bool sparse)
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

/* On-disk file systems. */
static const struct disk_fs {
	const char *name;
	off_t image_bytes;
	const char *mkfs[6]; /* the image's name comes behind */
} disk_fs[] = {
	{ "ext4", 32 * MIB, { "mkfs.ext4", "-q", "-F" } },
	{ "xfs", 320 * MIB, { "mkfs.xfs", "-q", "-f" } },
	{ "btrfs", 128 * MIB, { "mkfs.btrfs", "-q", "-f" } },
	{ "f2fs", 64 * MIB, { "mkfs.f2fs", "-q", "-f" } },
	{ "vfat", 32 * MIB, { "mkfs.vfat" } },
	{ "exfat", 32 * MIB, { "mkfs.exfat" } },
	{ "ext2", 32 * MIB, { "mkfs.ext2", "-q", "-F" } },
};
#define DISK_FS_CNT (sizeof(disk_fs) / sizeof(disk_fs[0]))

static void fail(struct target *t, const char *what, int err)
{
	snprintf(t->why, sizeof(t->why), "%s: %s", what,
		 err == -ENOENT && !strncmp(what, "mkfs.", 5) ? "not installed" : strerror(-err));
}

static int make_image(const struct disk_fs *d, const char *image, struct target *t)
{
	const char *argv[8] = { NULL };
	int n = 0, err = make_file(image, d->image_bytes, true);

	while (n < 6 && d->mkfs[n]) {
		argv[n] = d->mkfs[n];
		n++;
	}
	argv[n] = image;
	if (!err)
		err = run(argv);
	if (err)
		fail(t, d->mkfs[0], err);
	return err;
}

static void make_disk_fs(struct target *t)
{
	const struct disk_fs *d = disk_fs;
	char image[64], dir[64], dev[32];
	int loop, err;

	while (strcmp(d->name, t->name))
		d++;
	snprintf(image, sizeof(image), EXERCISE_DIR "/%s.img", d->name);
	snprintf(dir, sizeof(dir), EXERCISE_DIR "/%s", d->name);
	if (make_image(d, image, t))
		return;
	load_module(d->name);
	loop = attach_loop(image, false, dev, sizeof(dev));
	if (loop < 0) {
		fail(t, "loop device", loop);
		return;
	}
	mkdir(dir, 0700);
	err = mount(dev, dir, d->name, 0, NULL) ? -errno : 0;
	close(loop);
	snprintf(t->path, sizeof(t->path), "%s/file", dir);
	if (err)
		snprintf(t->why, sizeof(t->why), err == -ENODEV ? "not in this kernel" : "mount: %s",
			 strerror(-err));
	else if ((err = make_file(t->path, FILE_BYTES, false)))
		fail(t, "file", err);
}

static void make_tmpfs(struct target *t)
{
	int err;

	snprintf(t->path, sizeof(t->path), EXERCISE_DIR "/tmpfs-file");
	err = make_file(t->path, FILE_BYTES, false);
	if (err)
		fail(t, "file", err);
}

/* Over an ext4 of its own, so that its I/O gets to a disk. */
static void make_overlay(struct target *t)
{
	static const char *const dirs[] = { "", "/lower", "/upper", "/work", "/merged" };
	const struct disk_fs *d = &disk_fs[0];
	const char *base = EXERCISE_DIR "/overlay", *image = EXERCISE_DIR "/overlay.img";
	char dev[32], dir[64];
	int loop, err;

	if (make_image(d, image, t))
		return;
	load_module("overlay");
	loop = attach_loop(image, false, dev, sizeof(dev));
	if (loop < 0) {
		fail(t, "loop device", loop);
		return;
	}
	mkdir(base, 0700);
	err = mount(dev, base, d->name, 0, NULL) ? -errno : 0;
	close(loop);
	for (size_t i = 1; !err && i < sizeof(dirs) / sizeof(dirs[0]); i++) {
		snprintf(dir, sizeof(dir), "%s%s", base, dirs[i]);
		err = mkdir(dir, 0700) ? -errno : 0;
	}
	if (!err && mount("overlay", EXERCISE_DIR "/overlay/merged", "overlay", 0,
			  "lowerdir=" EXERCISE_DIR "/overlay/lower,upperdir=" EXERCISE_DIR
			  "/overlay/upper,workdir=" EXERCISE_DIR "/overlay/work"))
		err = -errno;
	snprintf(t->path, sizeof(t->path), EXERCISE_DIR "/overlay/merged/file");
	if (!err)
		err = make_file(t->path, FILE_BYTES, false);
	if (err)
		fail(t, "mount", err);
}

/* A raw block device: a loop device on memory. */
static void make_device(struct target *t, const char *image, bool direct)
{
	char dev[32];
	int loop;

	loop = attach_loop(image, direct, dev, sizeof(dev));
	if (loop < 0) {
		fail(t, "loop device", loop);
		return;
	}
	t->device = true;
	snprintf(t->path, sizeof(t->path), "%s", dev);
}

static void make_raw(struct target *t)
{
	const char *image = EXERCISE_DIR "/block.img";
	int err = make_file(image, 4 * MIB, true);

	if (err)
		fail(t, "image", err);
	else
		make_device(t, image, false);
}

/* A loop device whose own I/O is direct, on a file of an ext4. */
static void make_loop(struct target *t)
{
	const struct disk_fs *d = &disk_fs[0];
	const char *base = EXERCISE_DIR "/loop", *image = EXERCISE_DIR "/loop.img";
	char dev[32];
	int loop, err;

	if (make_image(d, image, t))
		return;
	loop = attach_loop(image, false, dev, sizeof(dev));
	if (loop < 0) {
		fail(t, "loop device", loop);
		return;
	}
	mkdir(base, 0700);
	err = mount(dev, base, d->name, 0, NULL) ? -errno : 0;
	close(loop);
	if (!err)
		err = make_file(EXERCISE_DIR "/loop/file", 4 * MIB, false);
	if (err)
		fail(t, "mount", err);
	else
		make_device(t, EXERCISE_DIR "/loop/file", true);
}

/* SPEC part 6 asks for these, too; they need a server or a daemon that this version has not. */
static void make_served(struct target *t)
{
	snprintf(t->why, sizeof(t->why), "the exercise has no server for it");
}

static const struct {
	const char *name;
	void (*make)(struct target *t);
} targets[] = {
	{ "ext4", make_disk_fs },  { "xfs", make_disk_fs },   { "btrfs", make_disk_fs },
	{ "f2fs", make_disk_fs },  { "vfat", make_disk_fs },  { "exfat", make_disk_fs },
	{ "ext2", make_disk_fs },  { "tmpfs", make_tmpfs },   { "overlay", make_overlay },
	{ "bdev", make_raw },	   { "loop", make_loop },     { "fuse", make_served },
	{ "nfs", make_served },	   { "9p", make_served },     { "cifs", make_served },
};
#define TARGET_CNT (sizeof(targets) / sizeof(targets[0]))

const char *target__name(size_t idx)
{
	return idx < TARGET_CNT ? targets[idx].name : NULL;
}

void target__make(struct target *t, const char *name)
{
	memset(t, 0, sizeof(*t));
	for (size_t i = 0; i < TARGET_CNT; i++) {
		if (strcmp(targets[i].name, name))
			continue;
		t->name = targets[i].name;
		targets[i].make(t);
	}
}
