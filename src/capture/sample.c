// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <bpf/bpf.h>
#include "base/clock.h"
#include "base/log.h"
#include "capture/least_net.h"
#include "capture/sample.h"
#include "kernel/self.h"
#include "kernel/vmstat.h"

#define PAUSE_US      1000
#define GIVE_UP_NS    2000000000ull
#define FILE_TRIES    100
#define FILE_PAUSE_US 2000

/* What the hooks counted so far, pages; all CPUs. */
struct seen {
	u64 acquired, released, added, zero_acquired, zero_released;
};

static int read_seen(const struct sampler *s, struct seen *seen)
{
	struct cpu_counters *cpus = calloc(s->nr_cpus, sizeof(*cpus));
	u32 zero = 0;
	int err = 0;

	*seen = (struct seen){ 0 };
	if (!cpus)
		return -ENOMEM;
	if (bpf_map_lookup_elem(s->map_fd, &zero, cpus))
		err = -errno;
	for (unsigned i = 0; i < s->nr_cpus && !err; i++) {
		seen->acquired += cpus[i].seen_acquired;
		seen->released += cpus[i].seen_released;
		seen->added += cpus[i].added;
		seen->zero_acquired += cpus[i].zero_acquired;
		seen->zero_released += cpus[i].zero_released;
	}
	free(cpus);
	return err;
}

/* ---- by the program ---- */

static int read_batch(const struct sampler *s, struct least_net *l)
{
	LIBBPF_OPTS(bpf_test_run_opts, run);

	if (bpf_prog_test_run_opts(s->prog_fd, &run))
		return -errno;
	if (!*s->nr_nodes)
		return -ENOTSUP;
	least_net__add(l, now_ns(), s->readings, NET_READINGS);
	return 0;
}

static void take_least(const struct sampler *s, const struct least_net *l, struct sample *out)
{
	const struct net_value *least = least_net__value(l);

	*out = (struct sample){
		.acquired_ahead = least->at.vm_acquired - least->at.seen_acquired,
		.released_ahead = least->at.vm_released - least->at.seen_released,
		.slack = least_net__slack(l),
		.exact = least_net__is_exact(l),
		.ts_ns = self__now_ns(s->self),
	};
	log_debug(
		"vmstat and hooks: net %+lld pages apart in %llu of %llu readings, at most %+lld%s",
		(long long)least->net, (unsigned long long)least->sightings,
		(unsigned long long)l->valid, (long long)l->most,
		out->exact ? "" : "; pins never paused");
}

static int take_by_program(const struct sampler *s, s64 expected, struct sample *out)
{
	u64 start = now_ns();
	struct least_net l;
	int err;

	least_net__init(&l, expected, s->nr_cpus);
	err = read_batch(s, &l);
	while (!err && !least_net__is_exact(&l) && now_ns() - start < GIVE_UP_NS) {
		usleep(PAUSE_US);
		err = s->meanwhile(s->arg);
		if (!err)
			err = read_batch(s, &l);
	}
	if (!err && !l.valid)
		err = -EAGAIN;
	if (!err)
		take_least(s, &l, out);
	return err;
}

/* ---- by /proc/vmstat, where the program cannot read ---- */

struct both {
	u64 vm_acquired, vm_released;
	struct seen seen;
};

static int read_both(const struct sampler *s, struct both *b)
{
	int err;

	memset(b, 0, sizeof(*b));
	err = read_seen(s, &b->seen);
	return err ? err : vmstat__read(&b->vm_acquired, &b->vm_released);
}

/*
 * The two cannot be read in one instant, and a pin in progress has moved the one and not yet the
 * other. A reading counts when the next one, a moment later, is the same in everything.
 */
static int take_by_file(const struct sampler *s, struct sample *out)
{
	struct both b, next;
	bool quiet = false;
	int err = read_both(s, &b);

	for (int i = 0; i < FILE_TRIES && !err && !quiet; i++) {
		usleep(FILE_PAUSE_US);
		err = s->meanwhile(s->arg);
		if (!err)
			err = read_both(s, &next);
		quiet = !err && !memcmp(&b, &next, sizeof(b));
		if (!err)
			b = next;
	}
	*out = (struct sample){
		.acquired_ahead = b.vm_acquired - b.seen.acquired,
		.released_ahead = b.vm_released - b.seen.released,
		.exact = quiet,
		.ts_ns = self__now_ns(s->self),
	};
	return err;
}

int sampler__take(const struct sampler *s, s64 expected, struct sample *out)
{
	int err = take_by_program(s, expected, out);

	if (!err)
		return 0;
	log_debug("pin counters are read from /proc/vmstat: %s", strerror(-err));
	return take_by_file(s, out);
}

/* ---- records ---- */

static void make_record(const struct sample *sample, const struct seen *seen, u32 phase,
			struct rec_vmstat *rec)
{
	*rec = (struct rec_vmstat){
		.h = { .sz = sizeof(*rec), .kind = REC_VMSTAT, .ts_ns = sample->ts_ns },
		.phase = phase,
		.flags = sample->exact ? VMSTAT_F_QUIET : 0,
		.vm_acquired = sample->acquired_ahead + seen->acquired,
		.vm_released = sample->released_ahead + seen->released,
		.seen_acquired = seen->acquired + seen->added,
		.seen_released = seen->released,
		.added = seen->added,
		.zero_acquired = seen->zero_acquired,
		.zero_released = seen->zero_released,
		.slack = sample->slack,
	};
}

void sample__at_start(const struct sample *sample, struct rec_vmstat *rec)
{
	const struct seen nothing = { 0 };

	make_record(sample, &nothing, VMSTAT_START, rec);
}

int sampler__at_end(const struct sampler *s, const struct sample *sample, struct rec_vmstat *rec)
{
	struct seen seen;
	int err = read_seen(s, &seen);

	if (!err)
		make_record(sample, &seen, VMSTAT_END, rec);
	return err;
}
