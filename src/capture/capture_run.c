// SPDX-License-Identifier: GPL-2.0
/* The begin and the end of recording: what a recording says of itself, and the vmstat witness. */
#include <string.h>
#include <time.h>
#include <unistd.h>
#include "base/log.h"
#include "base/version.h"
#include "capture/capture_impl.h"

static u64 realtime_offset_ns(const struct self *self)
{
	struct timespec ts;

	clock_gettime(CLOCK_REALTIME, &ts);
	return (u64)ts.tv_sec * 1000000000ull + ts.tv_nsec - self__now_ns(self);
}

static int send_meta(struct capture *c, const struct rec_vmstat *start)
{
	struct rec_meta rec = {
		.h = { .sz = sizeof(rec), .kind = REC_META, .ts_ns = start->h.ts_ns },
		.wire_version = PINACCT_WIRE_VERSION,
		.page_bytes = sysconf(_SC_PAGESIZE),
		.nr_cpus = c->nr_cpus,
		.stacks = c->opts.stacks,
		.realtime_offset_ns = realtime_offset_ns(&c->kernel.self),
		.preexisting_pages = capture__preexisting(c),
		.tool = "pinacct " PINACCT_VERSION,
	};

	put_text(rec.release, sizeof(rec.release), c->kernel.release);
	put_text(rec.boot_id, sizeof(rec.boot_id), c->kernel.boot_id);
	put_text(rec.machine, sizeof(rec.machine), c->kernel.machine);
	if (c->opts.command)
		put_text(rec.command, sizeof(rec.command), c->opts.command);
	return c->sink(c->sink_arg, &rec.h);
}

static int send_hooks(struct capture *c)
{
	int err = 0;

	for (size_t i = 0; i < c->plan.nr_rows && !err; i++) {
		const struct hook_plan *row = &c->plan.rows[i];
		struct rec_hook rec = {
			.h = { .sz = sizeof(rec),
			       .kind = REC_HOOK,
			       .ts_ns = self__now_ns(&c->kernel.self) },
			.api = row->hook->id,
			.mech = row->mech,
			.state = row->state,
			.error = row->error,
		};

		put_text(rec.symbol, sizeof(rec.symbol), row->hook->symbol);
		err = c->sink(c->sink_arg, &rec.h);
	}
	return err;
}

static const char *const record_by_name[] = {
	[RECORDING_BY_FIRST] = "the first programs",
	[RECORDING_BY_BOTH] = "the first programs, and the second where those are kept from it",
	[RECORDING_BY_SECOND] = "the second programs",
};

static int send_ns_pid(void *arg, const struct rec_ns_pid *rec)
{
	return capture__send(arg, &rec->h);
}

/* The tasks that are there; of those that come later their FORK tells. */
static int send_ns_pids(struct capture *c)
{
	const struct self *self = &c->kernel.self;

	return self->ns.level ? self__for_each_task(self, send_ns_pid, c) : 0;
}

u32 capture__tgid_of(const struct capture *c, u32 pid)
{
	return c->kernel.self.ns.level ? ns_pids__outside(&c->ns_pids, pid) : pid;
}

int capture__start(struct capture *c)
{
	struct rec_vmstat *start = &c->witness;
	struct sample sample;
	int err;

	counters__begin(c->counters);
	__atomic_store_n(&c->skel->bss->recording, c->record_by, __ATOMIC_SEQ_CST);
	log_debug("recording by %s", record_by_name[c->record_by]);
	c->started = true;
	err = sampler__take(&c->sampler, 0, &sample);
	if (!err) {
		sample__at_start(&sample, start);
		start->flags |= c->own_pins;
	}
	if (!err)
		err = send_meta(c, start);
	if (!err)
		err = send_hooks(c);
	if (!err)
		err = c->sink(c->sink_arg, &start->h);
	if (!err)
		err = send_ns_pids(c);
	if (!err)
		err = capture__mark(c, MARK_TOOL, c->skel->bss->own_tgid, NULL)
			      ?: capture__mark(c, MARK_START, 0, NULL);
	if (!err && !c->kernel.bios_pin && c->opts.gets == GETS_OFF)
		err = capture__mark(c, MARK_IO_UNSEEN, 0, NULL);
	return err;
}

/*
 * Every single pin and release that vmstat counted was seen, not only as many of one as of the
 * other.
 */
static bool nothing_missing(const struct rec_vmstat *start, const struct rec_vmstat *end)
{
	u64 added = end->added - start->added;

	return start->flags & end->flags & VMSTAT_F_QUIET &&
	       end->vm_acquired - start->vm_acquired ==
		       end->seen_acquired - start->seen_acquired - added &&
	       end->vm_released - start->vm_released == end->seen_released - start->seen_released;
}

int capture__stop(struct capture *c, bool interrupted)
{
	struct rec_vmstat end = { 0 };
	struct sample sample;
	u32 own_pins;
	int err;

	if (!c->started)
		return 0;
	c->started = false;
	err = sampler__take(&c->sampler, capture__preexisting(c), &sample);
	if (!err)
		err = capture__poll(c, 0);
	__atomic_store_n(&c->skel->bss->recording, RECORDING_OFF, __ATOMIC_SEQ_CST);
	/* do the hooks still run? */
	own_pins = capture__make_own_pins(c);
	if (!err)
		err = capture__drain(c);
	if (!err)
		err = capture__deliver(c, ~0ull);
	if (!err)
		err = symboliser__poll(c->sym, true, c->sink, c->sink_arg);
	if (!err)
		err = sampler__at_end(&c->sampler, &sample, &end);
	end.flags |= own_pins;
	if (!err)
		err = counters__report_losses(c->counters, c->sink, c->sink_arg);
	if (!err)
		err = counters__report_misses(c->counters, nothing_missing(&c->witness, &end),
					      c->sink, c->sink_arg);
	if (!err && stacks_by_sight(c->opts.stacks))
		err = counters__report_stacks(c->counters, c->sink, c->sink_arg);
	if (!err)
		err = c->sink(c->sink_arg, &end.h);
	if (!err)
		err = capture__mark(c, MARK_END, interrupted, NULL);
	return err;
}
