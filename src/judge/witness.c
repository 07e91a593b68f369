// SPDX-License-Identifier: GPL-2.0
/*
 * The kernel also counts pins that it takes and drops inside one call (migration
 * rounds, raced fast GUP), which no hook sees: only the net can be compared, and
 * equal nets mean that any gross difference is the same on both sides.
 *
 * folio_add_pin() is the other way round: it is not counted as acquired, its
 * release is counted as released (6.12 gup.c:218, 7.3 gup.c:212). `added` is
 * taken off what the hooks saw.
 */
#include "judge/witness.h"

void witness__compare(const struct session *s, struct witness *out)
{
	const struct rec_vmstat *start = session__vmstat(s, VMSTAT_START);
	const struct rec_vmstat *end = session__vmstat(s, VMSTAT_END);
	u64 vm_net, seen_net;

	*out = (struct witness){ 0 };
	if (!start || !end)
		return;
	out->present = true;
	out->quiet = start->flags & end->flags & VMSTAT_F_QUIET;
	out->vm_acquired = end->vm_acquired - start->vm_acquired;
	out->vm_released = end->vm_released - start->vm_released;
	out->seen_acquired =
		(end->seen_acquired - end->added) - (start->seen_acquired - start->added);
	out->seen_released = end->seen_released - start->seen_released;
	/* Unsigned until here: a file may claim numbers whose difference overflows. */
	vm_net = out->vm_acquired - out->vm_released;
	seen_net = out->seen_acquired - out->seen_released;
	out->vm_net = (s64)vm_net;
	out->seen_net = (s64)seen_net;
	out->unexplained = (s64)(vm_net - seen_net);
}
