/* SPDX-License-Identifier: GPL-2.0 */
#ifndef PINACCT_PLAN_H
#define PINACCT_PLAN_H

#include "capture/attach.h"

/*
 * --dry-run: prints which function would be watched by which mechanism on this kernel, and attaches
 * nothing. Returns the exit status.
 */
int print_plan(enum gets gets, bool page_ref);

#endif
