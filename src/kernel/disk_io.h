/* SPDX-License-Identifier: GPL-2.0 */
/* What block devices are at. */
#ifndef PINACCT_DISK_IO_H
#define PINACCT_DISK_IO_H

#include <pinacct/types.h>

/*
 * I/O requests that device `dev` (major << 20 | minor, as the kernel has it) has in flight, by its
 * sysfs file `inflight`. A number that is no block device's (the file system has no device of its
 * own, or several) asks for all of them together. 0 when there is no sysfs to tell.
 *
 * What waits above the device is not counted by the kernel: for its cgroup's io.max, or in
 * dm-delay.
 */
u64 disk_io__in_flight(u32 dev);

#endif
