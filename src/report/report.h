/* SPDX-License-Identifier: GPL-2.0 */
/* Renderers: a finished report in, bytes out. They see values and const pointers only. */
#ifndef PINACCT_REPORT_H
#define PINACCT_REPORT_H

#include <stdio.h>
#include "base/format.h"
#include "judge/rules.h"
#include "judge/suppress.h"

enum report_view {
	VIEW_LEAKS,	 /* findings about open pins, and what is open beside them */
	VIEW_HOLDERS,	 /* one row a site: open now, pinned over the run */
	VIEW_MISMATCHES, /* findings about releases */
	VIEW_ALL,	 /* all findings: `check` */
	VIEW_AUDIT,	 /* the conversion table: `audit` */
	VIEW_LONGTERM,	 /* the inventory of what holds memory, and findings about long-term pins */
	VIEW_CNT,
};

enum report_sort {
	SORT_PAGES,
	SORT_AGE,
	SORT_CALLS,
	SORT_CNT,
};

struct render_opts {
	enum report_view view;
	enum report_sort sort;
	size_t top; /* rows at most; 0 = all */
	bool color;
	bool verbose;			     /* addresses, offsets, hooks in force */
	const struct suppressions *suppress; /* to print "suppressions used"; NULL = none */
};

struct renderer {
	const char *name; /* --format */
	/* 0 or negative errno of the output. */
	int (*render)(const struct report *r, const struct render_opts *o, FILE *out);
};

/* NULL when there is no such format. */
const struct renderer *renderer__find(const char *name);
/* The i-th, from 0 on; NULL behind the last. */
const struct renderer *renderer__at(size_t i);

/* The two last lines of every text report (no newline inside). Shared by text, watch and tests. */
void verdict__vmstat_line(const struct verdict *v, char *buf, size_t sz);
void verdict__summary_line(const struct verdict *v, char *buf, size_t sz);

/* Are risks among nr_findings (--fail-on risk, and there are some)? */
bool verdict__risks_count(const struct verdict *v);

/*
 * What renderers share. Arrays are the caller's to free(), elements are borrowed. *cnt is the whole
 * number; o->top is for the renderer to apply.
 */

/* Does a view show findings of this kind? */
bool report__shows(enum report_view view, enum finding_id id);
/* One finding as the text report has it: a headline, indented lines, an empty line. */
void report__print_finding(const struct report *r, const struct render_opts *o,
			   const struct finding *f, FILE *out);
/* Findings of the view that are not suppressed, risks behind faults, else by o->sort. */
int report__pick_findings(const struct report *r, const struct render_opts *o,
			  const struct finding ***out, size_t *cnt);
/*
 * Rows of the holders view by o->sort; for VIEW_LEAKS those with open pages that no
 * picked finding tells of; none in other views.
 */
int report__pick_sites(const struct report *r, const struct render_opts *o,
		       const struct ledger_site ***out, size_t *cnt);
/*
 * The memory of pages: "256 KiB" when the pages are all there is to it; "64 MiB held" when their
 * folios are more, or one page was pinned several times.
 */
const char *report__memory(u64 bytes, u64 held_bytes, char buf[static TEXT_NUM_BYTES]);
/* How many of cnt rows o->top lets through. */
size_t report__shown(const struct render_opts *o, size_t cnt);
/*
 * "    pinned at f+0x1 < g+0x2 < ...": a few frames in one line, nothing when they are not known.
 */
void report__print_look(const struct report *r, FILE *out, const char *what, u64 stack_id);
/* The audit's table, and the stacks to look at. */
void report__print_audit(const struct report *r, const struct render_opts *o, FILE *out);
void report__print_inventory(const struct report *r, const struct render_opts *o, FILE *out);
/* Before and after writing: 0, or the negative errno of the write that failed. */
void report__begin(FILE *out);
int report__finish(FILE *out);

extern const struct renderer renderer_text;
extern const struct renderer renderer_json;
extern const struct renderer renderer_folded;
extern const struct renderer renderer_junit;
extern const struct renderer renderer_ktap;
extern const struct renderer renderer_github;

#endif
