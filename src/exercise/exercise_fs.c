// SPDX-License-Identifier: GPL-2.0
/*
 * The file systems: made in sparse images under EXERCISE_DIR, mounted, with a file of a few pages.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/loop.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>
#include "exercise/exercise_impl.h"

#define MIB (1ull << 20)

/*
 * Attaches `file` to a free loop device, which goes away with its last user. Its name in dev, and a
 * descriptor that keeps it; or negative errno.
 */
static int attach_loop(const char *file, bool direct, char *dev, size_t dev_sz)
{
	struct loop_config cfg = {
		.info.lo_flags = LO_FLAGS_AUTOCLEAR | (direct ? LO_FLAGS_DIRECT_IO : 0),
	};
	int backing = open(file, O_RDWR | O_CLOEXEC | (direct ? O_DIRECT : 0));
	int control, fd = -1, err = 0;

	make__module("loop");
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

static int make_image(const struct disk_fs *d, const char *image, struct target *t)
{
	const char *argv[8] = { NULL };
	int n = 0, err = make__file(image, d->image_bytes, true);

	while (n < 6 && d->mkfs[n]) {
		argv[n] = d->mkfs[n];
		n++;
	}
	argv[n] = image;
	if (!err)
		err = make__run(argv);
	if (err)
		target__fail(t, d->mkfs[0], err);
	return err;
}

/*
 * On a loop device that goes away with the mount, at EXERCISE_DIR/NAME. 0, or negative errno and
 * the reason in t.
 */
static int mount_disk(struct target *t, const struct disk_fs *d, const char *name)
{
	char image[64], dir[64], dev[32];
	int loop, err;

	snprintf(image, sizeof(image), EXERCISE_DIR "/%s.img", name);
	snprintf(dir, sizeof(dir), EXERCISE_DIR "/%s", name);
	err = make_image(d, image, t);
	if (err)
		return err;
	make__module(d->name);
	loop = attach_loop(image, false, dev, sizeof(dev));
	if (loop < 0) {
		target__fail(t, "loop device", loop);
		return loop;
	}
	mkdir(dir, 0700);
	err = mount(dev, dir, d->name, 0, NULL) ? -errno : 0;
	close(loop);
	if (err)
		target__fail(t, "mount", err);
	return err;
}

/* The file that the I/O goes to. */
static void make_target_file(struct target *t, const char *path)
{
	int err;

	snprintf(t->path, sizeof(t->path), "%s", path);
	err = make__file(t->path, EXERCISE_FILE_BYTES, false);
	if (err)
		target__fail(t, "file", err);
}

static void make_disk_fs(struct target *t)
{
	const struct disk_fs *d = disk_fs;
	char path[64];

	while (strcmp(d->name, t->name))
		d++;
	snprintf(path, sizeof(path), EXERCISE_DIR "/%s/file", d->name);
	if (!mount_disk(t, d, d->name))
		make_target_file(t, path);
}

static void make_tmpfs(struct target *t)
{
	make_target_file(t, EXERCISE_DIR "/tmpfs-file");
}

/* Over an ext4 of its own, so that its I/O gets to a disk. */
static void make_overlay(struct target *t)
{
	static const char *const dirs[] = { "lower", "upper", "work", "merged" };
	char dir[64];
	int err = 0;

	if (mount_disk(t, &disk_fs[0], "overlay"))
		return;
	make__module("overlay");
	for (size_t i = 0; !err && i < sizeof(dirs) / sizeof(dirs[0]); i++) {
		snprintf(dir, sizeof(dir), EXERCISE_DIR "/overlay/%s", dirs[i]);
		err = mkdir(dir, 0700) ? -errno : 0;
	}
	if (!err && mount("overlay", EXERCISE_DIR "/overlay/merged", "overlay", 0,
			  "lowerdir=" EXERCISE_DIR "/overlay/lower,upperdir=" EXERCISE_DIR
			  "/overlay/upper,workdir=" EXERCISE_DIR "/overlay/work"))
		err = -errno;
	if (err)
		target__fail(t, "mount", err);
	else
		make_target_file(t, EXERCISE_DIR "/overlay/merged/file");
}

/* A raw block device: a loop device on memory. */
static void make_device(struct target *t, const char *image, bool direct)
{
	char dev[32];
	int loop;

	loop = attach_loop(image, direct, dev, sizeof(dev));
	if (loop < 0) {
		target__fail(t, "loop device", loop);
		return;
	}
	t->device = true;
	snprintf(t->path, sizeof(t->path), "%s", dev);
}

static void make_raw(struct target *t)
{
	const char *image = EXERCISE_DIR "/block.img";
	int err = make__file(image, 4 * MIB, true);

	if (err)
		target__fail(t, "image", err);
	else
		make_device(t, image, false);
}

/* A loop device whose own I/O is direct, on a file of an ext4. */
static void make_loop(struct target *t)
{
	int err;

	if (mount_disk(t, &disk_fs[0], "loop"))
		return;
	err = make__file(EXERCISE_DIR "/loop/file", 4 * MIB, false);
	if (err)
		target__fail(t, "file", err);
	else
		make_device(t, EXERCISE_DIR "/loop/file", true);
}

static const struct {
	const char *name;
	void (*make)(struct target *t);
} targets[] = {
	{ "ext4", make_disk_fs },      { "xfs", make_disk_fs },	      { "btrfs", make_disk_fs },
	{ "f2fs", make_disk_fs },      { "vfat", make_disk_fs },      { "exfat", make_disk_fs },
	{ "ext2", make_disk_fs },      { "tmpfs", make_tmpfs },	      { "overlay", make_overlay },
	{ "bdev", make_raw },	       { "loop", make_loop },	      { "fuse", target__make_fuse },
	{ "nfs", target__make_nfs3 },  { "nfs4", target__make_nfs4 }, { "9p", target__make_9p },
	{ "cifs", target__make_cifs },
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
