// SPDX-License-Identifier: GPL-2.0
/*
 * Rules about pins that last.
 *
 * With a command, what it pinned is at fault when it is open after the run has settled: as an
 * orphan when the holder's address space is gone and no process was found to own the pages, else as
 * a leak (a child that outlives the command and keeps a registered buffer, or inherited the ring
 * that does). Without one, nobody said that anything should be over by now:
 * what a living holder keeps is no fault, only what a dead one left behind.
 */
#include "judge/early_drop.h"
#include "judge/rules_impl.h"

int is_partial_release(const struct eval *e, const struct open_pin *pin)
{
	int legal;

	if (!pin->open->last_release || !open_pin__is_overdue(e, pin))
		return 0;
	legal = early_drop__explains(e->ledger, pin->open);
	return legal < 0 ? legal : !legal;
}

/* A ring that a child inherited, or that went to another process over a socket. */
static bool is_owned(const struct open_pin *pin)
{
	return pin->owner && pin->owner->kind != OWNER_MAPPING;
}

int is_orphan(const struct eval *e, const struct open_pin *pin)
{
	return pin->mm_gone && !is_owned(pin) && open_pin__is_overdue(e, pin);
}

int is_leak(const struct eval *e, const struct open_pin *pin)
{
	return (!pin->mm_gone || is_owned(pin)) && open_pin__is_overdue(e, pin);
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
