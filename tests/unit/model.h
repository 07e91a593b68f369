/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The ledger in its plainest form, to compare with: the kernel counts pins per
 * folio, so this does nothing else. It knows where each folio is, which the
 * ledger only learns run by run, and it knows nothing of who pinned.
 */
#ifndef MODEL_H
#define MODEL_H

#include <stddef.h>
#include <pinacct/types.h>

#define MODEL_PAGES 8192

struct model_late {
	u32 folio;
	u64 ts_ns;
	u64 arrived_ns;
	u64 pages;
};

struct model {
	u64 base;		  /* first page frame */
	u32 folio[MODEL_PAGES];	  /* of each page: its folio's first page, from base */
	u8 order[MODEL_PAGES];	  /* of each page's folio */
	u64 open[MODEL_PAGES];	  /* pins, at the folio's first page */
	u64 waiting[MODEL_PAGES]; /* releases that wait, at the folio's first page */
	struct model_late *late;  /* the same one by one, in order of arrival */
	size_t nr_late, cap_late;
	u64 reorder_ns, now_ns;
	u64 pinned, released, ended, pending, unmatched;
};

void model__init(struct model *m, u64 base, u64 reorder_ns);
void model__deinit(struct model *m);
/* One folio at the page `at`, which must be aligned to it. Returns the page behind it. */
u32 model__folio(struct model *m, u32 at, u8 order);
void model__pin(struct model *m, u32 page, u32 pins, u64 ts_ns);
void model__unpin(struct model *m, u32 page, u32 pins, u64 ts_ns);
/* An event of ts_ns is over: what waited too long is unmatched. */
void model__tick(struct model *m, u64 ts_ns);

#endif
