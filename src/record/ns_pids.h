/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What tasks are called in the PID namespace in which a recording was made. Records have the
 * numbers of the initial namespace; who ran the tool in another one (a container) knows only the
 * latter's. Empty when the recording was made in the initial one.
 */
#ifndef PINACCT_NS_PIDS_H
#define PINACCT_NS_PIDS_H

#include "base/u64map.h"
#include "record/event.h"

struct ns_pids {
	struct u64map by_tid; /* the last task of that number */
};

/* Zeroed is ready. */
void ns_pids__deinit(struct ns_pids *n);
/* 0 or -ENOMEM. */
int ns_pids__add(struct ns_pids *n, const struct rec_ns_pid *rec);
/* The number of a thread, or of a process; 0 = the same, or not known. */
u32 ns_pids__find(const struct ns_pids *n, u32 tid);
/* The other way: the number outside of the one that is ns_tid in there; 0 = none is. */
u32 ns_pids__outside(const struct ns_pids *n, u32 ns_tid);
/* Fills in task->ns_tid and task->ns_tgid. */
void ns_pids__name(const struct ns_pids *n, struct event_task *task);

#endif
