/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Suppressions: a file of lines
 *     <finding id or *>:<glob over any frame name, comm=GLOB or fs=GLOB>   # reason
 * The reason is required. LSan's `leak:<glob>` is the same thing.
 */
#ifndef PINACCT_SUPPRESS_H
#define PINACCT_SUPPRESS_H

#include <stdio.h>
#include "judge/finding.h"
#include "ledger/stacks.h"

struct suppressions;

/* NULL and errno; err gets one line with file, line number and what is wrong. */
struct suppressions *suppressions__load(const char *path, char *err, size_t err_sz);
struct suppressions *suppressions__parse(const char *text, const char *name, char *err,
					 size_t err_sz);
void suppressions__free(struct suppressions *s);
/* True when a line matches; counts its use. */
bool suppressions__match(struct suppressions *s, const struct finding *f,
			 const struct stacks *stacks);
/* Walks lines: text, reason, calls and pages suppressed; unused ones have calls == 0. */
int suppressions__for_each(const struct suppressions *s,
			   int (*fn)(const char *line, const char *reason, u64 calls, u64 pages,
				     void *arg),
			   void *arg);

#endif
