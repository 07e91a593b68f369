/* SPDX-License-Identifier: GPL-2.0 */
/* One stream in order of time out of one stream a CPU. */
#ifndef PINACCT_MERGE_H
#define PINACCT_MERGE_H

#include <stddef.h>
#include "record/sink.h"

struct merge;

/* NULL and errno. */
struct merge *merge__new(unsigned nr_cpus);
void merge__free(struct merge *m);
/* Copies the record, which came next on its CPU. 0, -ENOMEM, or -EINVAL for a CPU out of range. */
int merge__add(struct merge *m, unsigned cpu, const struct rec_hdr *rec);
/*
 * Hands out records in order of time up to and with until_ns. A CPU's own order is never changed: a
 * record that an interrupt delayed comes a little late, which the ledger expects. Stops at the
 * first non-zero return of fn and returns it.
 */
int merge__emit(struct merge *m, u64 until_ns, record_fn fn, void *arg);
/* Bytes waiting. */
size_t merge__pending(const struct merge *m);

#endif
