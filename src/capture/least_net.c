// SPDX-License-Identifier: GPL-2.0
#include <string.h>
#include "capture/least_net.h"

/*
 * A pin in progress never makes the difference smaller. So when it is what it is expected to be,
 * none is, and a few looks will do.
 */
#define EXPECTED_BATCHES 3
/*
 * When it is not, and nothing moves: a task may have lost its CPU in the midst of a pin, or a
 * virtual machine its processor, and both have it back after so long.
 */
#define CALM_NS 50000000ull
/*
 * When it is not, and something moves: as such a task shows the same in all readings of a batch, it
 * takes several batches. And the more CPUs pin at once, the more often one of them is in the midst
 * of it, and the more readings it takes to say that there is no lower value: where a CPU spends a
 * part p of its time in pin functions, one pin in progress is seen cpus * p / (1 - p) times as
 * often as none.
 */
#define BUSY_BATCHES	  8
#define BUSY_SIGHTINGS	  64
#define SIGHTINGS_PER_CPU 8

void least_net__init(struct least_net *l, s64 expected, unsigned cpus)
{
	*l = (struct least_net){ .expected = expected,
				 .enough = BUSY_SIGHTINGS + (u64)SIGHTINGS_PER_CPU * cpus,
				 .calm = true };
}

static s64 net_of(const struct net_reading *r)
{
	return (s64)((r->vm_acquired - r->vm_released) - (r->seen_acquired - r->seen_released));
}

/* No CPU added its part to the node's from before this reading until behind the next one. */
static bool is_valid(const struct net_reading *r, const struct net_reading *next)
{
	return r->folds_before == next->folds_after;
}

static void add_one(struct least_net *l, const struct net_reading *r, bool *seen_in_batch)
{
	s64 net = net_of(r);

	if (!l->valid++) {
		l->first = *r;
		l->most = net;
	}
	if (memcmp(r, &l->first, sizeof(*r)))
		l->calm = false;
	if (net > l->most)
		l->most = net;
	if (l->valid == 1 || net < l->least) {
		l->least = net;
		l->at = *r;
		l->sightings = 0;
		l->at_least = 0;
		*seen_in_batch = false;
	}
	if (net != l->least)
		return;
	l->sightings++;
	l->at_least += !*seen_in_batch;
	*seen_in_batch = true;
}

void least_net__add(struct least_net *l, u64 ts_ns, const struct net_reading *r, size_t n)
{
	bool seen_in_batch = false;

	if (!l->batches++)
		l->first_ns = ts_ns;
	l->calm_ns = ts_ns - l->first_ns;
	for (size_t i = 0; i + 1 < n; i++) {
		if (is_valid(&r[i], &r[i + 1]))
			add_one(l, &r[i], &seen_in_batch);
		else
			l->calm = false;
	}
}

bool least_net__is_exact(const struct least_net *l)
{
	if (!l->valid)
		return false;
	if (l->least == l->expected && l->at_least >= EXPECTED_BATCHES)
		return true;
	if (l->calm)
		return l->calm_ns >= CALM_NS;
	return l->at_least >= BUSY_BATCHES && l->sightings >= l->enough;
}

u64 least_net__slack(const struct least_net *l)
{
	if (!l->valid || least_net__is_exact(l))
		return 0;
	/* as far as it was seen to go up it may still have to come down */
	return l->most > l->least ? (u64)(l->most - l->least) : 1;
}
