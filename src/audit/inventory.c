// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "audit/filter.h"
#include "audit/inventory.h"
#include "ledger/page_facts.h"
#include "audit/subsystem.h"
#include "base/array.h"
#include "base/u64map.h"
#include "ledger/held.h"

struct gathered {
	struct inventory_row row;
	struct u64map holders; /* tgid: pages; an mm's address is given to the next process */
	struct held held;
};

struct gather {
	const struct ledger *ledger;
	const struct stacks *stacks;
	const struct filter *filter;
	struct gathered *all;
	size_t nr, cap;
	const struct ledger_open *open; /* whose pages are gone through */
	int err;
};

static struct gathered *row_for(struct gather *g, const struct inventory_row *like)
{
	for (size_t i = 0; i < g->nr; i++) {
		const struct inventory_row *row = &g->all[i].row;

		if (row->subsystem == like->subsystem && row->mode == like->mode &&
		    row->backing == like->backing && !strcmp(row->fs, like->fs))
			return &g->all[i];
	}
	if (ARRAY_GROW(g->all, g->nr, g->cap))
		return NULL;
	g->all[g->nr] = (struct gathered){ .row = *like };
	return &g->all[g->nr++];
}

static int add_holder(struct gathered *to, const struct event_task *task, u64 pages)
{
	u64 key = (u64)task->tgid + 1, *had = u64map__get(&to->holders, key);
	u64 sum = pages + (had ? *had : 0);

	if (sum >= to->row.largest_pages) {
		to->row.largest = *task;
		to->row.largest_pages = sum;
	}
	return u64map__set(&to->holders, key, sum);
}

/* `like` says where, and how many pages; `run` which, NULL = not known, as is a task of NULL. */
static int add(struct gather *g, const struct inventory_row *like, const struct event_task *task,
	       const struct rec_run *run)
{
	int err = 0;

	struct inventory_row key = *like;
	struct gathered *to;

	key.open_pages = key.pages = 0;
	to = row_for(g, &key);
	if (!to)
		return -ENOMEM;
	to->row.open_pages += like->open_pages;
	to->row.pages += like->pages;
	if (run)
		err = held__add(&to->held, run);
	return task && !err ? add_holder(to, task, like->pages) : err;
}

static u8 backing_of(u16 flags)
{
	switch (flags & PIN_F_BACKING) {
	case PIN_F_ANON:
		return PAGE_KIND_ANON;
	case PIN_F_SHMEM:
		return PAGE_KIND_SHMEM;
	case PIN_F_HUGETLB:
		return PAGE_KIND_HUGETLB;
	case PIN_F_FILE:
		return PAGE_KIND_FILE;
	default:
		return PAGE_KIND_NONE;
	}
}

static void name_file(struct inventory_row *row, u8 backing, const char *fs)
{
	row->backing = backing;
	if (backing == PAGE_KIND_FILE)
		memcpy(row->fs, fs, strnlen(fs, sizeof(row->fs) - 1));
}

static struct inventory_row row_of_site(const struct gather *g, const struct ledger_site *site)
{
	struct inventory_row row = {
		.subsystem = subsystem__name(g->stacks, site->stack_id),
		.mode = site->flags & PIN_F_LONGTERM ? INVENTORY_LONGTERM : INVENTORY_PIN,
		.stack_id = site->stack_id,
	};

	/* with a hook's name the file is that of the operation, not that of the pages */
	name_file(&row, backing_of(site->flags), site->file.fs_hook ? "" : site->file.fs);
	return row;
}

/* What of the site is open, its pages tell: see add_open(). */
static int add_site(const struct ledger_site *site, void *arg)
{
	struct gather *g = arg;
	struct inventory_row row;

	if (!filter__site_row(g->filter, site) || site->pinned_pages == site->open_pages)
		return 0;
	row = row_of_site(g, site);
	row.pages = site->pinned_pages - site->open_pages;
	return add(g, &row, &site->holder->task, NULL);
}

/* Pages of the run from `done` on of which one answer is good; how many these are. */
static u64 add_pages(struct gather *g, const struct rec_run *run, u64 done)
{
	const struct ledger_site *site = g->open->site;
	struct inventory_row row = row_of_site(g, site);
	struct rec_run part = *run;
	struct rec_page page;
	u64 next;

	part.pfn += done;
	part.pages -= done;
	if (ledger__page(g->ledger, part.pfn, &page, &next)) {
		next = page.pfn + ((u64)1 << page.order);
		part.order = page.order;
		if (page.kind != PAGE_KIND_NONE) {
			memset(row.fs, 0, sizeof(row.fs));
			name_file(&row, page.kind == PAGE_KIND_KSM ? PAGE_KIND_ANON : page.kind,
				  page.fs);
		}
	}
	if (!(run->flags & RUN_FOLIO) && next - part.pfn < part.pages)
		part.pages = next - part.pfn;
	row.open_pages = row.pages = part.pages;
	g->err = add(g, &row, &site->holder->task, &part);
	return part.pages;
}

static int add_run(const struct rec_run *run, void *arg)
{
	struct gather *g = arg;

	for (u64 done = 0; done < run->pages && !g->err;)
		done += add_pages(g, run, done);
	return g->err;
}

static int add_open(const struct ledger_open *open, void *arg)
{
	struct gather *g = arg;

	if (!filter__site(g->filter, open->site))
		return 0;
	g->open = open;
	return ledger__for_each_run(g->ledger, open->call, add_run, g);
}

static int add_get(const struct get_site *site, void *arg)
{
	struct gather *g = arg;
	struct inventory_row row = {
		.subsystem = subsystem__name(g->stacks, site->stack_id),
		.mode = INVENTORY_GET,
		.pages = site->pages,
		.stack_id = site->stack_id,
	};

	if (!filter__get(g->filter, &site->task))
		return 0;
	name_file(&row, backing_of(site->flags), site->fs);
	return add(g, &row, &site->task, NULL);
}

static int add_before(const struct ledger_base *base, void *arg)
{
	struct inventory_row row = {
		.subsystem = "before the start",
		.mode = INVENTORY_BEFORE,
		.open_pages = base->left,
		.pages = base->left,
	};

	name_file(&row, base->kind == PAGE_KIND_KSM ? PAGE_KIND_ANON : base->kind, base->fs);
	return add(arg, &row, NULL, NULL);
}

static int most_pages_first(const void *a, const void *b)
{
	const struct inventory_row *x = a, *y = b;
	int cmp;

	if (x->mode != y->mode)
		return x->mode < y->mode ? -1 : 1;
	if (x->open_pages != y->open_pages)
		return x->open_pages > y->open_pages ? -1 : 1;
	if (x->pages != y->pages)
		return x->pages > y->pages ? -1 : 1;
	cmp = strcmp(x->subsystem, y->subsystem);
	if (cmp)
		return cmp;
	return x->backing != y->backing ? (int)x->backing - y->backing : strcmp(x->fs, y->fs);
}

static int hand_over(struct gather *g, struct inventory_row **out, size_t *cnt)
{
	struct inventory_row *rows = calloc(g->nr + 1, sizeof(*rows));

	for (size_t i = 0; rows && i < g->nr; i++) {
		rows[i] = g->all[i].row;
		rows[i].holders = g->all[i].holders.nr;
		rows[i].held_pages = held__pages(&g->all[i].held);
	}
	if (rows)
		qsort(rows, g->nr, sizeof(*rows), most_pages_first);
	*out = rows;
	*cnt = rows ? g->nr : 0;
	return rows ? 0 : -ENOMEM;
}

int inventory__rows(const struct ledger *l, const struct get_sites *gets,
		    const struct stacks *stacks, const struct filter *filter,
		    struct inventory_row **out, size_t *cnt)
{
	struct gather g = { .ledger = l, .stacks = stacks, .filter = filter };
	int err = ledger__for_each_site(l, add_site, &g);

	if (!err)
		err = ledger__for_each_open(l, add_open, &g);
	if (!err)
		err = get_sites__for_each(gets, add_get, &g);
	if (!err && filter__is_off(filter))
		err = ledger__for_each_base(l, add_before, &g);
	if (!err)
		err = hand_over(&g, out, cnt);
	for (size_t i = 0; i < g.nr; i++) {
		u64map__deinit(&g.all[i].holders);
		held__deinit(&g.all[i].held);
	}
	free(g.all);
	return err;
}

const char *inventory_mode__name(enum inventory_mode mode)
{
	static const char *const names[INVENTORY_MODE_CNT] = {
		[INVENTORY_LONGTERM] = "longterm",
		[INVENTORY_PIN] = "pin",
		[INVENTORY_GET] = "get",
		[INVENTORY_BEFORE] = "-",
	};

	return names[mode];
}
