/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A live run from beginning to end, as check, record and watch share it: capture into a session
 * and, if asked, into a record file; a command under test; waiting; settling.
 */
#ifndef PINACCT_RUN_H
#define PINACCT_RUN_H

#include "capture/capture.h"
#include "live/child.h"
#include "record/recfile.h"
#include "judge/session.h"
#include "live/page_checks.h"

/* How to record. */
struct run_opts {
	char **cmd;		 /* argv of the command under test, NULL = none; borrowed */
	const char *record_path; /* NULL = no record file; borrowed */
	u64 age_ns;		 /* from when on a pin counts as long held */
	bool no_scan;		 /* do not look which pages are pinned already */
	struct capture_opts capture;
};

struct run {
	struct run_opts opts;
	struct capture *capture;
	struct session *session;
	struct page_checks checks;
	struct recfile_writer *file; /* NULL = none */
	char *command;		     /* the command as one line */
	struct child child;
	bool interrupted;
	int signal;	/* that interrupted it */
	u64 file_bytes; /* of the record file, once it is closed */
};

/*
 * Prepares the command (held back), opens and starts the capture. 0, or an exit status after one
 * line on stderr. run__deinit() in every case.
 */
int run__start(struct run *r, const struct run_opts *opts);
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

/* The exit status that the command's own end asks for: its status, or 128 + signal. */
int run__cmd_exit_status(const struct run *r);

#endif
