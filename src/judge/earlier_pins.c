// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <stdlib.h>
#include "base/array.h"
#include "base/compare.h"
#include "base/u64map.h"
#include "judge/earlier_pins.h"
#include "ledger/page_facts.h"

struct finding_rows {
	struct earlier_pins *out;
	struct owner_index *owners;
	struct u64map index; /* owner and kind -> row + 1 */
};

static struct earlier_row *row_for(struct finding_rows *f, s64 owner, u8 kind)
{
	struct earlier_pins *out = f->out;
	u64 key = (u64)(owner + 1) * PAGE_KIND_MAX + kind + 1;
	u64 *row = u64map__get(&f->index, key);

	if (row)
		return &out->rows[*row];
	if (ARRAY_GROW(out->rows, out->nr, out->cap))
		return NULL;
	if (u64map__set(&f->index, key, out->nr))
		return NULL;
	out->rows[out->nr] = (struct earlier_row){
		.owner = owner < 0 ? NULL : &f->owners->owners[owner],
		.kind = kind,
	};
	return &out->rows[out->nr++];
}

static int add_folio(const struct ledger_base *base, void *arg)
{
	struct finding_rows *f = arg;
	u64 pages = 1ull << base->order;
	s64 owner = owner_index__find_number(f->owners, base->pfn, pages);
	struct earlier_row *row = row_for(f, owner, base->kind);

	if (!row)
		return -ENOMEM;
	row->folios++;
	row->pages += pages;
	row->pins += base->left;
	f->out->pages += pages;
	f->out->pins += base->left;
	return 0;
}

static int most_pages_first(const void *a, const void *b)
{
	const struct earlier_row *x = a, *y = b;

	COMPARE(y->pages, x->pages);
	COMPARE(y->pins, x->pins);
	COMPARE(x->owner, y->owner); /* of one array: the order in which they were told */
	COMPARE(x->kind, y->kind);
	return 0;
}

int earlier_pins__find(struct session *s, struct earlier_pins *out)
{
	struct finding_rows f = { .out = out, .owners = session__owners(s, PAGE_PHASE_START) };
	int err;

	*out = (struct earlier_pins){ 0 };
	err = ledger__for_each_base(session__ledger(s), add_folio, &f);
	if (out->nr)
		qsort(out->rows, out->nr, sizeof(*out->rows), most_pages_first);
	u64map__deinit(&f.index);
	return err;
}

void earlier_pins__deinit(struct earlier_pins *p)
{
	free(p->rows);
	*p = (struct earlier_pins){ 0 };
}
