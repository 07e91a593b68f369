/* SPDX-License-Identifier: GPL-2.0 */
/* The command under test: made ready first, let go when the hooks are on. */
#ifndef PINACCT_CHILD_H
#define PINACCT_CHILD_H

#include <stddef.h>
#include <sys/types.h>

struct child {
	pid_t pid;	 /* 0 = none, or reaped */
	int gate;	 /* closing it lets the command begin; -1 = let go */
	int exec_report; /* brings the errno of a failed execve; -1 = closed */
	int status;	 /* wait status, once it ended */
};

/* 0, or -ENOENT / -EACCES: what execvp() would say of argv[0], asked before anything is set up. */
int child__lookup(const char *file);
/* Forks; the child waits at the gate. 0 or negative errno. */
int child__prepare(struct child *c, char **argv);
/* Lets it begin. 0, or the negative errno of its execve. */
int child__release(struct child *c);
/* 1 = has ended (status is set), 0 = still runs, negative errno. */
int child__ended(struct child *c);
/* Kills one that was never let go; forgets one that runs. */
void child__deinit(struct child *c);
/* argv as one line for people; the caller frees it. NULL = no memory. */
char *child__command_line(char **argv);

#endif
