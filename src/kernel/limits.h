/* SPDX-License-Identifier: GPL-2.0 */
/* What this process may have of files and memory, against what it needs. */
#ifndef PINACCT_LIMITS_H
#define PINACCT_LIMITS_H

#include <stddef.h>
#include <pinacct/types.h>

/*
 * Lets this process have `need` file descriptors: the soft limit is raised if the hard one allows
 * it. 0, or -ENOTSUP with one line in err.
 */
int limits__files(u64 need, char *err, size_t err_sz);
/*
 * Is there so much memory left in the memory cgroup (v2) of this process, and in those above it? 0,
 * also where that cannot be told, or -ENOTSUP with one line in err: beyond the limit we would be
 * killed without a word.
 */
int limits__memory(u64 need_bytes, char *err, size_t err_sz);

#endif
