// SPDX-License-Identifier: GPL-2.0
/* Served by others: 9p, CIFS. */
#include <errno.h>
#include <stdio.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include "exercise/exercise_impl.h"

/*
 * A virtual machine's host may share a folder of this name for us: the test box does (tests/vm/run
 * --share).
 */
#define TAG "pinacct-exercise"

void target__make_9p(struct target *t)
{
	const char *dir = EXERCISE_DIR "/9p";
	int err;

	make__module("9p");
	make__module("9pnet_virtio");
	mkdir(dir, 0700);
	err = mount(TAG, dir, "9p", 0, "trans=virtio,version=9p2000.L,cache=none") ? -errno : 0;
	snprintf(t->path, sizeof(t->path), "%s/file", dir);
	if (err == -ENOENT)
		snprintf(t->why, sizeof(t->why), "no virtio share " TAG);
	else if (err)
		target__fail(t, "mount", err);
	else if ((err = make__file(t->path, EXERCISE_FILE_BYTES, false)))
		target__fail(t, "file", err);
}

/*
 * The kernel's server works in kernel threads (fs/smb/server/mgmt/share_config.c kern_path()),
 * which have the first mount namespace: it can export nothing that only we see, and we make nothing
 * elsewhere.
 */
void target__make_cifs(struct target *t)
{
	snprintf(t->why, sizeof(t->why), "ksmbd sees no mount that is only ours");
}
