/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The live source of records: loads and attaches the BPF programs, drains the rings, puts the CPUs'
 * records in order, adds what only user space knows (names, marks, losses, witness samples) and
 * hands every record to one sink.
 */
#ifndef PINACCT_CAPTURE_H
#define PINACCT_CAPTURE_H

#include <stdbool.h>
#include "capture/attach.h"
#include "record/sink.h"

struct capture;

/* The second programs of bpf/second.bpf.h: are they there, or do they even do all of the work? */
enum second_mode {
	SECOND_ON,
	SECOND_OFF,
	SECOND_ALONE, /* for tests */
};

struct capture_opts {
	enum stack_mode stacks;
	bool user_stacks;
	enum gets gets;
	bool page_ref; /* who puts pinned pages, where the kernel has tracepoints for it */
	enum second_mode second;
	u64 ring_bytes; /* per CPU, rounded up to a power of two; 0 = chosen by CPUs and memory */
	u32 table_entries;	  /* of each table that can be full; 0 = as many as ever needed */
	const char *without_hook; /* a kernel function that is not hooked, for tests; NULL = none */
	const char *command;	  /* for REC_META; NULL = none */
};

/*
 * Loads and attaches; nothing is recorded yet. On failure NULL, errno, and one line in err. errno
 * is EPERM, EACCES, ENOENT or ENOTSUP when this kernel cannot do it (exit status 4).
 */
struct capture *capture__open(const struct capture_opts *opts, record_fn sink, void *arg, char *err,
			      size_t err_sz);
/* Switches recording on; sends META, HOOK, VMSTAT (start) and MARK_START. 0 or negative errno. */
int capture__start(struct capture *c);
/*
 * Waits for records, at most timeout_ms, and hands over those that can be put in order by now. A
 * signal ends the wait. 0, the sink's error, or negative errno.
 */
int capture__poll(struct capture *c, int timeout_ms);
/* Puts a mark into the stream, after all records that are there by now. */
int capture__mark(struct capture *c, enum mark_kind kind, u64 value, const char *text);
/* Hands over all records that are there by now. */
int capture__sync(struct capture *c);
/* Puts a record of user space's own into the stream. */
int capture__send(struct capture *c, const struct rec_hdr *rec);
/* Pages pinned when recording began, as vmstat has it; may be below zero: KERNEL.md 3.3. */
s64 capture__preexisting(const struct capture *c);
/* Takes the closing sample, detaches, drains everything, sends the last losses and MARK_END. */
int capture__stop(struct capture *c, bool interrupted);
void capture__free(struct capture *c); /* NULL is fine; stops without the closing records */

/*
 * What a process of our PID namespace is called in the records, which have the numbers of the
 * initial one: after capture__start(), of one that was there by then. 0 = not known.
 */
u32 capture__tgid_of(const struct capture *c, u32 pid);

const struct attach_plan *capture__plan(const struct capture *c);
const struct kernel *capture__kernel(const struct capture *c);

#endif
