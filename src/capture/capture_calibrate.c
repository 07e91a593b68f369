// SPDX-License-Identifier: GPL-2.0
/* What the programs cannot know when they are loaded, found out before recording begins. */
#include <errno.h>
#include <string.h>
#include <unistd.h>
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include "base/log.h"
#include "capture/capture_impl.h"
#include "capture/own_pins.h"

int capture__calibrate(struct capture *c)
{
	LIBBPF_OPTS(bpf_test_run_opts, run);

	if (bpf_prog_test_run_opts(bpf_program__fd(c->skel->progs.calibrate), &run))
		return -errno;
	return c->skel->bss->vmemmap_start ? 0 : -ENOTSUP;
}

/* While probe_tgid is our process the programs note what they see of it; see bpf/second.bpf.h. */
static void make_own_pins(struct pinacct_bpf__bss *bss)
{
	int copying, registering;

	__atomic_store_n(&bss->probe_tgid, getpid(), __ATOMIC_SEQ_CST);
	copying = own_pins__by_copying();
	registering = own_pins__by_registering();
	__atomic_store_n(&bss->probe_tgid, 0, __ATOMIC_SEQ_CST);
	if (copying)
		log_debug("process_vm_readv() of ourselves: %s", strerror(-copying));
	if (registering)
		log_debug("registering a buffer with io_uring: %s", strerror(-registering));
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

	make_own_pins(bss);
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
