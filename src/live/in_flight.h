/* SPDX-License-Identifier: GPL-2.0 */
/*
 * I/O that is under way at the end of a run: a slow device has pages of a process that is gone, and
 * nothing is wrong with that. Which I/O a pin is part of cannot be asked, but a device can: once it
 * was seen with nothing in flight, all I/O on pages pinned before is done.
 */
#ifndef PINACCT_IN_FLIGHT_H
#define PINACCT_IN_FLIGHT_H

#include "capture/capture.h"
#include "ledger/ledger.h"

#define IN_FLIGHT_DEVS_MAX 64 /* I/O on those beyond is not waited for */

struct in_flight_device {
	u32 dev;	/* as pins name it; 0 = they name none */
	u64 pages;	/* open pins of I/O there, as of the last look */
	u64 waited_for; /* of these, pins that should be gone */
	u64 idle_ns;	/* all I/O on pages pinned before this moment is done; 0 = never idle */
	bool busy;	/* had I/O in flight at the last look */
};

struct in_flight {
	struct in_flight_device devs[IN_FLIGHT_DEVS_MAX];
	size_t nr;
	bool have_cmd; /* the command's pins should be gone; else only those of dead holders */
	u64 until_ns;  /* pins that are younger are somebody's current work */
};

/*
 * Looks at the open pins of I/O and at their devices; now_ns is by the clock of records. Returns
 * for how many pages it is worth to wait: they should be gone, and their device was not seen idle,
 * or only just now.
 */
u64 in_flight__look(struct in_flight *f, const struct ledger *l, u64 now_ns);
/* A mark for each device that has pages and I/O in flight, as of the last look. 0 or an error. */
int in_flight__tell(const struct in_flight *f, struct capture *c);

#endif
