/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the running kernel is and has: BTF, symbols, permission. One of the few files that know
 * libbpf.
 */
#ifndef PINACCT_SRC_KERNEL_H
#define PINACCT_SRC_KERNEL_H

#include <stdbool.h>
#include <stddef.h>
#include <pinacct/types.h>
#include "kernel/kernel_syms.h"
#include "kernel/self.h"
#include "base/name_index.h"

struct btf;

/* When can a task lose its processor while it is inside the kernel? */
enum preemption {
	PREEMPTION_NONE, /* where it asks for it only: none, voluntary */
	PREEMPTION_LAZY, /* when it is there for longer than a tick, or a real-time task wants to
			    run */
	PREEMPTION_FULL, /* at any moment */
};

struct kernel {
	struct btf *btf;
	struct name_index btf_names; /* type ids of functions and type names */
	struct kernel_syms syms;
	u32 foll_longterm;
	u32 foll_inner; /* FOLL_GET|FOLL_PIN: no caller passes them, only the API to its own
			   functions */
	u32 page_struct_bytes;
	bool bios_pin; /* __bio_release_pages() unpins, as from 6.5 on; a patched 6.1 may have its
			  own way of that */
	enum preemption preemption;
	u32 in_hardirq_mask;	    /* of the preempt count: set in a hard interrupt, or an NMI */
	bool exit_blocks_rcu_tasks; /* see kernel__pid_ns_is_safe() */
	u32 pid_max;
	struct self self; /* filled by who has loaded programs */
	char release[65];
	char machine[65];
	char boot_id[40];
};

/*
 * Fills *k. 0, or negative errno with one line in err that says what is missing and what to do: the
 * caller exits with status 4.
 */
int kernel__probe(struct kernel *k, char *err, size_t err_sz);
void kernel__deinit(struct kernel *k);

/*
 * Can a program be attached to this function by its BTF? It must be a FUNC in vmlinux's or its
 * module's BTF, and its plain symbol must exist: a compiler's clone keeps the
 * BTF name but has another entry (KERNEL.md 1.2).
 */
bool kernel__has_func(const struct kernel *k, const char *symbol);
/* Its number in vmlinux's BTF; 0 = it is a module's, or there is none. */
u32 kernel__func_id(const struct kernel *k, const char *symbol);
/* How many arguments it has; 0 when that is not known (a module's). */
unsigned kernel__nr_args(const struct kernel *k, const char *symbol);
/* Has it a symbol at all (enough for a kprobe)? */
bool kernel__has_symbol(const struct kernel *k, const char *symbol);
/*
 * May we detach while the first process of our PID namespace exits? It waits for us to be gone, and
 * before 6.9 (1612160b9127 ("rcu-tasks: Eliminate deadlocks involving do_exit() and RCU tasks"))
 * synchronize_rcu_tasks(), which detaching calls, waits for it: both hang for good. Not so in the
 * initial namespace, nor where we are that process and in no further namespace.
 */
bool kernel__pid_ns_is_safe(const struct kernel *k);
/* Is it a typed tracepoint? */
bool kernel__has_tracepoint(const struct kernel *k, const char *name);

#endif
