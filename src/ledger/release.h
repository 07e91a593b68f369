/* SPDX-License-Identifier: GPL-2.0 */
/* A release call on its way through the ledger, or what takes the place of one. */
#ifndef PINACCT_RELEASE_H
#define PINACCT_RELEASE_H

#include "ledger/page_facts.h"

/* Why pins end without a release: the page does not show them. */
struct by_page {
	struct rec_page page;
	enum ledger_vanish how;
	u64 folio_pins; /* that the ledger had of the folio */
};

struct release {
	const struct event_task *task;
	u64 ts_ns;
	u64 call_id;
	u64 stack_id;
	u64 bio;
	u64 mm; /* 0 when the task is a bystander */
	u16 api;
	u16 flags;
	u8 family; /* enum hook_family */
	/* It waited: a pin that is younger than this release cannot be meant. */
	bool late;
	const struct by_page *by_page; /* NULL = a release; else nobody released */
	/*
	 * Pages that one call lost by one rule, not written down yet: a list of pages mostly is of
	 * one call, and is written down once. accounts__flush() before anybody looks at counts.
	 */
	u32 taken_call; /* 0 = none */
	u32 taken_pages;
	enum ledger_match taken_by;
};

#endif
