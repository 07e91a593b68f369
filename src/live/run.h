/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A live run from beginning to end, as check, record and watch share it: capture into a session
 * and, if asked, into a record file; a command under test; waiting; settling.
 */
#ifndef PINACCT_RUN_H
#define PINACCT_RUN_H

#include "capture/capture.h"
#include "live/child.h"
#include "cmd/opts.h"
#include "record/recfile.h"
#include "judge/session.h"
#include "live/suspects.h"

/* Exit statuses: SPEC part 4. */
enum {
	EXIT_CLEAN = 0,
	EXIT_TOOL_FAILED = 1,
	EXIT_USAGE = 2,
	EXIT_UNSUPPORTED = 4,
	EXIT_FINDINGS = 23,
	EXIT_INCONCLUSIVE = 24,
	EXIT_NOT_EXECUTABLE = 126, /* as a shell says it */
	EXIT_NOT_FOUND = 127,
	EXIT_SIGNAL = 128, /* + number */
};

struct run {
	const struct opts *opts;
	struct capture *capture;
	struct session *session;
	struct suspects suspects;
	struct recfile_writer *file; /* NULL = none */
	char *command;		     /* the command as one line */
	struct child child;
	bool interrupted;
	u64 file_bytes; /* of the record file, once it is closed */
};

/*
 * Prepares the command (held back), opens and starts the capture. 0, or an exit status after one
 * line on stderr. run__deinit() in every case.
 */
int run__start(struct run *r, const struct opts *opts, const char *record_path);
/*
 * Lets the command go (if there is one) and records until it ends, until duration_ns is over, or
 * until a signal; calls tick (may be NULL) each interval. 0 or an exit status after one line.
 */
/* 0 to go on, RUN_ENOUGH to end the run well, or an exit status. */
#define RUN_ENOUGH (-1)
typedef int (*run_tick)(struct run *r, void *arg);
int run__wait(struct run *r, u64 duration_ns, u64 interval_ns, run_tick tick, void *arg);
/* Waits until nothing is open any more, at most settle_ns. */
int run__settle(struct run *r, u64 settle_ns);
/*
 * Ends the recording: what is still open is asked for by its pages; closing samples, END mark, file
 * closed.
 */
int run__stop(struct run *r);
void run__deinit(struct run *r);

/* Prints the attach plan of this kernel, attaching nothing: --dry-run. */
int run__print_plan(enum gets gets, bool page_ref);

/* The exit status that the command's own end asks for: its status, or 128 + signal. */
int run__cmd_exit_status(const struct run *r);

#endif
