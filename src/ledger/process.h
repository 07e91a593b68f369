/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Who descends from the command under test. Owns the processes that matter for that: those that
 * hold pins, their ancestors, and the command's family. Promises that the answer for a process is
 * final once all events up to its birth, and reorder_ns more, were fed; and that the dead are
 * forgotten, so that its size follows the living and the holders, not all that ever was.
 */
#ifndef PINACCT_PROCESS_H
#define PINACCT_PROCESS_H

#include "ledger/pool.h"
#include "ledger/stream_time.h"

struct process {
	u64 born_ns;
	u64 dead_ns;
	u32 tgid;
	u32 parent; /* index; 0 = not known, or no longer of interest */
	u32 next;
	u32 refs;    /* holders and children */
	u32 asked;   /* processes.pass in which it was found not to be a member */
	bool forked; /* its FORK was seen */
	bool member; /* of the workload, for sure */
	bool hashed; /* the one that now has this tgid */
};

struct processes {
	struct pool pool;
	struct table by_tgid;
	u32 limit; /* above so many the dead are cleaned up */
	u32 pass;  /* of processes__begin_pass() */
	const struct stream_time *time;
};

int processes__init(struct processes *p, const struct stream_time *time);
void processes__deinit(struct processes *p);
u64 processes__bytes(const struct processes *p);

/* Index of the process that has this tgid now, with a reference for the caller; 0 = no memory. */
u32 processes__get(struct processes *p, u32 tgid);
/* 0 is passed over. */
void processes__put(struct processes *p, u32 idx);

/* A FORK record. 0 or -ENOMEM. */
int processes__fork(struct processes *p, u32 tgid, u32 parent, u64 ts_ns);
/* The last thread of tgid exited. */
void processes__exit(struct processes *p, u32 tgid, u64 ts_ns);
/* The command under test: its family is the workload. 0 or -ENOMEM. */
int processes__set_root(struct processes *p, u32 tgid);

/*
 * Many questions in a row, with no event in between: each process is then walked over once, and
 * not once for each of its descendants.
 */
void processes__begin_pass(struct processes *p);
/* Of the workload, as far as known now? Within a pass. */
bool processes__is_member(struct processes *p, u32 idx);

#endif
