/* SPDX-License-Identifier: GPL-2.0 */
/* Command line options: one table for all commands, one struct that is handed on as const. */
#ifndef PINACCT_OPTS_H
#define PINACCT_OPTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <pinacct/types.h>

enum cmd_bit {
	CMD_PROBE = 1 << 0,
	CMD_CHECK = 1 << 1,
	CMD_RECORD = 1 << 2,
	CMD_REPORT = 1 << 3,
	CMD_WATCH = 1 << 4,
	CMD_SNAPSHOT = 1 << 5,
	CMD_AUDIT = 1 << 6,
	CMD_DIFF = 1 << 7,
	CMD_FLAME = 1 << 8,
	CMD_LIVE = CMD_CHECK | CMD_RECORD | CMD_WATCH | CMD_AUDIT,
	CMD_SHOWS = CMD_CHECK | CMD_REPORT | CMD_WATCH,
};

#define NO_BLOCK UINT64_MAX

/* Page frames. pages = 0: all of memory. */
struct pfn_range {
	u64 first, pages;
};

struct opts {
	/* what to show */
	u64 tgid, min_pages, top, max_count;
	const char *comm, *cgroup, *fs;
	u64 cgroup_id; /* of cgroup, resolved */
	bool longterm;
	u64 min_age_ns, age_ns;
	unsigned sort, view;
	unsigned cost, by, over; /* flame: enum flame_cost, _by, _scope */
	unsigned snapshot_by;	 /* enum snapshot_by */
	struct pfn_range pfns;	 /* snapshot */
	u64 block;		 /* snapshot: number of a memory block; NO_BLOCK = not given */
	bool movable;
	const char *format;
	bool json;
	/* how to record */
	unsigned stacks, gets, second;
	bool user_stacks, dry_run, no_scan, page_ref;
	u64 settle_ns, duration_ns, interval_ns, ring_bytes, table_entries;
	const char *without_hook;
	/* verdict */
	const char *suppress;
	unsigned fail_on; /* 0 fault, 1 risk */
	u64 error_exitcode;
	/* files */
	const char *output, *input;
	const char *exercise; /* audit: file systems, or "all" */
	unsigned verbose;
	bool help;
	/* the command after --, NULL = none */
	char **cmd;
};

/*
 * Parses argv (argv[0] is the command's name) for one command. 0, or 2 after one line on stderr
 * that names the option and what it takes. Strings are borrowed from argv.
 */
int opts__parse(struct opts *o, enum cmd_bit cmd, int argc, char **argv);
/* The options of a command, a line each, to stdout. */
void opts__help(enum cmd_bit cmd);

/* A row of the table of options, for whoever writes about them. */
struct option_text {
	const char *name; /* without --; NULL = a title, in help, above the rows that follow */
	char letter;	  /* 0 = none */
	const char *arg;  /* NULL = takes none */
	bool choice;	  /* arg is the values it takes, separated by | */
	unsigned cmds;	  /* of enum cmd_bit */
	const char *help;
};

/* The i-th row, from 0 on. False behind the last. */
bool opts__describe(size_t i, struct option_text *out);

/* "350ms", "2s", "1.5m", "1h", a bare number is seconds. 0 or -EINVAL. */
int parse_duration(const char *text, u64 *ns);
/* "0x1000-0x1fff", both ends of it, or one number; decimal or with 0x. 0 or -EINVAL. */
int parse_pfns(const char *text, struct pfn_range *pfns);
/* "64K", "16M", "1G" or bytes. 0 or -EINVAL. */
int parse_size(const char *text, u64 *bytes);

#endif
