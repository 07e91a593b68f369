// SPDX-License-Identifier: GPL-2.0
#include "record/ns_pids.h"

void ns_pids__deinit(struct ns_pids *n)
{
	u64map__deinit(&n->by_tid);
}

int ns_pids__add(struct ns_pids *n, const struct rec_ns_pid *rec)
{
	int err = u64map__set(&n->by_tid, rec->tid, rec->ns_tid);

	/* a process may be known by one of its threads first */
	if (!err && rec->tgid != rec->tid)
		err = u64map__set(&n->by_tid, rec->tgid, rec->ns_tgid);
	return err;
}

u32 ns_pids__find(const struct ns_pids *n, u32 tid)
{
	const u64 *nr = u64map__get(&n->by_tid, tid);

	return nr ? *nr : 0;
}

u32 ns_pids__outside(const struct ns_pids *n, u32 ns_tid)
{
	for (size_t i = 0; i < n->by_tid.cap; i++)
		if (n->by_tid.slots[i].key && n->by_tid.slots[i].value == ns_tid)
			return n->by_tid.slots[i].key;
	return 0;
}

void ns_pids__name(const struct ns_pids *n, struct event_task *task)
{
	if (!n->by_tid.nr)
		return;
	task->ns_tid = ns_pids__find(n, task->tid);
	task->ns_tgid = ns_pids__find(n, task->tgid);
}
