/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Drives small file systems, made for it, every way in: what `audit --exercise` looks at. All of it
 * happens in a child with a mount namespace of its own, under a tmpfs that only this namespace
 * sees, on loop devices that go away with their last user. So nothing is left however it ends, and
 * nothing else is touched.
 */
#ifndef PINACCT_EXERCISE_H
#define PINACCT_EXERCISE_H

#include <stdbool.h>
#include <stddef.h>

struct exercise;

#define EXERCISE_TEXT_BYTES 64 /* of a mark */

/*
 * Are these names of file systems that can be exercised, or "all"? 0, or -EINVAL after one line on
 * stderr.
 */
int exercise__check_names(const char *names);
/* Makes and mounts; returns when all is there that can be. NULL, errno, and one line in err. */
struct exercise *exercise__new(const char *names, char *err, size_t err_sz);
/* Lets the I/O begin. */
void exercise__go(struct exercise *x);
/* The next "FS: why" of what could not be tried: 1; 0 = none yet; -1 = the exercise is over. */
int exercise__next(struct exercise *x, char text[static EXERCISE_TEXT_BYTES]);
/* After its end: did it break off? Why? */
bool exercise__failed(const struct exercise *x);
const char *exercise__error(const struct exercise *x);
void exercise__free(struct exercise *x); /* NULL is fine; ends it if it still runs */

#endif
