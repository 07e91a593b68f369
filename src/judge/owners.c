// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <stdlib.h>
#include "base/array.h"
#include "judge/owners.h"

static int by_mm(const void *a, const void *b)
{
	u64 x = *(const u64 *)a, y = *(const u64 *)b;

	return (x > y) - (x < y);
}

static int mm_set__add(struct mm_set *s, u64 mm)
{
	if (ARRAY_GROW(s->mms, s->nr, s->cap))
		return -ENOMEM;
	s->mms[s->nr++] = mm;
	return 0;
}

static void mm_set__sort(struct mm_set *s)
{
	if (s->nr)
		qsort(s->mms, s->nr, sizeof(*s->mms), by_mm);
}

static bool mm_set__has(const struct mm_set *s, u64 mm)
{
	return s->nr && bsearch(&mm, s->mms, s->nr, sizeof(*s->mms), by_mm);
}

static int note_site(const struct ledger_site *site, void *arg)
{
	struct owners *o = arg;

	if (owners__is_kernel(site))
		return 0;
	return mm_set__add(site->holder->workload ? &o->workload : &o->others,
			   site->holder->task.mm);
}

int owners__init(struct owners *o, const struct ledger *l, u64 cmd_start_ns)
{
	int err;

	*o = (struct owners){ .cmd_start_ns = cmd_start_ns };
	err = ledger__for_each_site(l, note_site, o);
	mm_set__sort(&o->workload);
	mm_set__sort(&o->others);
	return err;
}

void owners__deinit(struct owners *o)
{
	free(o->workload.mms);
	free(o->others.mms);
}

bool owners__is_kernel(const struct ledger_site *site)
{
	const struct event_task *task = &site->holder->task;

	return (site->flags & PIN_F_KTHREAD) || !task->tgid || !task->mm;
}

bool owners__is_workload(const struct owners *o, const struct ledger_site *site, u64 ts_ns)
{
	u64 mm = site->holder->task.mm;

	if (site->holder->workload)
		return true;
	if (!owners__is_kernel(site) || ts_ns < o->cmd_start_ns)
		return false;
	/* kthread_use_mm(): the borrowed address space tells whose work it is. */
	return !mm || mm_set__has(&o->workload, mm) || !mm_set__has(&o->others, mm);
}
