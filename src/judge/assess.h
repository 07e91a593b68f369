/* SPDX-License-Identifier: GPL-2.0 */
#ifndef PINACCT_ASSESS_H
#define PINACCT_ASSESS_H

#include "judge/eval.h"

/*
 * The second half of eval__init(), before any rule is asked: takes the audit's rows, which leave
 * out what is pending, and says how far the records can be believed. 0 or -ENOMEM.
 */
int eval__assess(struct eval *e);

#endif
