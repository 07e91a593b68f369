// SPDX-License-Identifier: GPL-2.0
/* What the programs cannot know when they are loaded, found out before recording begins. */
#include <errno.h>
#include <string.h>
#include <unistd.h>
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include "base/clock.h"
#include "base/log.h"
#include "capture/capture_impl.h"
#include "capture/own_pins.h"

/* Of our clock beside the kernel's; each takes some microseconds. */
#define CLOCK_LOOKS 16

int capture__calibrate(struct capture *c)
{
	LIBBPF_OPTS(bpf_test_run_opts, run);
	struct pinacct_bpf__bss *bss = c->skel->bss;
	struct clock_bounds bounds = { 0 };

	for (int i = 0; i < CLOCK_LOOKS; i++) {
		u64 before = now_ns();

		if (bpf_prog_test_run_opts(bpf_program__fd(c->skel->progs.calibrate), &run))
			return -errno;
		clock_bounds__add(&bounds, before, bss->calibrated_ns, now_ns());
	}
	c->kernel.self = (struct self){
		.tgid = bss->own_tgid,
		.ns = bss->own_ns,
		.clock_ahead_ns = clock_bounds__ahead(&bounds),
	};
	log_debug("process %u, PID namespace of level %u, the kernel's clock is ahead by %lld ns",
		  bss->own_tgid, bss->own_ns.level, (long long)c->kernel.self.clock_ahead_ns);
	return bss->vmemmap_start ? 0 : -ENOTSUP;
}

/* While probe_tgid is our process the programs note what they see of it; see bpf/second.bpf.h. */
u32 capture__make_own_pins(struct capture *c)
{
	struct pinacct_bpf__bss *bss = c->skel->bss;
	u32 pins = bss->saw_own_pin, releases = bss->saw_dirty_lock, flags = 0;
	int copying, registering;

	__atomic_store_n(&bss->probe_tgid, c->kernel.self.tgid, __ATOMIC_SEQ_CST);
	copying = own_pins__by_copying();
	if (!copying)
		flags = VMSTAT_F_OWN_TRIED;
	if (bss->saw_own_pin != pins && bss->saw_dirty_lock != releases)
		flags |= VMSTAT_F_OWN_SEEN;
	registering = own_pins__by_registering();
	__atomic_store_n(&bss->probe_tgid, 0, __ATOMIC_SEQ_CST);
	if (copying)
		log_debug("process_vm_readv() of ourselves: %s", strerror(-copying));
	if (registering)
		log_debug("registering a buffer with io_uring: %s", strerror(-registering));
	return flags;
}

/*
 * Two things depend on the kernel's build, and show in how our own pins are released:
 * - whether unpin_user_pages() is seen when unpin_user_pages_dirty_lock() calls it;
 * - whether the second program of a function runs behind the first. If not, the first ones work
 *   alone, and calls that they are kept from are reported as lost.
 */
void capture__learn_from_own_pins(struct capture *c)
{
	struct pinacct_bpf__bss *bss = c->skel->bss;

	c->own_pins = capture__make_own_pins(c);
	bss->dirty_lock_calls = bss->saw_inner_unpin != 0;
	if (c->opts.second == SECOND_OFF)
		return;
	if (bss->order_first && bss->order_second > bss->order_first) {
		counters__have_second(c->counters);
		c->record_by =
			c->opts.second == SECOND_ALONE ? RECORDING_BY_SECOND : RECORDING_BY_BOTH;
	} else {
		log_info("second programs are not relied upon: they ran as %u and %u",
			 bss->order_first, bss->order_second);
	}
}
