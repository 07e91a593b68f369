// SPDX-License-Identifier: GPL-2.0
/*
 * How many pages are pinned, by the kernel's count and by the hooks', read so that the difference
 * can be wrong in one direction only.
 *
 * The kernel counts in two items of each node's statistics. A CPU collects up to 125 in a counter
 * of its own before it adds them to the node's (mm/vmstat.c), so the exact value is the node's plus
 * that of each CPU. /proc/vmstat has the node's part alone, and takes milliseconds to read.
 *
 * While others pin, the four numbers cannot be read in one instant. But a pin is counted by the
 * kernel before the hook at the end of the pin function counts it, and a release by the hook at the
 * begin of the unpin function before the kernel counts it. So if the hooks' acquired pages are read
 * before the kernel's, and the kernel's released ones before the hooks', then whatever pin or
 * release is in progress, and whatever comes in between, can only make
 *
 *     (acquired - released of the kernel) - (acquired - released of the hooks)
 *
 * larger than what it is when nothing is in progress. The least of many readings is the truth, or
 * an upper bound of it.
 *
 * There is one exception. A CPU that adds its part to the node's takes it from itself first, and
 * between the two instructions it is in neither. The node's part moves then, a moment later, and so
 * a reading counts only if the node's part is the same before it, behind it, and behind the next.
 */
#include "kernel_types.h"
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>
#include "load.bpf.h"
#include "maps.bpf.h"

/* Where the kernel keeps these: addresses from kallsyms, 0 = no such symbol. */
const volatile u64 cfg_node_data_addr = 0;	  /* array of struct pglist_data *, */
const volatile u64 cfg_nr_node_ids_addr = 0;	  /* so long; */
const volatile u64 cfg_contig_page_data_addr = 0; /* or the only one, without NUMA */
const volatile u64 cfg_per_cpu_offset_addr = 0;
const volatile u64 cfg_possible_cpus_addr = 0; /* a bitmap */
const volatile u32 cfg_nr_cpus = 1;

#define NODE_IDS_MASK 0xffff /* MAX_NUMNODES is 1024 at most */
u64 net_nodes[NODES_MAX] = {};
u32 net_nr_nodes = 0;
u64 net_fence = 0;
struct net_reading net_readings[NET_READINGS] = {};

/* What is read before is read before, on every processor: an atomic with a result is a barrier. */
static __always_inline void net_order(void)
{
	u64 was = __sync_fetch_and_add(&net_fence, 1);

	asm volatile("" ::"r"(was) : "memory");
}

static __always_inline bool cpu_is_possible(u32 cpu)
{
	return word_at(cfg_possible_cpus_addr + cpu / 64 * 8) >> (cpu % 64) & 1;
}

struct net_seen {
	u64 acquired, released;
};

static long add_seen(u32 cpu, struct net_seen *s)
{
	u32 zero = 0;
	const struct cpu_counters *c = bpf_map_lookup_percpu_elem(&counters, &zero, cpu);

	if (c) {
		s->acquired += *(const volatile u64 *)&c->seen_acquired;
		s->released += *(const volatile u64 *)&c->seen_released;
	}
	return 0;
}

static __always_inline struct net_seen hooks_saw(void)
{
	struct net_seen s = {};

	bpf_loop(cfg_nr_cpus, add_seen, &s, 0);
	return s;
}

struct net_counted {
	u64 acquired, released;
	u64 diffs; /* of the node that is being read */
	bool with_cpus;
};

static __always_inline s64 small_at(u64 addr)
{
	return (__s8)(word_at(addr & ~7ULL) >> (addr & 7) * 8);
}

#define ITEM(item) bpf_core_enum_value(enum node_stat_item, NR_FOLL_PIN_##item)

static long add_cpu(u32 cpu, struct net_counted *n)
{
	u64 diffs;

	if (!cpu_is_possible(cpu))
		return 0;
	diffs = n->diffs + word_at(cfg_per_cpu_offset_addr + cpu * 8);
	n->acquired += small_at(diffs + ITEM(ACQUIRED));
	n->released += small_at(diffs + ITEM(RELEASED));
	return 0;
}

static long add_node(u32 i, struct net_counted *n)
{
	u64 node = net_nodes[i & (NODES_MAX - 1)],
	    sums = node + bpf_core_field_offset(struct pglist_data, vm_stat);

	n->acquired += word_at(sums + ITEM(ACQUIRED) * 8);
	n->released += word_at(sums + ITEM(RELEASED) * 8);
	if (!n->with_cpus)
		return 0;
	n->diffs = word_at(node + bpf_core_field_offset(struct pglist_data, per_cpu_nodestats)) +
		   bpf_core_field_offset(struct per_cpu_nodestat, vm_node_stat_diff);
	bpf_loop(cfg_nr_cpus, add_cpu, n, 0);
	return 0;
}

/* Of all nodes; with or without what the CPUs still have. */
static __always_inline struct net_counted kernel_counted(bool with_cpus)
{
	struct net_counted n = { .with_cpus = with_cpus };

	bpf_loop(net_nr_nodes, add_node, &n, 0);
	return n;
}

static __always_inline u64 net_folds(void)
{
	struct net_counted n = kernel_counted(false);

	return n.acquired + n.released;
}

static long read_net(u32 i, void *ctx)
{
	struct net_reading *r = &net_readings[i & (NET_READINGS - 1)];
	struct net_counted n;

	r->seen_acquired = hooks_saw().acquired;
	net_order();
	r->folds_before = net_folds();
	net_order();
	n = kernel_counted(true);
	r->vm_acquired = n.acquired;
	r->vm_released = n.released;
	net_order();
	r->folds_after = net_folds();
	r->seen_released = hooks_saw().released;
	return 0;
}

static long find_node(u32 i, void *ctx)
{
	u64 node = word_at(cfg_node_data_addr + i * 8);
	u32 at = net_nr_nodes;

	if (!node)
		return 0;
	if (at >= NODES_MAX) { /* more than we can read: rather none */
		net_nr_nodes = 0;
		return 1;
	}
	net_nodes[at & (NODES_MAX - 1)] = node;
	net_nr_nodes = at + 1;
	return 0;
}

/* Anew each time: memory of another node may have been added. Without nodes nothing is known. */
static __always_inline void find_nodes(void)
{
	net_nr_nodes = 0;
	if (!cfg_per_cpu_offset_addr || !cfg_possible_cpus_addr ||
	    !bpf_core_enum_value_exists(enum node_stat_item, NR_FOLL_PIN_ACQUIRED))
		return;
	if (cfg_node_data_addr && cfg_nr_node_ids_addr) {
		u64 nr = word_at(cfg_nr_node_ids_addr & ~7ULL) >> (cfg_nr_node_ids_addr & 4) * 8;

		/* an int: masked, as bpf_loop() would see the upper half too where it is inlined */
		bpf_loop(nr & NODE_IDS_MASK, find_node, NULL, 0);
	} else if (cfg_contig_page_data_addr) {
		net_nodes[0] = cfg_contig_page_data_addr;
		net_nr_nodes = 1;
	}
}

/* NET_READINGS of them, one behind the other. Run from user space, in its own context. */
SEC("syscall")
int read_pin_counters(void *ctx)
{
	find_nodes();
	if (net_nr_nodes)
		bpf_loop(NET_READINGS, read_net, NULL, 0);
	return 0;
}
