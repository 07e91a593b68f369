/* SPDX-License-Identifier: GPL-2.0 */
/* Which part of the kernel a pin was taken for, told by the stack. */
#ifndef PINACCT_SUBSYSTEM_H
#define PINACCT_SUBSYSTEM_H

#include "ledger/stacks.h"

/* "io_uring", "rdma", ..., "other"; static text, never NULL. */
const char *subsystem__name(const struct stacks *stacks, u64 stack_id);

#endif
