/* SPDX-License-Identifier: GPL-2.0 */
/* Fixed-width names for headers that both sides include; BPF has them already. */
#ifndef PINACCT_TYPES_H
#define PINACCT_TYPES_H

#ifndef __bpf__
#include <stdint.h>

typedef uint8_t u8;
typedef uint16_t u16;
typedef uint32_t u32;
typedef uint64_t u64;
typedef int32_t s32;
typedef int64_t s64;
#endif

#endif
