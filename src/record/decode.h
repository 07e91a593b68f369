/* SPDX-License-Identifier: GPL-2.0 */
/* Bytes to events: the sole place that trusts nothing and casts. */
#ifndef PINACCT_DECODE_H
#define PINACCT_DECODE_H

#include <stddef.h>
#include "record/event.h"

/*
 * Decodes the record at buf, of which `avail` bytes are readable. `out` points
 * into buf and is valid as long as buf is.
 * Returns the record's length (> 0, to step to the next one), or a negative
 * errno with a one-line reason in *why (static text, may be NULL to not ask):
 *   -ENODATA  buf ends before the record does
 *   -EBADMSG  the record is malformed: a length out of bounds or not a multiple of 8,
 *             counts that do not fit, a run of no pages or one that wraps, a text
 *             without an end, a number that others index by out of range; or buf
 *             is not aligned to 8
 * A kind that is not known is stepped over: EVENT_SKIPPED. So is a mark, a
 * sample phase or a sort of stack that is not known; an unknown iterator kind or
 * direction reads as none. A loss for an unknown reason is malformed, because
 * nobody could say what the run is worth then.
 */
int decode(const void *buf, size_t avail, struct event *out, const char **why);

#endif
