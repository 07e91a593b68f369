// SPDX-License-Identifier: GPL-2.0
#include <string.h>
#include "ledger/holders.h"

static u64 key_of(const void *elem)
{
	return ((const struct holder *)elem)->key;
}

static u64 tid_of(const void *elem)
{
	return ((const struct holder *)elem)->pub.task.tid;
}

static u64 mm_of(const void *elem)
{
	return ((const struct holder *)elem)->pub.task.mm;
}

int holders__init(struct holders *h, struct processes *processes)
{
	int err = pool__init(&h->pool, sizeof(struct holder));

	h->processes = processes;
	if (!err)
		err = table__init(&h->by_key, &h->pool, offsetof(struct holder, key_next), key_of);
	if (!err)
		err = table__init(&h->by_tid, &h->pool, offsetof(struct holder, tid_next), tid_of);
	if (!err)
		err = table__init(&h->by_mm, &h->pool, offsetof(struct holder, mm_next), mm_of);
	return err;
}

void holders__deinit(struct holders *h)
{
	table__deinit(&h->by_mm);
	table__deinit(&h->by_tid);
	table__deinit(&h->by_key);
	pool__deinit(&h->pool);
}

u64 holders__bytes(const struct holders *h)
{
	return pool__bytes(&h->pool) + table__bytes(&h->by_key) + table__bytes(&h->by_tid) +
	       table__bytes(&h->by_mm);
}

static bool same_task(const struct event_task *a, const struct event_task *b)
{
	return a->tid == b->tid && a->tgid == b->tgid && a->mm == b->mm &&
	       a->cgroup_id == b->cgroup_id && !memcmp(a->comm, b->comm, sizeof(a->comm));
}

/* Neither its thread nor its address space had ended by then: the numbers are used again. */
static bool lived_at(const struct ledger_holder *h, u64 ts_ns)
{
	return (!h->exited_ns || ts_ns <= h->exited_ns) &&
	       (!h->mm_gone_ns || ts_ns <= h->mm_gone_ns);
}

bool holders__is(const struct holder *h, const struct event_task *task, u64 ts_ns)
{
	return !h->past && h->first_ns <= ts_ns && lived_at(&h->pub, ts_ns) &&
	       same_task(&h->pub.task, task);
}

static u64 task_key(const struct holders *h, const struct event_task *task, bool past)
{
	u64 seed = h->by_key.seed, words[2], key;

	memcpy(words, task->comm, sizeof(words));
	key = hash__add(seed, past, (u64)task->tid << 32 | task->tgid);
	key = hash__add(seed, key, task->mm);
	key = hash__add(seed, key, task->cgroup_id);
	key = hash__add(seed, key, words[0]);
	return hash__add(seed, key, words[1]);
}

/* The end of a task, or an address space, that had ended before its pin came: the first after
 * ts_ns. */
static u64 end_after(const struct death *deaths, u64 what, u64 ts_ns)
{
	u64 end = 0;

	for (unsigned i = 0; i < DEATHS; i++)
		if (deaths[i].what == what && what && deaths[i].ts_ns >= ts_ns &&
		    (!end || deaths[i].ts_ns < end))
			end = deaths[i].ts_ns;
	return end;
}

static u32 holder_new(struct holders *h, const struct event_task *task, u64 key, bool past)
{
	u32 idx = pool__alloc(&h->pool);
	struct holder *one;

	if (!idx)
		return 0;
	one = holders__at(h, idx);
	one->pub.task = *task;
	one->key = key;
	one->used = true;
	one->past = past;
	if (task->tgid)
		one->process = processes__get(h->processes, task->tgid);
	if (task->tgid && !one->process) {
		pool__free(&h->pool, idx);
		return 0;
	}
	table__add(&h->by_key, key, idx);
	return idx;
}

/* To be told of its end. */
static void watch_for_end(struct holders *h, u32 idx)
{
	struct holder *one = holders__at(h, idx);

	one->by_tid = !one->pub.exited_ns;
	if (one->by_tid)
		table__add(&h->by_tid, one->pub.task.tid, idx);
	one->by_mm = one->pub.task.mm && !one->pub.mm_gone_ns;
	if (one->by_mm)
		table__add(&h->by_mm, one->pub.task.mm, idx);
}

u32 holders__get(struct holders *h, const struct event_task *task, u64 ts_ns)
{
	u64 key = task_key(h, task, false);
	struct holder *one;
	u32 idx, looked = 0;

	for (idx = table__first(&h->by_key, key); idx && looked < HOLDERS_LOOKED_AT;
	     idx = one->key_next, looked++) {
		one = holders__at(h, idx);
		if (!one->past && lived_at(&one->pub, ts_ns) && same_task(&one->pub.task, task)) {
			if (ts_ns < one->first_ns)
				one->first_ns = ts_ns;
			return idx;
		}
	}
	idx = holder_new(h, task, key, false);
	if (!idx)
		return 0;
	one = holders__at(h, idx);
	one->first_ns = ts_ns;
	one->pub.exited_ns = end_after(h->exits, task->tid, ts_ns);
	one->pub.mm_gone_ns = end_after(h->mms_gone, task->mm, ts_ns);
	h->nr_gone += !!one->pub.mm_gone_ns;
	watch_for_end(h, idx);
	return idx;
}

u32 holders__get_past(struct holders *h, const struct ledger_holder *like)
{
	struct event_task task = { .cgroup_id = like->task.cgroup_id };
	struct holder *one;
	u64 key;
	u32 idx;

	memcpy(task.comm, like->task.comm, sizeof(task.comm));
	key = task_key(h, &task, true);
	for (idx = table__first(&h->by_key, key); idx; idx = one->key_next) {
		one = holders__at(h, idx);
		if (one->past && same_task(&one->pub.task, &task) &&
		    one->pub.workload == like->workload)
			break;
	}
	if (!idx)
		idx = holder_new(h, &task, key, true);
	if (!idx)
		return 0;
	one = holders__at(h, idx);
	one->pub.workload = like->workload;
	if (like->exited_ns > one->pub.exited_ns)
		one->pub.exited_ns = like->exited_ns;
	return idx;
}

void holders__del(struct holders *h, u32 idx)
{
	struct holder *one = holders__at(h, idx);

	table__del(&h->by_key, one->key, idx);
	if (one->by_tid)
		table__del(&h->by_tid, one->pub.task.tid, idx);
	if (one->by_mm)
		table__del(&h->by_mm, one->pub.task.mm, idx);
	processes__put(h->processes, one->process);
	pool__free(&h->pool, idx);
}

void holders__exit(struct holders *h, u32 tid, u64 ts_ns)
{
	u32 passed_over = 0, next;

	for (u32 idx = table__first(&h->by_tid, tid); idx && passed_over < HOLDERS_LOOKED_AT;
	     idx = next) {
		struct holder *one = holders__at(h, idx);

		next = one->tid_next;
		if (one->pub.task.tid != tid || one->first_ns > ts_ns) {
			passed_over++;
			continue;
		}
		one->pub.exited_ns = ts_ns;
		one->by_tid = false;
		table__del(&h->by_tid, tid, idx);
	}
	h->exits[h->nr_exits++ % DEATHS] = (struct death){ tid, ts_ns };
}

void holders__mm_gone(struct holders *h, u64 mm, u64 ts_ns)
{
	u32 passed_over = 0, next;

	if (!mm)
		return;
	for (u32 idx = table__first(&h->by_mm, mm); idx && passed_over < HOLDERS_LOOKED_AT;
	     idx = next) {
		struct holder *one = holders__at(h, idx);

		next = one->mm_next;
		if (one->pub.task.mm != mm || one->first_ns > ts_ns) {
			passed_over++;
			continue;
		}
		one->pub.mm_gone_ns = ts_ns;
		h->nr_gone++;
		one->by_mm = false;
		table__del(&h->by_mm, mm, idx);
	}
	h->mms_gone[h->nr_mms_gone++ % DEATHS] = (struct death){ mm, ts_ns };
}

void holders__refresh_one(const struct holders *h, struct holder *one)
{
	processes__begin_pass(h->processes);
	if (one->process && !one->pub.workload)
		one->pub.workload = processes__is_member(h->processes, one->process);
}

void holders__refresh(const struct holders *h)
{
	processes__begin_pass(h->processes);
	for (u32 i = 1; i < h->pool.top; i++) {
		struct holder *one = holders__at(h, i);

		if (one->process && !one->pub.workload)
			one->pub.workload = processes__is_member(h->processes, one->process);
	}
}
