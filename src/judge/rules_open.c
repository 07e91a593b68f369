// SPDX-License-Identifier: GPL-2.0
/*
 * Rules about pins that last.
 *
 * With a command, what it pinned is at fault when it is open after the run has
 * settled: as an orphan when the holder's address space is gone, else as a leak
 * (a child that outlives the command and keeps a registered buffer).
 * Without one, nobody said that anything should be over by now: what a living
 * holder keeps is no fault, only what a dead one left behind.
 */
#include "judge/early_drop.h"
#include "judge/rules_impl.h"

/*
 * Until when a pin must have been taken to have had its time to settle. What a
 * survivor of the command pins later is its current work, and may be in flight
 * at the end like anybody's; a kernel thread's is the command's exit work.
 */
static u64 settle_deadline(const struct eval *e, const struct ledger_site *site)
{
	return owners__is_kernel(site) ? e->settled_ns : e->cmd_end_ns;
}

static bool outlived_command(const struct eval *e, const struct open_pin *pin)
{
	return e->cmd_ended && pin->workload &&
	       pin->open->ts_ns <= settle_deadline(e, pin->open->site);
}

/* Exit work (io_uring's, say) runs in kworkers and may take its time. */
static bool outlived_holder(const struct eval *e, const struct open_pin *pin)
{
	return pin->mm_gone && eval__since(e, pin->open->site->holder->mm_gone_ns) >= e->grace_ns;
}

static bool at_fault(const struct eval *e, const struct open_pin *pin)
{
	return eval__judged(e, pin->workload) &&
	       (outlived_command(e, pin) || outlived_holder(e, pin));
}

int is_partial_release(const struct eval *e, const struct open_pin *pin)
{
	int legal;

	if (!pin->open->last_release || !at_fault(e, pin))
		return 0;
	legal = early_drop__explains(e->ledger, pin->open);
	return legal < 0 ? legal : !legal;
}

int is_orphan(const struct eval *e, const struct open_pin *pin)
{
	return pin->mm_gone && at_fault(e, pin);
}

int is_leak(const struct eval *e, const struct open_pin *pin)
{
	return !pin->mm_gone && at_fault(e, pin);
}

static bool is_old(const struct eval *e, const struct open_pin *pin)
{
	return eval__judged(e, pin->workload) && pin->age_ns > e->age_ns;
}

int is_long_held(const struct eval *e, const struct open_pin *pin)
{
	return is_old(e, pin) && (pin->open->site->flags & PIN_F_LONGTERM);
}

int is_missing_longterm(const struct eval *e, const struct open_pin *pin)
{
	return is_old(e, pin) && !(pin->open->site->flags & PIN_F_LONGTERM);
}

/* How many calls were held too long the ledger counted by its own held_ns: give it the same age. */
static bool was_old(const struct eval *e, const struct ledger_site *site)
{
	return site->held_calls && site->max_held_ns > e->age_ns &&
	       eval__judged(e, eval__is_workload(e, site, UINT64_MAX));
}

bool was_long_held(const struct eval *e, const struct ledger_site *site)
{
	return was_old(e, site) && (site->flags & PIN_F_LONGTERM);
}

bool was_missing_longterm(const struct eval *e, const struct ledger_site *site)
{
	return was_old(e, site) && !(site->flags & PIN_F_LONGTERM);
}
