// SPDX-License-Identifier: GPL-2.0
/*
 * A FORK may come after the child's first pin (other CPU's ring), so that descent is followed along
 * the parents at the moment it is asked for. What is older than the reorder time is final: then
 * the answer is written down in place of the parent, and the dead can be forgotten.
 */
#include <errno.h>
#include "ledger/process.h"

#define PROCESS_LIMIT 1024
/* No process has more ancestors, unless a fuzzer made them. */
#define ANCESTORS_MAX 4096

static struct process *process_at(const struct processes *p, u32 idx)
{
	return pool__at(&p->pool, idx);
}

static u64 process_key_of(const void *elem)
{
	return ((const struct process *)elem)->tgid;
}

int processes__init(struct processes *p, const struct stream_time *time)
{
	int err = pool__init(&p->pool, sizeof(struct process));

	p->limit = PROCESS_LIMIT;
	p->time = time;
	if (!err)
		err = table__init(&p->by_tgid, &p->pool, offsetof(struct process, next),
				  process_key_of);
	return err;
}

void processes__deinit(struct processes *p)
{
	table__deinit(&p->by_tgid);
	pool__deinit(&p->pool);
}

u64 processes__bytes(const struct processes *p)
{
	return pool__bytes(&p->pool) + table__bytes(&p->by_tgid);
}

static u32 find(const struct processes *p, u32 tgid)
{
	u32 idx = table__first(&p->by_tgid, tgid);

	while (idx && process_at(p, idx)->tgid != tgid)
		idx = process_at(p, idx)->next;
	return idx;
}

static u32 add(struct processes *p, u32 tgid)
{
	u32 idx = pool__alloc(&p->pool);

	if (!idx)
		return 0;
	process_at(p, idx)->tgid = tgid;
	process_at(p, idx)->hashed = true;
	table__add(&p->by_tgid, tgid, idx);
	return idx;
}

static void unhash(struct processes *p, u32 idx)
{
	if (!process_at(p, idx)->hashed)
		return;
	process_at(p, idx)->hashed = false;
	table__del(&p->by_tgid, process_at(p, idx)->tgid, idx);
}

u32 processes__get(struct processes *p, u32 tgid)
{
	u32 idx = find(p, tgid);

	if (!idx)
		idx = add(p, tgid);
	if (idx)
		process_at(p, idx)->refs++;
	return idx;
}

void processes__put(struct processes *p, u32 idx)
{
	if (idx)
		process_at(p, idx)->refs--;
}

void processes__begin_pass(struct processes *p)
{
	p->pass++;
}

/*
 * The answer is written on the whole way up to where it was known. A membership stays true, since
 * parents do not change. That somebody is no member holds for this pass only: a FORK that is still
 * to come may make him one.
 */
bool processes__is_member(struct processes *p, u32 idx)
{
	bool member = false;
	u32 at = idx, steps = 0;

	for (; at && steps < ANCESTORS_MAX; steps++, at = process_at(p, at)->parent) {
		member = process_at(p, at)->member;
		if (member || process_at(p, at)->asked == p->pass)
			break;
	}
	for (at = idx; at && steps; steps--, at = process_at(p, at)->parent) {
		process_at(p, at)->member = member;
		process_at(p, at)->asked = p->pass;
	}
	return member;
}

/* Is `who` an ancestor of idx? Then it cannot become its child, whatever the records say. */
static bool has_ancestor(const struct processes *p, u32 idx, u32 who)
{
	for (unsigned i = 0; idx && i < ANCESTORS_MAX; i++) {
		if (idx == who)
			return true;
		idx = process_at(p, idx)->parent;
	}
	return idx;
}

/* Writes down what is final, then forgets the dead that nobody refers to. */
static void clean_up(struct processes *p)
{
	processes__begin_pass(p);
	for (u32 i = 1; i < p->pool.top; i++)
		if (process_at(p, i)->parent)
			processes__is_member(p, i); /* notes it */
	for (u32 i = 1; i < p->pool.top; i++) {
		struct process *one = process_at(p, i);

		if (one->parent && stream_time__is_final(p->time, one->born_ns)) {
			processes__put(p, one->parent);
			one->parent = 0;
		}
	}
	for (u32 i = 1; i < p->pool.top; i++) {
		struct process *one = process_at(p, i);
		bool gone =
			one->dead_ns ? stream_time__is_final(p->time, one->dead_ns) : !one->hashed;

		/* One that lives, whose FORK was not seen and that has no family, tells nothing. */
		if (!one->tgid || one->refs || one->parent ||
		    (!gone && (one->forked || one->member)))
			continue;
		unhash(p, i);
		pool__free(&p->pool, i);
	}
	p->limit = 2 * pool__live(&p->pool);
	if (p->limit < PROCESS_LIMIT)
		p->limit = PROCESS_LIMIT;
}

int processes__fork(struct processes *p, u32 tgid, u32 parent, u64 ts_ns)
{
	u32 idx, up;

	if (tgid == parent || !tgid)
		return 0; /* a thread */
	if (pool__live(&p->pool) > p->limit)
		clean_up(p);
	idx = find(p, tgid);
	if (idx && (process_at(p, idx)->forked ||
		    (process_at(p, idx)->dead_ns && process_at(p, idx)->dead_ns < ts_ns))) {
		unhash(p, idx); /* the number is used again */
		idx = 0;
	}
	if (!idx)
		idx = add(p, tgid);
	if (!idx)
		return -ENOMEM;
	up = parent ? processes__get(p, parent) : 0;
	if (parent && !up)
		return -ENOMEM;
	if (process_at(p, idx)->refs && has_ancestor(p, up, idx)) {
		processes__put(p, up);
		return 0;
	}
	process_at(p, idx)->parent = up;
	process_at(p, idx)->born_ns = ts_ns;
	process_at(p, idx)->forked = true;
	return 0;
}

void processes__exit(struct processes *p, u32 tgid, u64 ts_ns)
{
	u32 idx = find(p, tgid);

	if (idx && process_at(p, idx)->born_ns <= ts_ns)
		process_at(p, idx)->dead_ns = ts_ns;
}

int processes__set_root(struct processes *p, u32 tgid)
{
	u32 idx = find(p, tgid);

	if (!tgid)
		return 0;
	if (!idx)
		idx = add(p, tgid);
	if (!idx)
		return -ENOMEM;
	process_at(p, idx)->member = true;
	return 0;
}
