// SPDX-License-Identifier: GPL-2.0
#include <fnmatch.h>
#include <string.h>
#include "audit/filter.h"

static bool task_passes(const struct filter *f, const struct event_task *task)
{
	if (f->tgid && f->tgid != task->tgid && f->tgid != task->ns_tgid)
		return false;
	if (f->comm && fnmatch(f->comm, task->comm, 0))
		return false;
	return !f->cgroup_id || f->cgroup_id == task->cgroup_id;
}

bool filter__site(const struct filter *f, const struct ledger_site *site)
{
	if (f->fs && strcmp(f->fs, site->file.fs))
		return false;
	if (f->longterm && !(site->flags & PIN_F_LONGTERM))
		return false;
	return task_passes(f, &site->holder->task);
}

bool filter__site_row(const struct filter *f, const struct ledger_site *site)
{
	if (f->tool_tgid && site->holder->task.tgid == f->tool_tgid && !site->open_pages)
		return false;
	return filter__site(f, site);
}

bool filter__get(const struct filter *f, const struct event_task *task)
{
	if (f->tool_tgid && task->tgid == f->tool_tgid)
		return false;
	return !f->longterm && !f->fs && task_passes(f, task);
}

bool filter__is_off(const struct filter *f)
{
	return !f->tgid && !f->comm && !f->cgroup_id && !f->fs && !f->longterm;
}

bool filter__release(const struct filter *f, const struct ledger_unmatched *u)
{
	if (f->fs || f->longterm)
		return false;
	if ((u->flags & PIN_F_IRQ) && (f->tgid || f->comm || f->cgroup_id))
		return false;
	return task_passes(f, &u->task);
}
