/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Owners by page frame: what OWNER records tell, kept so that a page leads to who holds it. Owns
 * copies of all that it is given.
 */
#ifndef PINACCT_OWNER_INDEX_H
#define PINACCT_OWNER_INDEX_H

#include <stdbool.h>
#include <stddef.h>
#include <pinacct/wire.h>

struct owner_span {
	u64 pfn, end;
	u32 owner; /* index of owners[] */
};

struct owner_index {
	struct rec_owner *owners; /* as first told; without runs */
	size_t nr_owners, cap_owners;
	struct owner_span *spans;
	size_t nr_spans, cap_spans;
	bool sorted;
};

/* Adds an owner that has no pages yet; its number goes to *owner. 0 or -ENOMEM. */
int owner_index__add(struct owner_index *x, const struct rec_owner *rec, u32 *owner);
/* Gives it page frames [pfn, pfn + pages). 0 or -ENOMEM. */
int owner_index__add_pages(struct owner_index *x, u32 owner, u64 pfn, u64 pages);
/*
 * A whole record: pages of the owner that it names, who is added if the record before was of
 * another. 0 or -ENOMEM.
 */
int owner_index__add_record(struct owner_index *x, const struct rec_owner *rec,
			    const struct rec_run *runs);

/*
 * Who holds a page of [pfn, pfn + pages), or NULL. Of several the one with the lowest page, of one
 * page the first that was added.
 */
const struct rec_owner *owner_index__find(struct owner_index *x, u64 pfn, u64 pages);
/* The same, or -1; a number stays the owner's for the index's life. */
s64 owner_index__find_number(struct owner_index *x, u64 pfn, u64 pages);

void owner_index__deinit(struct owner_index *x);

#endif
