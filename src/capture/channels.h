/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Which CPU writes to which channel. A channel is a ring, a lane and some buffers; memory for one
 * is worth having for a CPU that is online, but many machines could have hundreds more than they do
 * (firmware and hypervisors announce them for hotplug). So each CPU that is online at the start has
 * a channel of its own, and those that come later share these.
 */
#ifndef PINACCT_CHANNELS_H
#define PINACCT_CHANNELS_H

#include <pinacct/types.h>

/*
 * Fills of_cpu[0..nr_cpus) with channel numbers, from 0 on without gaps, and returns how many
 * channels there are; nr_cpus is the number of possible CPUs. `online` is a list as sysfs has it
 * ("0-3,8"); where it is no such list, or names no possible CPU, each CPU gets its own channel.
 */
unsigned channels__assign(const char *online, unsigned nr_cpus, u32 *of_cpu);
/* The same with the list of this machine. */
unsigned channels__assign_online(unsigned nr_cpus, u32 *of_cpu);

#endif
