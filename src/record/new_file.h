/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The file that is about to be written, by root and often in a folder that others write to. It
 * holds addresses of the kernel, so it is its owner's alone (0600), and what is at its path already
 * is neither followed nor written to: the new file is made beside it, under another name, and takes
 * its place once it has begun well.
 */
#ifndef PINACCT_NEW_FILE_H
#define PINACCT_NEW_FILE_H

struct new_file {
	int fd;
	char *path, *temp; /* both NULL where there is nothing to rename */
};

/*
 * Opens path for writing. A FIFO or a device is written to as it is; "-", /dev/stdout and /dev/fd/N
 * are what the process has open already. 0, or negative errno: -ELOOP for any other symbolic link.
 */
int new_file__open(struct new_file *f, const char *path);
/* Gives it its name. 0 or negative errno. */
int new_file__keep(struct new_file *f);
/* Closes it. One that was not kept is removed. 0, or the negative errno of close(2). */
int new_file__close(struct new_file *f);

#endif
