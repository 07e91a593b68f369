/* SPDX-License-Identifier: GPL-2.0 */
/*
 * From the hook table to attached programs: which mechanism each row gets on this kernel. Chosen
 * by what exists and attaches, never by version: BTF, then an fentry site, then a kprobe.
 */
#ifndef PINACCT_ATTACH_H
#define PINACCT_ATTACH_H

#include "record/hook.h"
#include "kernel/kernel.h"
#include <pinacct/bpf_shared.h>
#include <pinacct/wire.h>

struct bpf_object;
struct bpf_link;

/* fentry and fexit, or kprobe and kretprobe; and the second program of bpf/second.bpf.h. */
struct hook_plan {
	const struct hook *hook;
	enum hook_mech mech; /* planned, then in force */
	enum hook_state state;
	int error; /* negative errno of the last attempt, 0 = none */
	bool wanted;
	bool second;	/* the function gets a second program, too (bpf/second.bpf.h) */
	bool op;	/* its op_ program is taken, if it has one: it records references, too */
	bool probeable; /* its kprobes are loaded, in case that fentry/fexit are refused */
	bool exists;	/* in this kernel, under its plain name */
	bool traceable; /* by fentry/fexit, as far as BTF and symbols tell */
	struct bpf_link *links[4];
	int nr_links;
};

struct attach_plan {
	struct hook_plan *rows;
	size_t nr_rows;
};

/* Makes the plan: nothing is loaded. page_ref: the tracepoints of role REF, too. 0 or -ENOMEM. */
int attach_plan__init(struct attach_plan *p, const struct kernel *k, enum gets gets, bool page_ref);
/* No row has a second program. */
void attach_plan__without_second(struct attach_plan *p);
/* The row of this function is not wanted. 0, or -ENOENT: there is no such row. */
int attach_plan__without(struct attach_plan *p, const char *symbol);
/*
 * Sets autoload of each program of obj, which was opened after attach_target__begin(): after open,
 * before load.
 */
void attach_plan__apply(const struct attach_plan *p, const struct kernel *k,
			struct bpf_object *obj);
/*
 * Attaches; a row whose fentry/fexit is refused falls back to its kprobes where it may have some
 * (hook_plan.probeable). Never fails as a whole:
 * the rows tell. Returns the number of rows that must be attached and are not.
 */
int attach_plan__attach(struct attach_plan *p, struct bpf_object *obj);
void attach_plan__deinit(struct attach_plan *p); /* detaches */

#endif
