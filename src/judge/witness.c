// SPDX-License-Identifier: GPL-2.0
/*
 * Only the net can be compared: the kernel also counts pins that it takes and drops inside one call
 * (migration rounds, raced fast GUP), which no hook sees. With equal nets any gross difference is
 * the same on both sides.
 *
 * That holds only of hooks that see anything at all: hooks that cannot fire (kernel.ftrace_enabled
 * is 0) have a net of 0, and so has every workload that releases what it pins. A run therefore pins
 * pages of its own before each sample.
 *
 * What others pin without a pause may be in progress when a sample is taken, and makes the kernel's
 * net too large by `slack` at most. So the difference of two samples has bounds, and something went
 * unseen only when 0 is not within them.
 *
 * folio_add_pin() is not counted as acquired, but its release is counted as released (6.12
 * gup.c:218, 7.3 gup.c:212), so `added` is taken off what the hooks saw.
 */
#include <stdint.h>
#include "judge/witness.h"

/*
 * Samples hold the kernel's net or more, the start's by up to start_slack, the end's by up to
 * end_slack: the difference of the two, so far as it cannot come from that.
 */
static s64 surely_moved(s64 difference, u64 start_slack, u64 end_slack)
{
	u64 pages = difference < 0 ? -(u64)difference : (u64)difference;

	return pages <= (difference < 0 ? start_slack : end_slack) ? 0 : difference;
}

static bool is_blind(const struct rec_vmstat *sample)
{
	return sample && sample->flags & VMSTAT_F_OWN_TRIED && !(sample->flags & VMSTAT_F_OWN_SEEN);
}

void witness__compare(const struct session *s, struct witness *out)
{
	const struct rec_vmstat *start = session__vmstat(s, VMSTAT_START);
	const struct rec_vmstat *end = session__vmstat(s, VMSTAT_END);
	u64 vm_net, seen_net;

	*out = (struct witness){ .blind = is_blind(start) || is_blind(end) };
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
	out->unexplained = surely_moved((s64)(vm_net - seen_net), start->slack, end->slack);
	if (__builtin_add_overflow(start->slack, end->slack, &out->slack))
		out->slack = UINT64_MAX;
}
