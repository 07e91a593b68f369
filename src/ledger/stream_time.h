/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The only time that the ledger knows: that of the latest event. Records of several CPUs come out
 * of order, by `reorder_ns` at most: what is older than that is final, nothing can come before it
 * any more.
 */
#ifndef PINACCT_STREAM_TIME_H
#define PINACCT_STREAM_TIME_H

#include <stdbool.h>
#include <pinacct/types.h>

struct stream_time {
	u64 latest_ns;
	u64 reorder_ns;
};

static inline bool stream_time__is_final(const struct stream_time *t, u64 ts_ns)
{
	return t->latest_ns > ts_ns && t->latest_ns - ts_ns > t->reorder_ns;
}

#endif
