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

/* Where a value is, or is to be put; nr_low behind all. */
static unsigned place_of(const struct least_net *l, s64 net)
{
	unsigned i = 0;

	while (i < l->nr_low && l->low[i].net < net)
		i++;
	return i;
}

/* Makes room at i: the highest is dropped when there is none. */
static void insert(struct least_net *l, unsigned i, s64 net, const struct net_reading *r)
{
	if (l->nr_low < LEAST_NET_VALUES)
		l->nr_low++;
	memmove(&l->low[i + 1], &l->low[i], (l->nr_low - 1 - i) * sizeof(l->low[0]));
	l->low[i] = (struct net_value){ .net = net, .at = *r };
}

static void add_one(struct least_net *l, const struct net_reading *r)
{
	s64 net = net_of(r);
	unsigned i = place_of(l, net);

	if (!l->valid++) {
		l->first = *r;
		l->most = net;
	}
	if (memcmp(r, &l->first, sizeof(*r)))
		l->calm = false;
	if (net > l->most)
		l->most = net;
	if (i == l->nr_low || l->low[i].net != net) {
		if (i == LEAST_NET_VALUES)
			return;
		insert(l, i, net, r);
	}
	l->low[i].sightings++;
	if (l->low[i].last_batch != l->batches) {
		l->low[i].last_batch = l->batches;
		l->low[i].batches++;
	}
}

void least_net__add(struct least_net *l, u64 ts_ns, const struct net_reading *r, size_t n)
{
	if (!l->batches++)
		l->first_ns = ts_ns;
	l->calm_ns = ts_ns - l->first_ns;
	for (size_t i = 0; i + 1 < n; i++) {
		if (is_valid(&r[i], &r[i + 1]))
			add_one(l, &r[i]);
		else
			l->calm = false;
	}
}

const struct net_value *least_net__value(const struct least_net *l)
{
	for (unsigned i = 0; i < l->nr_low; i++)
		if (l->low[i].batches > 1)
			return &l->low[i];
	return &l->low[0];
}

bool least_net__is_exact(const struct least_net *l)
{
	const struct net_value *least = least_net__value(l);

	if (!l->valid)
		return false;
	if (least->net == l->expected && least->batches >= EXPECTED_BATCHES)
		return true;
	if (l->calm)
		return l->calm_ns >= CALM_NS;
	return least->batches >= BUSY_BATCHES && least->sightings >= l->enough;
}

u64 least_net__slack(const struct least_net *l)
{
	s64 least = least_net__value(l)->net;

	if (!l->valid || least_net__is_exact(l))
		return 0;
	/* as far as it was seen to go up it may still have to come down */
	return l->most > least ? (u64)(l->most - least) : 1;
}
