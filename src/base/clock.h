/* SPDX-License-Identifier: GPL-2.0 */
#ifndef PINACCT_CLOCK_H
#define PINACCT_CLOCK_H

#include <stdint.h>
#include <pinacct/types.h>

#define NSEC_PER_USEC UINT64_C(1000)
#define NSEC_PER_MSEC UINT64_C(1000000)
#define NSEC_PER_SEC  UINT64_C(1000000000)

/* CLOCK_MONOTONIC, the clock of records. */
u64 now_ns(void);

#endif
