// SPDX-License-Identifier: GPL-2.0
/* Opening and closing a capture. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <bpf/libbpf.h>
#include "base/clock.h"
#include "base/log.h"
#include "capture/attach_target.h"
#include "capture/capture_impl.h"
#include "capture/channels.h"
#include "kernel/refusal.h"

const struct attach_plan *capture__plan(const struct capture *c)
{
	return &c->plan;
}

const struct kernel *capture__kernel(const struct capture *c)
{
	return &c->kernel;
}

s64 capture__preexisting(const struct capture *c)
{
	return c->witness.vm_acquired - c->witness.vm_released;
}

void capture__step_done(struct capture *c, const char *step)
{
	u64 now = now_ns();

	log_debug("%s: %llu ms", step, (unsigned long long)(now - c->step_ns) / 1000000);
	c->step_ns = now;
}

/* With -v the log tells. */
static void begin_step(struct capture *c, const char *what)
{
	if (!log_enabled(LOG_INFO))
		progress__step(&c->progress, what);
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
	progress__begin(&c->progress, "starting");
	c->channel_of = malloc(nr * sizeof(*c->channel_of));
	c->ring_fds = malloc(nr * sizeof(*c->ring_fds));
	c->merge = merge__new(2 * nr);
	if (!c->channel_of || !c->ring_fds || !c->merge)
		goto fail;
	c->nr_channels = channels__assign_online(nr, c->channel_of);
	for (unsigned i = 0; i < c->nr_channels; i++)
		c->ring_fds[i] = -1;
	return c;
fail:
	capture__free(c);
	return errno = ENOMEM, NULL;
}

#define UNSAFE_PID_NS                                                                              \
	"in a PID namespace this kernel (before 6.9) can hang for good when the namespace ends while pinacct is in it: run it outside ('nsenter -t 1 -p'), or as the first process of a namespace ('unshare -p -f pinacct ...')"

/* What is known to keep hooks from running is better said than tried. */
static int look_for_obstacles(char *err, size_t err_sz)
{
	const char *why = refusal__hooks_off();
	int code = refusal__look(err, err_sz);

	if (code || !why)
		return code;
	snprintf(err, err_sz, "%s", why);
	return -ENOTSUP;
}

static int load(struct capture *c, char *err, size_t err_sz)
{
	int code = attach_plan__init(&c->plan, &c->kernel, c->opts.gets, c->opts.page_ref);

	if (!code && c->opts.second == SECOND_OFF)
		attach_plan__without_second(&c->plan);
	if (!code && c->opts.without_hook && attach_plan__without(&c->plan, c->opts.without_hook)) {
		snprintf(err, err_sz, "--without-hook: there is no hook on %s()",
			 c->opts.without_hook);
		return -ENOENT;
	}
	if (!code)
		begin_step(c, "loading BPF programs");
	if (!code)
		code = capture__load(c, err, err_sz);
	if (!code)
		code = capture__calibrate(c);
	if (code && !err[0]) {
		code = refusal__explain(code, err, err_sz);
	} else if (!code && !kernel__pid_ns_is_safe(&c->kernel)) {
		snprintf(err, err_sz, "%s", UNSAFE_PID_NS);
		code = -ENOTSUP;
	}
	return code;
}

/* While pin counters are read: nothing is handed on, as what comes first may not be there yet. */
static int drain_meanwhile(void *arg)
{
	return capture__drain(arg);
}

static void set_up_sampler(struct capture *c)
{
	c->sampler = (struct sampler){
		.self = &c->kernel.self,
		.prog_fd = bpf_program__fd(c->skel->progs.read_pin_counters),
		.nr_nodes = &c->skel->bss->net_nr_nodes,
		.readings = c->skel->bss->net_readings,
		.map_fd = bpf_map__fd(c->skel->maps.counters),
		.nr_cpus = c->nr_cpus,
		.meanwhile = drain_meanwhile,
		.arg = c,
	};
}

/* Attached and not run: then nothing will be seen. */
static int check_hooks_run(const struct capture *c, char *err, size_t err_sz)
{
	const char *why;

	if (!(c->own_pins & VMSTAT_F_OWN_TRIED) || c->own_pins & VMSTAT_F_OWN_SEEN)
		return 0;
	why = refusal__hooks_off();
	snprintf(
		err, err_sz, "%s",
		why ? why
		    : "the hooks were attached and did not run when pinacct pinned a page of its own: run it without other tracers, or on another kernel");
	return -ENOTSUP;
}

struct capture *capture__open(const struct capture_opts *opts, record_fn sink, void *arg, char *err,
			      size_t err_sz)
{
	int code = look_for_obstacles(err, err_sz);
	struct capture *c;

	if (code)
		return errno = -code, NULL;
	c = alloc_capture(opts, sink, arg);
	if (!c) {
		snprintf(err, err_sz, "out of memory");
		return NULL;
	}
	c->step_ns = now_ns();
	err[0] = '\0';
	begin_step(c, "reading the kernel's types and symbols");
	code = kernel__probe(&c->kernel, err, err_sz);
	capture__step_done(c, "read BTF and symbols");
	if (!code)
		code = load(c, err, err_sz);
	if (code)
		goto fail;
	c->sym = symboliser__new(&c->kernel.syms.all, opts->user_stacks,
				 self__has_own_proc() ? &c->ns_pids : NULL);
	c->counters = counters__new(c->skel->obj, bpf_map__fd(c->skel->maps.counters), c->nr_cpus,
				    &c->kernel.self);
	if (!c->sym || !c->counters) {
		code = -ENOMEM;
		snprintf(err, err_sz, "out of memory");
		goto fail;
	}
	set_up_sampler(c);
	begin_step(c, "attaching to the kernel's functions");
	attach_plan__attach(&c->plan, c->skel->obj);
	capture__learn_from_own_pins(c);
	capture__step_done(c, "attach");
	code = check_hooks_run(c, err, err_sz);
fail:
	progress__end(&c->progress);
	if (!code)
		return c;
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
	for (unsigned i = 0; c->ring_fds && i < c->nr_channels; i++)
		if (c->ring_fds[i] >= 0)
			close(c->ring_fds[i]);
	pinacct_bpf__destroy(c->skel);
	attach_target__end();
	symboliser__free(c->sym);
	merge__free(c->merge);
	kernel__deinit(&c->kernel);
	counters__free(c->counters);
	ns_pids__deinit(&c->ns_pids);
	free(c->ring_fds);
	free(c->channel_of);
	free(c);
}
