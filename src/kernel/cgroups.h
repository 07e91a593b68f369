/* SPDX-License-Identifier: GPL-2.0 */
/* From a cgroup's id to its path. */
#ifndef PINACCT_CGROUPS_H
#define PINACCT_CGROUPS_H

#include <stdbool.h>
#include <stddef.h>
#include <pinacct/types.h>

/*
 * Below the mount point, "/" for the root: the unified hierarchy (v2), else v1's memory hierarchy.
 * False when there is none of that id any more, or no permission to ask (CAP_DAC_READ_SEARCH).
 */
bool cgroup__path(u64 id, char *buf, size_t sz);

#endif
