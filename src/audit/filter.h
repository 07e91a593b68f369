/* SPDX-License-Identifier: GPL-2.0 */
/* What the user wants to see. A row that lacks the filtered field is dropped. */
#ifndef PINACCT_FILTER_H
#define PINACCT_FILTER_H

#include "ledger/ledger.h"

/* Accounting is never filtered, only reporting. */
struct filter {
	u32 tgid;	  /* in the recording's PID namespace, or the initial one; 0 = any */
	const char *comm; /* glob, NULL = any */
	u64 cgroup_id;	  /* 0 = any */
	const char *fs;	  /* file system type, NULL = any */
	bool longterm;	  /* FOLL_LONGTERM only */
	u64 min_pages;
	u32 tool_tgid; /* pinacct itself, in the initial PID namespace; 0 = not known */
};

bool filter__site(const struct filter *f, const struct ledger_site *site);
/* The same for a row of a table: pins of pinacct itself that are over are in none. */
bool filter__site_row(const struct filter *f, const struct ledger_site *site);
/* References have neither FOLL_LONGTERM nor an operation's file; pinacct's own are left out. */
bool filter__get(const struct filter *f, const struct event_task *task);
/* Does everything pass? */
bool filter__is_off(const struct filter *f);
/* A release has no file and no cgroup of its own; in interrupt context it has no task either. */
bool filter__release(const struct filter *f, const struct ledger_unmatched *u);

#endif
