// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <linux/io_uring.h>
#include <sys/epoll.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include "capture/merge.h"
#include "base/clock.h"
#include "capture/attach_target.h"
#include "capture/capture.h"
#include "capture/counters.h"
#include "capture/lanes.h"
#include "base/log.h"
#include "capture/symbolise.h"
#include "capture/unlist.h"
#include "kernel/vmstat.h"
#include "base/version.h"
#include "pinacct.skel.h"

#define RING_MIN_BYTES (256u << 10)
#define RING_MAX_BYTES (16u << 20)
#define RING_MEMORY_SHARE                                                                          \
	64 /* all rings together: at most a 64th of memory; the lanes as much again */
#define LANE_WAKES	8 /* times that a lane wakes us while it fills */
#define MISSES_EVERY_NS 1000000000ull

struct cpu_state {
	struct capture *c;
	unsigned cpu;
};

struct capture {
	struct capture_opts opts;
	record_fn sink;
	void *sink_arg;
	struct kernel kernel;
	struct attach_plan plan;
	struct pinacct_bpf *skel;
	struct ring_buffer *rb;
	int *ring_fds;
	struct lanes *lanes;
	unsigned lane_bits;
	struct cpu_state *cpus;
	unsigned nr_cpus;
	struct counters *counters;
	struct merge *merge;
	struct symboliser *sym;
	u64 drained_ns; /* start of the last drain */
	u64 misses_read_ns;
	struct rec_vmstat witness; /* at the start */
	u8 record_by;		   /* RECORDING_BY_* */
	u64 preexisting_pages;	   /* pinned when recording began */
	u64 step_ns;		   /* when the last step of the start was done */
	bool started;
};

const struct attach_plan *capture__plan(const struct capture *c)
{
	return &c->plan;
}

const struct kernel *capture__kernel(const struct capture *c)
{
	return &c->kernel;
}

/* ---- on the way to the sink ---- */

/* Cuts off what does not fit; the record is zeroed, so always terminated. */
static void put_text(char *dst, size_t sz, const char *src)
{
	size_t n = strlen(src);

	memcpy(dst, src, n < sz ? n : sz - 1);
}

static int deliver(void *arg, const struct rec_hdr *rec)
{
	struct capture *c = arg;

	if (rec->kind == REC_STACK)
		return symboliser__stack(c->sym, (const struct rec_stack *)rec, c->sink,
					 c->sink_arg);
	return c->sink(c->sink_arg, rec);
}

/* Each CPU has two queues in the merge: what came by its ring, and what came by its lane. */
static int queue_ring(void *arg, const struct rec_hdr *rec)
{
	struct cpu_state *cpu = arg;

	return merge__add(cpu->c->merge, 2 * cpu->cpu, rec);
}

static int queue_lane(void *arg, const struct rec_hdr *rec)
{
	struct cpu_state *cpu = arg;

	return merge__add(cpu->c->merge, 2 * cpu->cpu + 1, rec);
}

static int on_sample(void *arg, void *data, size_t sz)
{
	const struct rec_hdr *rec = data;

	if (sz < sizeof(*rec) || rec->sz > sz)
		return -EBADMSG;
	/* a mere wake-up */
	return rec->kind == REC_NONE ? 0 : unlist(rec, queue_ring, arg);
}

static int on_entry(void *arg, unsigned cpu, const struct rec_hdr *rec)
{
	struct capture *c = arg;

	return unlist(rec, queue_lane, &c->cpus[cpu]);
}

/* ---- draining ---- */

static int drain(struct capture *c)
{
	int n;

	c->drained_ns = now_ns();
	n = ring_buffer__consume(c->rb);
	return n < 0 ? n : lanes__drain(c->lanes, on_entry, c);
}

int capture__poll(struct capture *c, int timeout_ms)
{
	u64 settled_ns = c->drained_ns;
	struct epoll_event ev;
	int err;

	if (epoll_wait(ring_buffer__epoll_fd(c->rb), &ev, 1, timeout_ms) < 0 && errno != EINTR)
		return -errno;
	err = drain(c);
	/* what is older than the drain before this one cannot be still under way on another CPU */
	if (!err)
		err = merge__emit(c->merge, settled_ns, deliver, c);
	if (!err)
		err = symboliser__poll(c->sym, false, c->sink, c->sink_arg);
	if (!err)
		err = counters__report_losses(c->counters, c->sink, c->sink_arg);
	if (!err && c->drained_ns - c->misses_read_ns >= MISSES_EVERY_NS) {
		err = counters__report_misses(c->counters, true, c->sink, c->sink_arg);
		c->misses_read_ns = c->drained_ns;
	}
	return err;
}

int capture__sync(struct capture *c)
{
	int err = drain(c);

	return err ? err : merge__emit(c->merge, c->drained_ns, deliver, c);
}

int capture__send(struct capture *c, const struct rec_hdr *rec)
{
	return c->sink(c->sink_arg, rec);
}

s64 capture__preexisting(const struct capture *c)
{
	return c->preexisting_pages;
}

int capture__mark(struct capture *c, enum mark_kind kind, u64 value, const char *text)
{
	struct rec_mark rec = {
		.h = { .sz = sizeof(rec), .kind = REC_MARK },
		.mark = kind,
		.value = value,
	};
	int err = capture__sync(c);

	if (err)
		return err;
	rec.h.ts_ns = c->drained_ns;
	if (text)
		put_text(rec.text, sizeof(rec.text), text);
	return c->sink(c->sink_arg, &rec.h);
}

/* ---- opening ---- */

static u64 ring_bytes(const struct capture *c)
{
	u64 want = c->opts.ring_bytes, sz = 4096;

	if (!want) {
		u64 memory = (u64)sysconf(_SC_PHYS_PAGES) * sysconf(_SC_PAGESIZE);

		want = memory / RING_MEMORY_SHARE / c->nr_cpus;
		if (want > RING_MAX_BYTES)
			want = RING_MAX_BYTES;
		if (want < RING_MIN_BYTES)
			want = RING_MIN_BYTES;
	}
	while (sz * 2 <= want && sz < (1ull << 30))
		sz *= 2;
	return sz;
}

static void configure(struct capture *c)
{
	struct pinacct_bpf__rodata *ro = c->skel->rodata;
	u64 sz = ring_bytes(c);

	ro->cfg_foll_longterm = c->kernel.foll_longterm;
	ro->cfg_page_struct_shift = __builtin_ctz(c->kernel.page_struct_bytes);
	ro->cfg_stacks = c->opts.stacks;
	ro->cfg_user_stacks = c->opts.user_stacks;
	ro->cfg_gets = c->opts.gets;
	ro->cfg_foll_inner = c->kernel.foll_inner;
	ro->cfg_preemptible = c->kernel.preemption != PREEMPTION_NONE;
	ro->cfg_lane_bits = c->lane_bits = lanes__bits(sz);
	ro->cfg_lane_mask = (1u << c->lane_bits) - 1;
	ro->cfg_lane_wake_mask = (1ull << c->lane_bits) / LANE_WAKES - 1;
	ro->cfg_wake_bytes = sz / 8;
	ro->cfg_vmemmap_base_addr = kernel_syms__variable(&c->kernel.syms, "vmemmap_base");
	ro->cfg_zero_pfn_addr = kernel_syms__variable(&c->kernel.syms, "zero_pfn")
					?: kernel_syms__variable(&c->kernel.syms, "zero_page_pfn");
	kernel_syms__text_range(&c->kernel.syms, (u64 *)&ro->cfg_text_start,
				(u64 *)&ro->cfg_text_end);
	if (c->opts.table_entries) {
		/* one that is allocated in advance has elements in reserve */
		bpf_map__set_map_flags(c->skel->maps.stacks_sent, BPF_F_NO_PREALLOC);
		bpf_map__set_max_entries(c->skel->maps.stacks_sent, c->opts.table_entries);
		bpf_map__set_max_entries(c->skel->maps.stashes, c->opts.table_entries);
	}
	bpf_map__set_max_entries(c->skel->maps.rings, c->nr_cpus);
	bpf_map__set_max_entries(c->skel->maps.irq_marks, 2 * c->nr_cpus);
	bpf_map__set_max_entries(c->skel->maps.task_marks,
				 ro->cfg_preemptible ? c->kernel.pid_max : c->nr_cpus);
	bpf_map__set_max_entries(c->skel->maps.lanes, lanes__entries(c->nr_cpus, c->lane_bits));
}

static int add_ring(struct capture *c, unsigned cpu)
{
	int fd = bpf_map_create(BPF_MAP_TYPE_RINGBUF, "ring", 0, 0, ring_bytes(c), NULL);

	c->ring_fds[cpu] = fd;
	c->cpus[cpu].c = c;
	c->cpus[cpu].cpu = cpu;
	if (fd < 0)
		return -errno;
	if (bpf_map_update_elem(bpf_map__fd(c->skel->maps.rings), &cpu, &fd, 0))
		return -errno;
	if (c->rb)
		return ring_buffer__add(c->rb, fd, on_sample, &c->cpus[cpu]);
	c->rb = ring_buffer__new(fd, on_sample, &c->cpus[cpu], NULL);
	return c->rb ? 0 : -errno;
}

static int make_rings(struct capture *c)
{
	for (unsigned i = 0; i < c->nr_cpus; i++) {
		int err = add_ring(c, i);

		if (err)
			return err;
	}
	c->lanes = lanes__new(bpf_map__fd(c->skel->maps.lanes), c->nr_cpus, c->lane_bits);
	return c->lanes ? 0 : -errno;
}

static int calibrate(struct capture *c)
{
	LIBBPF_OPTS(bpf_test_run_opts, run);

	if (bpf_prog_test_run_opts(bpf_program__fd(c->skel->progs.calibrate), &run))
		return -errno;
	return c->skel->bss->vmemmap_start ? 0 : -ENOTSUP;
}

/*
 * One page pinned and released by a system call that needs no privilege: process_vm_readv() of
 * ourselves.
 */
static void pin_by_copying(void)
{
	char from = 1, to = 0;
	struct iovec local = { &to, 1 }, remote = { &from, 1 };

	if (process_vm_readv(getpid(), &local, 1, &remote, 1, 0) < 0)
		log_debug("process_vm_readv of ourselves: %s", strerror(errno));
}

/*
 * And by one whose release is unpin_user_page() or unpin_user_folio(), as io_uring's is
 * (KERNEL.md 6.2).
 */
static void pin_by_registering(void)
{
	struct io_uring_params params = { 0 };
	char byte = 1; /* on the stack: 6.1 refuses memory of a file, which static data is */
	struct iovec buffer = { &byte, 1 };
	int fd = syscall(__NR_io_uring_setup, 1, &params);

	if (fd < 0 || syscall(__NR_io_uring_register, fd, IORING_REGISTER_BUFFERS, &buffer, 1) ||
	    syscall(__NR_io_uring_register, fd, IORING_UNREGISTER_BUFFERS, NULL, 0))
		log_debug("io_uring for a pin of our own: %s", strerror(errno));
	if (fd >= 0)
		close(fd);
}

/*
 * Makes pins of our own and looks how they are released here: whether the second program of a
 * function ran behind the first (if not, the first ones work alone, and what they miss is lost, and
 * told), and whether unpin_user_pages() is seen when unpin_user_pages_dirty_lock() calls it.
 */
static void learn_from_own_pins(struct capture *c)
{
	struct pinacct_bpf__bss *bss = c->skel->bss;

	__atomic_store_n(&bss->probe_tgid, getpid(), __ATOMIC_SEQ_CST);
	pin_by_copying();
	pin_by_registering();
	__atomic_store_n(&bss->probe_tgid, 0, __ATOMIC_SEQ_CST);
	bss->dirty_lock_calls = bss->saw_inner_unpin != 0;
	if (c->opts.second == SECOND_OFF)
		return;
	if (bss->order_first && bss->order_second > bss->order_first) {
		counters__set_twice(c->counters);
		c->record_by =
			c->opts.second == SECOND_ALONE ? RECORDING_BY_SECOND : RECORDING_BY_BOTH;
	} else {
		log_info("second programs are not relied upon: they ran as %u and %u",
			 bss->order_first, bss->order_second);
	}
}

static struct capture *alloc_capture(const struct capture_opts *opts, record_fn sink, void *arg)
{
	struct capture *c = calloc(1, sizeof(*c));
	int nr = libbpf_num_possible_cpus();

	if (!c || nr <= 0)
		goto fail;
	c->opts = *opts;
	c->record_by = RECORDING_BY_FIRST;
	c->sink = sink;
	c->sink_arg = arg;
	c->nr_cpus = nr;
	c->cpus = calloc(nr, sizeof(*c->cpus));
	c->ring_fds = malloc(nr * sizeof(*c->ring_fds));
	c->merge = merge__new(2 * nr);
	if (!c->cpus || !c->ring_fds || !c->merge)
		goto fail;
	for (int i = 0; i < nr; i++)
		c->ring_fds[i] = -1;
	return c;
fail:
	capture__free(c);
	return errno = ENOMEM, NULL;
}

/* Says how long a step of the start took, with -vv. */
static void step_done(struct capture *c, const char *step)
{
	u64 now = now_ns();

	log_debug("%s: %llu ms", step, (unsigned long long)(now - c->step_ns) / 1000000);
	c->step_ns = now;
}

static int open_and_load(struct capture *c)
{
	int err = attach_target__begin(&c->kernel);

	if (err)
		return err;
	c->skel = pinacct_bpf__open();
	if (!c->skel)
		return -errno;
	configure(c);
	attach_plan__apply(&c->plan, &c->kernel, c->skel->obj);
	err = pinacct_bpf__load(c->skel);
	if (err) {
		pinacct_bpf__destroy(c->skel);
		c->skel = NULL;
	}
	return err;
}

static int load(struct capture *c, char *err, size_t err_sz)
{
	int code = attach_plan__init(&c->plan, &c->kernel, c->opts.gets, c->opts.page_ref);

	if (!code && c->opts.second == SECOND_OFF)
		attach_plan__without_second(&c->plan);
	if (!code)
		code = open_and_load(c);
	step_done(c, "open and load the programs");
	if (!code)
		code = make_rings(c);
	if (!code)
		code = calibrate(c);
	step_done(c, "make the rings");
	if (code)
		kernel__explain_refusal(code, err, err_sz);
	return code;
}

struct capture *capture__open(const struct capture_opts *opts, record_fn sink, void *arg, char *err,
			      size_t err_sz)
{
	struct capture *c = alloc_capture(opts, sink, arg);
	int code;

	if (!c) {
		snprintf(err, err_sz, "out of memory");
		return NULL;
	}
	c->step_ns = now_ns();
	code = kernel__probe(&c->kernel, err, err_sz);
	step_done(c, "read BTF and symbols");
	if (!code)
		code = load(c, err, err_sz);
	if (code)
		goto fail;
	c->sym = symboliser__new(&c->kernel.syms.all, opts->user_stacks);
	c->counters = counters__new(c->skel->obj, bpf_map__fd(c->skel->maps.counters), c->nr_cpus);
	if (!c->sym || !c->counters) {
		code = -ENOMEM;
		snprintf(err, err_sz, "out of memory");
		goto fail;
	}
	attach_plan__attach(&c->plan, c->skel->obj);
	learn_from_own_pins(c);
	step_done(c, "attach");
	return c;
fail:
	capture__free(c);
	return errno = -code, NULL;
}

void capture__free(struct capture *c)
{
	if (!c)
		return;
	if (c->plan.rows)
		attach_plan__deinit(&c->plan);
	ring_buffer__free(c->rb);
	lanes__free(c->lanes);
	for (unsigned i = 0; c->ring_fds && i < c->nr_cpus; i++)
		if (c->ring_fds[i] >= 0)
			close(c->ring_fds[i]);
	pinacct_bpf__destroy(c->skel);
	attach_target__end();
	symboliser__free(c->sym);
	merge__free(c->merge);
	kernel__deinit(&c->kernel);
	counters__free(c->counters);
	free(c->ring_fds);
	free(c->cpus);
	free(c);
}

/* ---- start and stop ---- */

static u64 realtime_offset_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_REALTIME, &ts);
	return (u64)ts.tv_sec * 1000000000ull + ts.tv_nsec - now_ns();
}

static int send_meta(struct capture *c, const struct rec_vmstat *start)
{
	struct rec_meta rec = {
		.h = { .sz = sizeof(rec), .kind = REC_META, .ts_ns = start->h.ts_ns },
		.wire_version = PINACCT_WIRE_VERSION,
		.page_bytes = sysconf(_SC_PAGESIZE),
		.nr_cpus = c->nr_cpus,
		.stacks = c->opts.stacks,
		.realtime_offset_ns = realtime_offset_ns(),
		.preexisting_pages = c->preexisting_pages,
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
			.h = { .sz = sizeof(rec), .kind = REC_HOOK, .ts_ns = now_ns() },
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

/*
 * A pin between the look at vmstat and the moment when recording began was counted nowhere; its
 * release will be seen. The first sample has both: what is pinned, less what the hooks saw of it,
 * was pinned before.
 */
static void count_preexisting(struct capture *c, const struct rec_vmstat *start)
{
	u64 seen = start->seen_acquired - start->added - start->seen_released;
	s64 before = start->vm_acquired - start->vm_released - seen;

	if (before > (s64)c->preexisting_pages && (s64)c->preexisting_pages >= 0)
		c->preexisting_pages = before;
}

static const char *const record_by_name[] = {
	[RECORDING_BY_FIRST] = "the first programs",
	[RECORDING_BY_BOTH] = "the first programs, and the second where those are kept from it",
	[RECORDING_BY_SECOND] = "the second programs",
};

int capture__start(struct capture *c)
{
	struct rec_vmstat *start = &c->witness;
	u64 acquired, released;
	int err = vmstat__read(&acquired, &released);

	/* before, not with the first sample: what is pinned now may be released between the two */
	if (!err)
		c->preexisting_pages = acquired - released;
	counters__begin(c->counters);
	__atomic_store_n(&c->skel->bss->recording, c->record_by, __ATOMIC_SEQ_CST);
	log_debug("recording by %s", record_by_name[c->record_by]);
	c->started = true;
	err = counters__witness(c->counters, VMSTAT_START, start);
	if (!err)
		count_preexisting(c, start);
	if (!err)
		err = send_meta(c, start);
	if (!err)
		err = send_hooks(c);
	if (!err)
		err = c->sink(c->sink_arg, &start->h);
	if (!err)
		err = capture__mark(c, MARK_START, 0, NULL);
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
	struct rec_vmstat end;
	int err;

	if (!c->started)
		return 0;
	c->started = false;
	err = counters__witness(c->counters, VMSTAT_END, &end);
	if (!err)
		err = capture__poll(c, 0);
	__atomic_store_n(&c->skel->bss->recording, RECORDING_OFF, __ATOMIC_SEQ_CST);
	if (!err)
		err = drain(c);
	if (!err)
		err = merge__emit(c->merge, ~0ull, deliver, c);
	if (!err)
		err = symboliser__poll(c->sym, true, c->sink, c->sink_arg);
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
