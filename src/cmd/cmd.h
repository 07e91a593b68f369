/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The commands, one table for main(), --help and the manual. A command is a row of commands.c and a
 * function that wires objects together.
 */
#ifndef PINACCT_CMD_H
#define PINACCT_CMD_H

#include "cmd/opts.h"

struct command {
	const char *name;
	enum cmd_bit bit;
	/* Runs it. The options are parsed; what has a default of this command's may be filled in.
	 * Returns the exit status, after one line on stderr when that is not a verdict. */
	int (*run)(struct opts *o);
	const char *usage;   /* what follows the name on the command line */
	const char *summary; /* for the list of commands */
	const char *about;   /* for its --help: full sentences */
};

/* NULL when there is no command of this name. */
const struct command *command__find(const char *name);
/* The i-th, from 0 on; NULL behind the last. */
const struct command *command__at(size_t i);

int cmd_probe(struct opts *o);
int cmd_check(struct opts *o);
int cmd_record(struct opts *o);
int cmd_report(struct opts *o);
int cmd_watch(struct opts *o);
int cmd_snapshot(struct opts *o);
int cmd_audit(struct opts *o);
int cmd_diff(struct opts *o);
int cmd_flame(struct opts *o);

#endif
