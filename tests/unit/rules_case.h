/* SPDX-License-Identifier: GPL-2.0 */
/* A run as a script, and what the rules must say of it. */
#ifndef PINACCT_RULES_CASE_H
#define PINACCT_RULES_CASE_H

#include "judge/rules.h"

struct rules_case {
	const char *name;
	const char *script;
	struct rules_opts opts;
	const char *suppress; /* text of a suppression file, NULL = none */
	/*
	 * Findings in order, each "ID PAGES/CALLS HOLDER" or with " suppressed" behind it,
	 * joined by "; ".
	 */
	const char *findings;
	/* "clean", "findings N" or "inconclusive: WHY" */
	const char *verdict;
	const char *evidence; /* of the first finding; NULL = any */
};

/* A cmocka test; *state is a struct rules_case. */
void rules_case__check(void **state);
/* Runs them all as one cmocka group. Returns the number of failures. */
int rules_cases__run(const char *group, const struct rules_case *cases, size_t cnt);

/*
 * The frame of most scripts: a command with tgid 100 from 1.001 s to 2 s, settled until 4 s, end
 * at 4.1 s. BODY comes between; VM's numbers are pages acquired and released, over the run, by
 * vmstat and the hooks alike.
 */
#define RUN_START                                                                                  \
	"meta\nmark ts=1s start\nvmstat ts=1s start flags=quiet\n"                                 \
	"mark ts=1001ms cmd-start value=100\n"
#define CMD_GONE                                                                                   \
	"exit ts=1900ms tid=100 tgid=100 mm=0x100 comm=cmd group_dead=1\n"                         \
	"mm ts=1901ms tid=100 tgid=100 mm=0x100 comm=cmd\n"
#define CMD_END "mark ts=2s cmd-end value=0\nmark ts=4s settled value=1\n"
#define VM(acquired, released)                                                                     \
	"vmstat ts=4s end acquired=" #acquired " released=" #released " seen=" #acquired           \
	"/" #released " flags=quiet\n"
#define RUN_END "mark ts=4100ms end\n"

/* Who: the command, a child of it that lives on, a bystander, a kernel thread. */
#define CMD	   " tid=100 tgid=100 mm=0x100 comm=cmd "
#define CHILD	   " tid=101 tgid=101 mm=0x101 comm=child "
#define OTHER	   " tid=900 tgid=900 mm=0x900 comm=other "
#define KWORKER	   " tid=50 tgid=50 comm=kworker flags=kthread "
#define FORK_CHILD "fork ts=1100ms tid=101 tgid=101 parent=100 mm=0x101 comm=child\n"

#endif
