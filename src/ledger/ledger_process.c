// SPDX-License-Identifier: GPL-2.0
/*
 * Who descends from the command under test. A FORK may come after the child's
 * first pin (other CPU's ring), so that descent is followed when it is asked
 * for. What is older than the reorder time is final, and is written down
 * instead of followed: only then may the dead be forgotten.
 */
#include <errno.h>
#include "ledger/ledger_impl.h"

#define PROCESS_LIMIT 1024
/* A chain of parents that is longer was made by nobody but a fuzzer. */
#define ANCESTORS_MAX 4096

static struct process *process_at(const struct ledger *l, u32 idx)
{
	return pool__at(&l->processes, idx);
}

static u64 process_key_of(const void *elem)
{
	return ((const struct process *)elem)->tgid;
}

int process__init(struct ledger *l)
{
	int err = pool__init(&l->processes, sizeof(struct process));

	l->process_limit = PROCESS_LIMIT;
	if (!err)
		err = table__init(&l->process_by_tgid, &l->processes,
				  offsetof(struct process, next), process_key_of);
	return err;
}

void process__deinit(struct ledger *l)
{
	table__deinit(&l->process_by_tgid);
	pool__deinit(&l->processes);
}

static u32 find(const struct ledger *l, u32 tgid)
{
	u32 idx = table__first(&l->process_by_tgid, tgid);

	while (idx && process_at(l, idx)->tgid != tgid)
		idx = process_at(l, idx)->next;
	return idx;
}

static u32 add(struct ledger *l, u32 tgid)
{
	u32 idx = pool__alloc(&l->processes);

	if (!idx)
		return 0;
	process_at(l, idx)->tgid = tgid;
	process_at(l, idx)->hashed = true;
	table__add(&l->process_by_tgid, tgid, idx);
	return idx;
}

static void unhash(struct ledger *l, u32 idx)
{
	if (!process_at(l, idx)->hashed)
		return;
	process_at(l, idx)->hashed = false;
	table__del(&l->process_by_tgid, process_at(l, idx)->tgid, idx);
}

/* Index of the process that has this tgid now, with a reference; 0 = no memory. */
u32 process__get(struct ledger *l, u32 tgid)
{
	u32 idx = find(l, tgid);

	if (!idx)
		idx = add(l, tgid);
	if (idx)
		process_at(l, idx)->refs++;
	return idx;
}

void process__put(struct ledger *l, u32 idx)
{
	if (idx)
		process_at(l, idx)->refs--;
}

static bool descends(const struct ledger *l, u32 idx)
{
	for (unsigned i = 0; idx && i < ANCESTORS_MAX; i++) {
		if (process_at(l, idx)->member)
			return true;
		idx = process_at(l, idx)->parent;
	}
	return false;
}

/* Is `who` an ancestor of idx? Then it cannot become its child, whatever the stream says. */
static bool has_ancestor(const struct ledger *l, u32 idx, u32 who)
{
	for (unsigned i = 0; idx && i < ANCESTORS_MAX; i++) {
		if (idx == who)
			return true;
		idx = process_at(l, idx)->parent;
	}
	return idx;
}

void process__refresh(const struct ledger *l)
{
	for (u32 i = 1; i < l->holders.top; i++) {
		struct holder *h = holder_at(l, i);

		if (h->process && !h->pub.workload)
			h->pub.workload = descends(l, h->process);
	}
}

/* Writes down what is final, then forgets the dead that nobody refers to. */
static void clean_up(struct ledger *l)
{
	process__refresh(l);
	for (u32 i = 1; i < l->processes.top; i++) {
		struct process *p = process_at(l, i);

		if (p->parent && !p->member)
			p->member = descends(l, i);
	}
	for (u32 i = 1; i < l->processes.top; i++) {
		struct process *p = process_at(l, i);

		if (p->parent && after_reorder(l, p->born_ns)) {
			process__put(l, p->parent);
			p->parent = 0;
		}
	}
	for (u32 i = 1; i < l->processes.top; i++) {
		struct process *p = process_at(l, i);
		bool gone = p->dead_ns ? after_reorder(l, p->dead_ns) : !p->hashed;

		/* A live one without FORK and of no family tells nothing either. */
		if (!p->tgid || p->refs || p->parent || (!gone && (p->forked || p->member)))
			continue;
		unhash(l, i);
		pool__free(&l->processes, i);
	}
	l->process_limit = 2 * pool__live(&l->processes);
	if (l->process_limit < PROCESS_LIMIT)
		l->process_limit = PROCESS_LIMIT;
}

int process__fork(struct ledger *l, u32 tgid, u32 parent, u64 ts_ns)
{
	u32 idx, up;

	if (tgid == parent || !tgid)
		return 0; /* a thread */
	if (pool__live(&l->processes) > l->process_limit)
		clean_up(l);
	idx = find(l, tgid);
	if (idx && (process_at(l, idx)->forked ||
		    (process_at(l, idx)->dead_ns && process_at(l, idx)->dead_ns < ts_ns))) {
		unhash(l, idx); /* the number is used again */
		idx = 0;
	}
	if (!idx)
		idx = add(l, tgid);
	if (!idx)
		return -ENOMEM;
	up = parent ? process__get(l, parent) : 0;
	if (parent && !up)
		return -ENOMEM;
	if (has_ancestor(l, up, idx)) {
		process__put(l, up);
		return 0;
	}
	process_at(l, idx)->parent = up;
	process_at(l, idx)->born_ns = ts_ns;
	process_at(l, idx)->forked = true;
	return 0;
}

void process__exit(struct ledger *l, u32 tgid, u64 ts_ns)
{
	u32 idx = find(l, tgid);

	if (idx && process_at(l, idx)->born_ns <= ts_ns)
		process_at(l, idx)->dead_ns = ts_ns;
}

int process__root(struct ledger *l, u32 tgid)
{
	u32 idx = find(l, tgid);

	if (!tgid)
		return 0;
	if (!idx)
		idx = add(l, tgid);
	if (!idx)
		return -ENOMEM;
	process_at(l, idx)->member = true;
	return 0;
}
