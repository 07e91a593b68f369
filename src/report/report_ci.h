/* SPDX-License-Identifier: GPL-2.0 */
/* A report as a list of tests: what the formats for CI systems share. */
#ifndef PINACCT_REPORT_CI_H
#define PINACCT_REPORT_CI_H

#include "report/report.h"

enum ci_outcome {
	CI_PASS,
	CI_FAIL,
	CI_SKIP,  /* could not be decided in this run */
	CI_ERROR, /* the run as a whole cannot be believed */
};

/* One kind of finding that was looked for. The last test is "witness": may the run be believed? */
struct ci_test {
	enum finding_id id;
	const char *name;
	enum ci_outcome outcome;
	char why[256]; /* "" = nothing to say */
};

struct ci {
	const struct report *r;
	const struct render_opts *o;
	struct ci_test tests[FINDING_CNT];
	size_t nr_tests;
	size_t count[CI_ERROR + 1];	 /* tests by outcome */
	const struct finding **findings; /* of all tests, as report__pick_findings() has them */
	size_t nr_findings;
};

/* 0 or -ENOMEM, and then there is nothing to free. */
int ci__init(struct ci *ci, const struct report *r, const struct render_opts *o);
void ci__deinit(struct ci *ci);
/*
 * The findings of a test as the text report has them, `top` at most, then how many more there are.
 * NULL = out of memory; "" = none. The caller frees it.
 */
char *ci__details(const struct ci *ci, enum finding_id id);

#endif
