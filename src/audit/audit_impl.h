/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the two halves of the audit share: audit.c gathers cells, audit_rows.c makes rows of them.
 */
#ifndef PINACCT_AUDIT_IMPL_H
#define PINACCT_AUDIT_IMPL_H

#include "audit/audit.h"
#include "base/u64map.h"

/*
 * What came of operations of one sort. The way in is told by the stack, whose names may come later
 * than the stack: so cells go by stack, and rows gather those of one way.
 */
struct audit_cell {
	struct {
		char fs[PIN_FS_BYTES];
		u64 stack_id; /* of the operation, else of the acquisition */
		u8 dir, kind;
		bool of_file;  /* the user's buffer is a mapped file */
		bool vmsplice; /* the hook is that call's own, and its stack need not say so */
	} key;
	u64 ops, bounced;
	struct audit_side pin, get;
	/*
	 * of bios that hold pins: whom to name for those of which the pages show that they were put
	 */
	u64 put_stack_id;
	u16 put_api; /* 0 = none */
};

#define NOT_TRIED_MAX 256

static inline void audit__set_bit(u64 bits[static 2], u16 api)
{
	bits[api / 64 & 1] |= 1ull << (api & 63);
}

struct audit {
	struct audit_cell *cells;
	size_t nr_cells, cap_cells;
	struct u64map ops;		   /* tid: cell of the operation under way */
	struct u64map calls;		   /* call_id of an open pin: cell */
	struct u64map bios;		   /* bio: cell << 1 | holds references */
	char not_tried[NOT_TRIED_MAX][64]; /* "FS: why" */
	size_t nr_not_tried;
};

#endif
