/* SPDX-License-Identifier: GPL-2.0 */
/* The reader's half of a long call: lists of single pages become runs. */
#ifndef PINACCT_EXPAND_LIST_H
#define PINACCT_EXPAND_LIST_H

#include "record/sink.h"

/*
 * Hands fn the record as the wire format has it. A PIN or UNPIN with PIN_F_LIST (bpf_shared.h),
 * whose tail is page frames, becomes one or more chunks with runs instead; texts lose what lies
 * behind their end. Any other record goes through as it is. 0, -EBADMSG when a list is longer than
 * its record, or what fn returned.
 */
int expand_list(const struct rec_hdr *rec, record_fn fn, void *arg);

#endif
