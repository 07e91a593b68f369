// SPDX-License-Identifier: GPL-2.0
/* Opening, configuring and loading the BPF object, and the rings and lanes that it writes to. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include "capture/attach_target.h"
#include "capture/capture_impl.h"
#include "kernel/limits.h"

#define RING_MIN_BYTES (256u << 10)
#define RING_MAX_BYTES (16u << 20)
/* All rings together take at most this share of memory; the lanes as much again. */
#define RING_MEMORY_SHARE 64
/* A lane wakes the reader so many times while it fills. */
#define LANE_WAKES 8

static u64 ring_bytes(const struct capture *c)
{
	u64 want = c->opts.ring_bytes, sz = 4096;

	if (!want) {
		u64 memory = (u64)sysconf(_SC_PHYS_PAGES) * sysconf(_SC_PAGESIZE);

		want = memory / RING_MEMORY_SHARE / c->nr_channels;
		if (want > RING_MAX_BYTES)
			want = RING_MAX_BYTES;
		if (want < RING_MIN_BYTES)
			want = RING_MIN_BYTES;
	}
	while (sz * 2 <= want && sz < (1ull << 30))
		sz *= 2;
	return sz;
}

/* For bpf/hooks/pin_counters.bpf.c. */
static void configure_pin_counters(struct capture *c)
{
	struct pinacct_bpf__rodata *ro = c->skel->rodata;
	const struct kernel_syms *syms = &c->kernel.syms;

	ro->cfg_node_data_addr = kernel_syms__variable(syms, "node_data");
	ro->cfg_nr_node_ids_addr = kernel_syms__variable(syms, "nr_node_ids");
	ro->cfg_contig_page_data_addr = kernel_syms__variable(syms, "contig_page_data");
	ro->cfg_per_cpu_offset_addr = kernel_syms__variable(syms, "__per_cpu_offset");
	ro->cfg_possible_cpus_addr = kernel_syms__variable(syms, "__cpu_possible_mask");
	ro->cfg_nr_cpus = c->nr_cpus;
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
	ro->cfg_in_hardirq_mask = c->kernel.in_hardirq_mask;
	ro->cfg_preemptible = c->kernel.preemption != PREEMPTION_NONE;
	ro->cfg_lane_bits = c->lane_bits = lanes__bits(sz);
	ro->cfg_lane_mask = (1u << c->lane_bits) - 1;
	ro->cfg_lane_wake_mask = (1ull << c->lane_bits) / LANE_WAKES - 1;
	ro->cfg_wake_bytes = sz / 8;
	ro->cfg_vmemmap_base_addr = kernel_syms__variable(&c->kernel.syms, "vmemmap_base");
	ro->cfg_zero_pfn_addr = kernel_syms__variable(&c->kernel.syms, "zero_pfn")
					?: kernel_syms__variable(&c->kernel.syms, "zero_page_pfn");
	configure_pin_counters(c);
	kernel_syms__text_range(&c->kernel.syms, (u64 *)&ro->cfg_text_start,
				(u64 *)&ro->cfg_text_end);
	if (c->opts.table_entries) {
		/* one that is allocated in advance has elements in reserve */
		bpf_map__set_map_flags(c->skel->maps.stacks_sent, BPF_F_NO_PREALLOC);
		bpf_map__set_max_entries(c->skel->maps.stacks_sent, c->opts.table_entries);
		bpf_map__set_max_entries(c->skel->maps.stashes, c->opts.table_entries);
	}
	ro->cfg_channels_shared = c->nr_channels < c->nr_cpus;
	bpf_map__set_max_entries(c->skel->maps.rings, c->nr_channels);
	bpf_map__set_max_entries(c->skel->maps.lane_heads, c->nr_channels);
	bpf_map__set_max_entries(c->skel->maps.slots, c->nr_channels * SLOTS_PER_CHANNEL);
	bpf_map__set_max_entries(c->skel->maps.irq_marks, 2 * c->nr_cpus);
	bpf_map__set_max_entries(c->skel->maps.task_marks,
				 ro->cfg_preemptible ? c->kernel.pid_max : c->nr_cpus);
	bpf_map__set_max_entries(c->skel->maps.lanes, lanes__entries(c->nr_channels, c->lane_bits));
}

static int add_ring(struct capture *c, unsigned channel)
{
	int fd = bpf_map_create(BPF_MAP_TYPE_RINGBUF, "ring", 0, 0, ring_bytes(c), NULL);

	c->ring_fds[channel] = fd;
	if (fd < 0)
		return -errno;
	if (bpf_map_update_elem(bpf_map__fd(c->skel->maps.rings), &channel, &fd, 0))
		return -errno;
	if (c->rb)
		return ring_buffer__add(c->rb, fd, capture__on_sample, c);
	c->rb = ring_buffer__new(fd, capture__on_sample, c, NULL);
	return c->rb ? 0 : -errno;
}

static int make_rings(struct capture *c)
{
	for (unsigned i = 0; i < c->nr_channels; i++) {
		int err = add_ring(c, i);

		if (err)
			return err;
	}
	c->lanes = lanes__new(bpf_map__fd(c->skel->maps.lanes), c->nr_channels, c->lane_bits);
	return c->lanes ? 0 : -errno;
}

/* Before the first program runs, as it overwrites all counters. */
static int tell_channels(struct capture *c)
{
	struct cpu_counters *counters = calloc(c->nr_cpus, sizeof(*counters));
	u32 zero = 0;
	int err = 0;

	if (!counters)
		return -ENOMEM;
	for (unsigned i = 0; i < c->nr_cpus; i++) {
		counters[i].channel = c->channel_of[i];
		counters[i].lane_first = lanes__entries(c->channel_of[i], c->lane_bits);
	}
	if (bpf_map_update_elem(bpf_map__fd(c->skel->maps.counters), &zero, counters, BPF_ANY))
		err = -errno;
	free(counters);
	return err;
}

/* Beside what libbpf and the C library have open. */
#define FILES_ELSEWHERE 64

/* A program, and its link, which is two files for a kprobe; the maps; the rings. */
static u64 files_needed(const struct capture *c)
{
	u64 need = FILES_ELSEWHERE + c->nr_channels;
	struct bpf_program *prog;
	struct bpf_map *map;

	bpf_object__for_each_program(prog, c->skel->obj) need +=
		bpf_program__autoload(prog) ? 3 : 0;
	bpf_object__for_each_map(map, c->skel->obj) need++;
	return need;
}

/*
 * What we take beside rings and lanes: BTF, symbols, programs and the other maps. An estimate on
 * the safe side: a run in which nothing pins has 53 MiB resident (make bench-reader, 6.12).
 */
#define MEMORY_ELSEWHERE (96ull << 20)

static int check_limits(const struct capture *c, char *err, size_t err_sz)
{
	u64 ring = ring_bytes(c), lane = lanes__entries(1, c->lane_bits) * sizeof(union lane_entry);

	return limits__files(files_needed(c), err, err_sz)
		       ?: limits__memory(MEMORY_ELSEWHERE + c->nr_channels * (ring + lane), err,
					 err_sz);
}

static int open_and_load(struct capture *c, char *err, size_t err_sz)
{
	int code = attach_target__begin(&c->kernel);

	if (code)
		return code;
	c->skel = pinacct_bpf__open();
	if (!c->skel)
		return -errno;
	configure(c);
	attach_plan__apply(&c->plan, &c->kernel, c->skel->obj);
	code = check_limits(c, err, err_sz) ?: pinacct_bpf__load(c->skel);
	if (code) {
		pinacct_bpf__destroy(c->skel);
		c->skel = NULL;
	}
	return code;
}

int capture__load(struct capture *c, char *err, size_t err_sz)
{
	int code = open_and_load(c, err, err_sz);

	capture__step_done(c, "open and load the programs");
	if (!code)
		code = make_rings(c);
	if (!code)
		code = tell_channels(c);
	capture__step_done(c, "make the rings");
	return code;
}
