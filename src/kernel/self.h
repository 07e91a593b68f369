/* SPDX-License-Identifier: GPL-2.0 */
/*
 * This process as the kernel's programs see it. In a PID namespace they have other numbers for it
 * than getpid(), and for all tasks; in a time namespace they have another clock than
 * clock_gettime(CLOCK_MONOTONIC). Records have the kernel's.
 */
#ifndef PINACCT_SELF_H
#define PINACCT_SELF_H

#include <stdbool.h>
#include <pinacct/types.h>
#include <pinacct/bpf_shared.h>

/* Zeroed: as if in the initial namespaces. */
struct self {
	u32 tgid;	    /* ours, in the initial PID namespace; 0 = not learnt */
	struct pid_ns ns;   /* our PID namespace */
	s64 clock_ahead_ns; /* the kernel's clock less ours */
};

/* Are we in the initial PID namespace, as /proc has it? True when it cannot be told. */
bool self__in_initial_pid_ns(void);

/*
 * Are the numbers in /proc those of our own PID namespace? Not where it was mounted in another one.
 */
bool self__has_own_proc(void);

/*
 * For clock_ahead_ns: what the kernel's clock said, between two looks at ours. Each call makes the
 * bounds narrower; zeroed is ready.
 */
struct clock_bounds {
	bool any;
	s64 least, most;
};
void clock_bounds__add(struct clock_bounds *b, u64 before_ns, u64 kernel_ns, u64 after_ns);
/*
 * How far the kernel's clock is ahead: 0 or whole seconds where the bounds allow it (offsets of
 * namespaces hardly ever have a fraction), else the lower bound, so that nothing of ours is
 * stamped later than it was.
 */
s64 clock_bounds__ahead(const struct clock_bounds *b);

/* Now, by the clock of records. */
u64 self__now_ns(const struct self *s);

/*
 * Calls fn for each task of our PID namespace, with a NS_PID record (without time) that has both of
 * its numbers. 0, what fn returned (that ends it), or negative errno.
 */
int self__for_each_task(const struct self *s, int (*fn)(void *arg, const struct rec_ns_pid *rec),
			void *arg);

#endif
