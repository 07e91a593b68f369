// SPDX-License-Identifier: GPL-2.0
#include <ctype.h>
#include <errno.h>
#include <getopt.h>
#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <linux/magic.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include "base/log.h"
#include "base/out.h"
#include "cmd/opts.h"
#include "report/report.h"

enum kind { FLAG, COUNTER, NUMBER, DURATION, SIZE, PFNS, STRING, CHOICE };

struct option_def {
	const char *name;
	char letter;	 /* 0 = none */
	const char *arg; /* NULL = takes none; a CHOICE's values, separated by | */
	enum kind kind;
	unsigned cmds;
	size_t off;
	const char *help;
};

#define AT(field) offsetof(struct opts, field)
/* A row that no command has: a title above the rows that follow. */
#define HEADING(title)                                                                             \
	{                                                                                          \
		.help = title                                                                      \
	}
#define SETTLE_DEFAULT_NS 2000000000ull

static const struct option_def table[] = {
	HEADING("What is reported"),
	{ "pid", 'p', "PID", NUMBER, CMD_SHOWS, AT(tgid), "only pins of this process" },
	{ "comm", 0, "GLOB", STRING, CMD_SHOWS, AT(comm), "only pins of tasks of this name" },
	{ "cgroup", 0, "PATH", STRING, CMD_SHOWS, AT(cgroup),
	  "only pins of tasks of this cgroup (v2)" },
	{ "fs", 0, "TYPE", STRING, CMD_SHOWS, AT(fs),
	  "only pins for I/O on this file system type" },
	{ "longterm", 0, NULL, FLAG, CMD_SHOWS, AT(longterm), "only FOLL_LONGTERM pins" },
	{ "min-pages", 0, "N", NUMBER, CMD_SHOWS, AT(min_pages), "only rows of at least N pages" },
	{ "min-age", 0, "DUR", DURATION, CMD_SHOWS, AT(min_age_ns),
	  "only pins at least this old at the end" },
	{ "age", 0, "DUR", DURATION, CMD_SHOWS | CMD_RECORD, AT(age_ns),
	  "a pin older than this is long-held (default 10s)" },
	{ "top", 0, "N", NUMBER, CMD_SHOWS | CMD_SNAPSHOT, AT(top),
	  "at most N rows (default: report all, watch 10)" },
	{ "sort", 0, "pages|age|calls", CHOICE, CMD_SHOWS, AT(sort),
	  "order of rows (default pages)" },
	{ "view", 0, "leaks|holders|mismatches|all|audit|longterm", CHOICE,
	  CMD_REPORT | CMD_CHECK | CMD_SNAPSHOT, AT(view),
	  "what to report (default all; snapshot: longterm)" },
	{ "by", 0, "object|process|kind|cgroup", CHOICE, CMD_SNAPSHOT, AT(snapshot_by),
	  "what a row is (default object)" },
	{ "pfn", 0, "FIRST-LAST", PFNS, CMD_SNAPSHOT, AT(pfns),
	  "only folios with a page in this range of page frames" },
	{ "block", 0, "N", NUMBER, CMD_SNAPSHOT, AT(block),
	  "only folios of /sys/devices/system/memory/memoryN: what keeps it from going offline" },
	{ "movable", 0, NULL, FLAG, CMD_SNAPSHOT, AT(movable),
	  "only folios in zone Movable, which pins are not to stay in" },
	{ "format", 0, "FORMAT", STRING, CMD_CHECK | CMD_REPORT | CMD_AUDIT, AT(format),
	  "text, json, folded, junit, ktap or github (default text)" },
	{ "json", 0, NULL, FLAG, CMD_PROBE | CMD_SHOWS | CMD_SNAPSHOT | CMD_AUDIT | CMD_DIFF,
	  AT(json), "the same as --format json" },
	HEADING("How it is recorded"),
	{ "cost", 0, "held|pages|page-seconds|pins", CHOICE, CMD_FLAME, AT(cost),
	  "what the width of a frame is (default held: the memory that pins keep in place)" },
	{ "by", 0, "subsystem|process|cgroup|fs", CHOICE, CMD_FLAME, AT(by),
	  "what stands at the bottom (default subsystem)" },
	{ "over", 0, "end|run", CHOICE, CMD_FLAME, AT(over),
	  "pins that are left at the end, or all of the run (default end)" },
	{ "stacks", 0, "off|caller|cached|exact", CHOICE, CMD_LIVE, AT(stacks),
	  "kernel stacks (default cached)" },
	{ "user-stacks", 0, NULL, FLAG, CMD_LIVE, AT(user_stacks), "user stacks of pins, too" },
	{ "gets", 0, "off|io|all", CHOICE, CMD_CHECK | CMD_RECORD | CMD_AUDIT, AT(gets),
	  "references (FOLL_GET), too: those of I/O, or all (default off; audit: io)" },
	{ "second", 0, "on|off|alone", CHOICE, CMD_LIVE, AT(second),
	  "second programs on functions that nest (default on; off: cheaper, and nested calls are lost; alone: for tests of the tool)" },
	{ "exercise", 0, "FS,...", STRING, CMD_AUDIT, AT(exercise),
	  "drive these file systems, or \"all\", every way in" },
	{ "ring-size", 0, "SIZE", SIZE, CMD_LIVE, AT(ring_bytes),
	  "ring buffer per CPU (default: by memory, at most 16M)" },
	{ "table-size", 0, "N", NUMBER, CMD_LIVE, AT(table_entries),
	  "entries of the kernel-side tables that can fill up (for tests of the tool)" },
	{ "without-hook", 0, "FUNCTION", STRING, CMD_LIVE, AT(without_hook),
	  "leave out the hook on this kernel function (for tests of the tool)" },
	{ "page-ref", 0, NULL, FLAG, CMD_CHECK | CMD_RECORD | CMD_AUDIT, AT(page_ref),
	  "who puts pinned pages, by the tracepoints of CONFIG_DEBUG_PAGE_REF" },
	{ "no-scan", 0, NULL, FLAG, CMD_LIVE, AT(no_scan),
	  "do not look at all of memory for pins of before the start" },
	{ "settle", 0, "DUR", DURATION, CMD_CHECK | CMD_RECORD | CMD_AUDIT, AT(settle_ns),
	  "how long pins may outlive the command (default 2s)" },
	{ "duration", 'd', "DUR", DURATION, CMD_RECORD | CMD_WATCH | CMD_AUDIT, AT(duration_ns),
	  "stop after this long" },
	{ "interval", 'i', "DUR", DURATION, CMD_WATCH, AT(interval_ns),
	  "time between lines (default 1s)" },
	{ "count", 'n', "N", NUMBER, CMD_WATCH, AT(max_count), "stop after N intervals" },
	{ "dry-run", 0, NULL, FLAG, CMD_LIVE | CMD_PROBE, AT(dry_run),
	  "print what would be attached, and attach nothing" },
	HEADING("What makes it fail"),
	{ "suppress", 0, "FILE", STRING, CMD_CHECK | CMD_REPORT | CMD_AUDIT, AT(suppress),
	  "known findings: `id:glob # reason` a line" },
	{ "fail-on", 0, "fault|risk", CHOICE, CMD_CHECK | CMD_REPORT | CMD_AUDIT, AT(fail_on),
	  "what makes the exit status 23 (default fault)" },
	{ "error-exitcode", 0, "N", NUMBER, CMD_CHECK | CMD_REPORT | CMD_AUDIT | CMD_DIFF,
	  AT(error_exitcode), "exit status for findings instead of 23" },
	HEADING("Files and the rest"),
	{ "output", 'o', "FILE", STRING, CMD_RECORD | CMD_AUDIT | CMD_FLAME, AT(output),
	  "record file (default pinacct.rec, - for stdout); flame: .svg, .html, .folded, .pb.gz or .speedscope.json" },
	{ "input", 'I', "FILE", STRING, CMD_REPORT | CMD_FLAME, AT(input),
	  "record file (default pinacct.rec, - for stdin); also -i" },
	{ "verbose", 'v', NULL, COUNTER, ~0u, AT(verbose),
	  "say more on stderr; twice: libbpf's words too" },
	{ "help", 'h', NULL, FLAG, ~0u, AT(help), "this text" },
};
#define TABLE_CNT (sizeof(table) / sizeof(table[0]))

/* Where 0 would mean "not given", or a number is too large for what it is used for. */
static const struct range {
	const char *name;
	u64 min, max;
} ranges[] = {
	{ "pid", 1, INT_MAX },	       { "age", 1, UINT64_MAX },     { "ring-size", 1, UINT64_MAX },
	{ "duration", 1, UINT64_MAX }, { "table-size", 1, 1 << 20 }, { "interval", 1, UINT64_MAX },
	{ "count", 1, UINT64_MAX },    { "error-exitcode", 1, 255 },
};

static struct range range_of(const struct option_def *d)
{
	for (size_t i = 0; i < sizeof(ranges) / sizeof(ranges[0]); i++)
		if (!strcmp(ranges[i].name, d->name))
			return ranges[i];
	return (struct range){ d->name, 0, UINT64_MAX };
}

static int parse_scaled(const char *text, double *value, const char **unit)
{
	char *end;

	errno = 0;
	*value = strtod(text, &end);
	if (end == text || errno || !isfinite(*value) || *value < 0)
		return -EINVAL;
	*unit = end;
	return 0;
}

int parse_duration(const char *text, u64 *ns)
{
	static const struct {
		const char *unit;
		double ns;
	} units[] = { { "", 1e9 }, { "s", 1e9 },  { "ms", 1e6 },   { "us", 1e3 },
		      { "ns", 1 }, { "m", 60e9 }, { "min", 60e9 }, { "h", 3600e9 } };
	const char *unit;
	double v;

	if (parse_scaled(text, &v, &unit))
		return -EINVAL;
	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
		if (strcmp(unit, units[i].unit) || v * units[i].ns > 9e18)
			continue;
		*ns = v * units[i].ns;
		return 0;
	}
	return -EINVAL;
}

int parse_size(const char *text, u64 *bytes)
{
	const char *unit, *letters = "KMGT";
	double v;

	if (parse_scaled(text, &v, &unit))
		return -EINVAL;
	if (*unit) {
		const char *at = strchr(letters, toupper((unsigned char)*unit));

		if (!at || (unit[1] && strcmp(unit + 1, "iB")))
			return -EINVAL;
		v *= (double)(1ull << (10 * (at - letters + 1)));
	}
	if (v > 9e18)
		return -EINVAL;
	*bytes = v;
	return 0;
}

/* A number at *at, decimal or with 0x; *at is moved behind it. */
static int parse_pfn(const char **at, u64 *pfn)
{
	char *end;

	errno = 0;
	if (**at < '0' || **at > '9')
		return -EINVAL;
	*pfn = strtoull(*at, &end, !strncasecmp(*at, "0x", 2) ? 16 : 10);
	*at = end;
	return errno ? -EINVAL : 0;
}

int parse_pfns(const char *text, struct pfn_range *pfns)
{
	u64 first, last;

	if (parse_pfn(&text, &first))
		return -EINVAL;
	last = first;
	if (*text == '-') {
		text++;
		if (parse_pfn(&text, &last))
			return -EINVAL;
	}
	/* the number of pages fits, too */
	if (*text || last < first || last - first == UINT64_MAX)
		return -EINVAL;
	*pfns = (struct pfn_range){ first, last - first + 1 };
	return 0;
}

static int parse_choice(const char *choices, const char *text, unsigned *value)
{
	size_t len = strlen(text);

	*value = 0;
	for (const char *p = choices; *p; (*value)++) {
		size_t n = strcspn(p, "|");

		if (n == len && !strncmp(p, text, n))
			return 0;
		p += n;
		if (*p)
			p++;
	}
	return -EINVAL;
}

static int parse_number(const char *text, u64 *value)
{
	char *end;

	errno = 0;
	if (text[0] < '0' || text[0] > '9')
		return -EINVAL;
	*value = strtoull(text, &end, 10);
	return *end || errno ? -EINVAL : 0;
}

static int in_range(const struct option_def *d, u64 value)
{
	struct range range = range_of(d);

	return value < range.min || value > range.max ? -ERANGE : 0;
}

static int set_option(struct opts *o, const struct option_def *d, const char *text)
{
	void *at = (char *)o + d->off;

	switch (d->kind) {
	case FLAG:
		*(bool *)at = true;
		return 0;
	case COUNTER:
		(*(unsigned *)at)++;
		return 0;
	case NUMBER:
		return parse_number(text, at) ?: in_range(d, *(u64 *)at);
	case DURATION:
		return parse_duration(text, at) ?: in_range(d, *(u64 *)at);
	case SIZE:
		return parse_size(text, at) ?: in_range(d, *(u64 *)at);
	case PFNS:
		return parse_pfns(text, at);
	case STRING:
		*(const char **)at = text;
		return 0;
	case CHOICE:
		return parse_choice(d->arg, text, at);
	}
	return -EINVAL;
}

/* Fills getopt's tables for one command. A long option's val is 256 + its row. */
static void make_getopt(enum cmd_bit cmd, struct option *longs, char *shorts)
{
	if (cmd & CMD_LIVE) /* what follows the command's name is its own */
		*shorts++ = '+';
	*shorts++ = ':';
	for (size_t i = 0; i < TABLE_CNT; i++) {
		const struct option_def *d = &table[i];

		if (!(d->cmds & cmd))
			continue;
		*longs++ = (struct option){ d->name, d->arg ? required_argument : no_argument, NULL,
					    256 + i };
		if (d->letter) {
			*shorts++ = d->letter;
			if (d->arg)
				*shorts++ = ':';
		}
	}
	if (cmd & (CMD_REPORT | CMD_FLAME)) { /* perf's habit */
		*shorts++ = 'i';
		*shorts++ = ':';
	}
	*shorts = '\0';
	*longs = (struct option){ 0 };
}

static const struct option_def *find_option(enum cmd_bit cmd, int c)
{
	if (c >= 256)
		return &table[c - 256];
	if (cmd & (CMD_REPORT | CMD_FLAME) && c == 'i')
		c = 'I';
	for (size_t i = 0; i < TABLE_CNT; i++)
		if (table[i].letter == c && (table[i].cmds & cmd))
			return &table[i];
	return NULL;
}

/* In cgroup v2 a cgroup's id is the inode number of its directory (kernfs). */
static int resolve_cgroup(struct opts *o)
{
	struct statfs fs;
	struct stat st;

	if (!o->cgroup)
		return 0;
	if (stat(o->cgroup, &st) || statfs(o->cgroup, &fs)) {
		log_error("--cgroup %s: %s", o->cgroup, strerror(errno));
		return 2;
	}
	if (fs.f_type != CGROUP2_SUPER_MAGIC || !S_ISDIR(st.st_mode)) {
		log_error(
			"--cgroup %s: is no cgroup of version 2: it takes a directory below /sys/fs/cgroup",
			o->cgroup);
		return 2;
	}
	o->cgroup_id = st.st_ino;
	return 0;
}

static int check_format(const struct opts *o)
{
	char names[128] = "";
	const struct renderer *r;

	if (!o->format || renderer__find(o->format))
		return 0;
	for (size_t i = 0; (r = renderer__at(i)); i++)
		snprintf(names + strlen(names), sizeof(names) - strlen(names), "%s%s",
			 i ? ", " : "", r->name);
	log_error("--format %s: there is no such format; it takes one of: %s", o->format, names);
	return 2;
}

/*
 * The long option of which glibc could not tell what it stands for: is it the beginning of several?
 */
static bool is_ambiguous(const char *arg, const struct option *longs)
{
	size_t len = strcspn(arg + 2, "=");

	for (; longs->name; longs++)
		if (!strncmp(longs->name, arg + 2, len))
			return true;
	return false;
}

/*
 * After '?' or ':' of getopt_long(). optopt is a long option's val, a letter, or 0 for an unknown
 * long one.
 */
static void say_bad_option(int c, const char *arg, const struct option *longs, const char *cmd)
{
	char name[32];

	if (optopt >= 256)
		snprintf(name, sizeof(name), "--%s", table[optopt - 256].name);
	else
		snprintf(name, sizeof(name), "-%c", optopt);
	if (c == ':')
		log_error("%s: needs a value; see `pinacct %s --help`", name, cmd);
	else if (optopt >= 256)
		log_error("%s: takes no value; see `pinacct %s --help`", name, cmd);
	else
		log_error("%s: %s option for `pinacct %s`; see `pinacct %s --help`",
			  optopt ? name : arg,
			  !optopt && is_ambiguous(arg, longs) ? "ambiguous" : "unknown", cmd, cmd);
}

static void say_bad_value(const struct option_def *d, const char *text)
{
	static const char *const takes[] = {
		[DURATION] = " such as 350ms, 2s, 5m or 1h",
		[SIZE] = " such as 64K or 16M",
		[PFNS] = " such as 0x100000-0x107fff",
	};
	struct range range = range_of(d);
	char limits[64] = "";

	if (range.max != UINT64_MAX)
		snprintf(limits, sizeof(limits), " from %llu to %llu",
			 (unsigned long long)range.min, (unsigned long long)range.max);
	else if (range.min)
		snprintf(limits, sizeof(limits), ", above 0");
	log_error("--%s %s: not a valid value; it takes %s%s%s", d->name, text, d->arg,
		  d->kind <= PFNS && takes[d->kind] ? takes[d->kind] : "", limits);
}

int opts__parse(struct opts *o, enum cmd_bit cmd, int argc, char **argv)
{
	struct option longs[TABLE_CNT + 1];
	char shorts[2 * TABLE_CNT + 8];
	int c;

	*o = (struct opts){ .stacks = STACKS_CACHED,
			    .view = VIEW_ALL,
			    .block = NO_BLOCK,
			    .settle_ns = SETTLE_DEFAULT_NS };
	make_getopt(cmd, longs, shorts);
	opterr = 0;
	optind = 1;
	while ((c = getopt_long(argc, argv, shorts, longs, NULL)) != -1) {
		const struct option_def *d;

		if (c == '?' || c == ':') {
			say_bad_option(c, argv[optind - 1], longs, argv[0]);
			return 2;
		}
		d = find_option(cmd, c);
		if (set_option(o, d, optarg)) {
			say_bad_value(d, optarg);
			return 2;
		}
	}
	if (optind < argc)
		o->cmd = argv + optind;
	if (o->json)
		o->format = "json";
	log_set_level(o->verbose > 1 ? LOG_DEBUG : o->verbose ? LOG_INFO : LOG_WARN);
	return resolve_cgroup(o) ?: check_format(o);
}

bool opts__describe(size_t i, struct option_text *out)
{
	const struct option_def *d = &table[i];

	if (i >= TABLE_CNT)
		return false;
	*out =
		(struct option_text){ d->name,		 d->letter, d->arg,
				      d->kind == CHOICE, d->cmds,   d->help };
	return true;
}

#define HELP_LEFT    30 /* columns of "  -x, --option VALUE" */
#define HELP_COLUMNS 100

/* Words of `text` from the column that HELP_LEFT gives, on as many lines as they take. */
static void print_wrapped(const char *text)
{
	int column = HELP_LEFT + 3;

	while (*text) {
		int n = strcspn(text, " ");

		if (column + 1 + n > HELP_COLUMNS) {
			out__printf(stdout, "\n%*s", HELP_LEFT + 3, "");
			column = HELP_LEFT + 3;
		}
		out__printf(stdout, " %.*s", n, text);
		column += 1 + n;
		text += n + strspn(text + n, " ");
	}
	fputc('\n', stdout);
}

static void print_help(const struct option_def *d)
{
	char left[80];
	int n = snprintf(left, sizeof(left), "%c%c%s --%s%s%s", d->letter ? '-' : ' ',
			 d->letter ? d->letter : ' ', d->letter ? "," : " ", d->name,
			 d->arg ? " " : "", d->arg ? d->arg : "");

	out__printf(stdout, "  %-*s", HELP_LEFT, left);
	if (n > HELP_LEFT)
		out__printf(stdout, "\n%*s", HELP_LEFT + 2, "");
	fputc(' ', stdout);
	print_wrapped(d->help);
}

void opts__help(enum cmd_bit cmd)
{
	const char *title = NULL;

	for (size_t i = 0; i < TABLE_CNT; i++) {
		if (!table[i].name)
			title = table[i].help;
		if (!(table[i].cmds & cmd))
			continue;
		if (title)
			out__printf(stdout, "\n%s:\n", title);
		title = NULL;
		print_help(&table[i]);
	}
}
