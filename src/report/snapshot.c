// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <search.h>
#include <stdlib.h>
#include <string.h>
#include "base/array.h"
#include "base/compare.h"
#include "report/snapshot.h"

static int by_likeness(const void *a, const void *b)
{
	const struct snapshot_row *x = a, *y = b;

	COMPARE(x->holder, y->holder);
	COMPARE(x->like.kind, y->like.kind);
	COMPARE(x->like.order, y->like.order);
	COMPARE(x->like.zone, y->like.zone);
	COMPARE(x->like.node, y->like.node);
	COMPARE(x->like.dev, y->like.dev);
	COMPARE(x->like.ino, y->like.ino);
	COMPARE(x->like.cgroup_id, y->like.cgroup_id);
	return memcmp(x->like.fs, y->like.fs, sizeof(x->like.fs));
}

/* Who is told apart in rows: owners, or their processes. */
static u64 holder_of(const struct snapshot *s, s64 owner)
{
	const struct rec_owner *o = owner < 0 ? NULL : &s->owners.owners[owner];

	if (!o)
		return 0;
	return s->by == SNAPSHOT_BY_PROCESS ? (o->pid ?: o->tgid) : (u64)owner + 1;
}

/* What tells one row from another; large folios are one sort. */
static struct snapshot_row likeness(const struct snapshot *s, const struct rec_page *page,
				    s64 owner)
{
	struct snapshot_row row = { .owner = owner, .holder = holder_of(s, owner) };

	switch (s->by) {
	case SNAPSHOT_BY_OBJECT:
		row.like.dev = page->dev;
		row.like.ino = page->ino;
		row.like.cgroup_id = page->cgroup_id;
		row.like.zone = page->zone;
		row.like.node = page->node;
		break;
	case SNAPSHOT_BY_PROCESS:
		return row;
	case SNAPSHOT_BY_CGROUP:
		row = (struct snapshot_row){ .owner = -1 };
		row.like.cgroup_id = page->cgroup_id;
		return row;
	case SNAPSHOT_BY_KIND:
		row = (struct snapshot_row){ .owner = -1 };
		break;
	}
	row.like.kind = page->kind;
	row.like.order = !!page->order;
	memcpy(row.like.fs, page->fs, sizeof(row.like.fs));
	return row;
}

static struct snapshot_row *row_for(struct snapshot *s, const struct snapshot_row *like)
{
	struct snapshot_row **node = tfind(like, &s->index, by_likeness), *row;

	if (node)
		return *node;
	if (ARRAY_GROW(s->rows, s->nr, s->cap))
		return NULL;
	row = malloc(sizeof(*row));
	if (!row)
		return NULL;
	*row = *like;
	if (!tsearch(row, &s->index, by_likeness)) {
		free(row);
		return NULL;
	}
	s->rows[s->nr++] = row;
	return row;
}

static void sum(struct snapshot_row *to, const struct rec_page *page)
{
	u64 pages = (u64)page->folios << page->order;

	to->folios += page->folios;
	to->pages += pages;
	to->pins += (u64)page->folios * page->pincount;
	if (page->mapcount == 0 && (page->kind == PAGE_KIND_ANON || page->kind == PAGE_KIND_KSM))
		to->unmapped += pages;
}

bool snapshot__wants(const struct snapshot *s, const struct rec_page *page)
{
	const struct snapshot_filter *f = &s->filter;

	if (f->movable && page->zone != PAGE_ZONE_MOVABLE)
		return false;
	return !f->pages || (page->pfn <= f->pfn + (f->pages - 1) &&
			     page->pfn + ((u64)page->folios << page->order) > f->pfn);
}

int snapshot__add(struct snapshot *s, const struct rec_page *page, s64 owner)
{
	const struct snapshot_row like = likeness(s, page, owner);
	struct snapshot_row *row = row_for(s, &like);

	if (!row)
		return -ENOMEM;
	sum(row, page);
	sum(page->order ? &s->large : &s->small, page);
	return 0;
}

static void keep(void *node)
{
	(void)node; /* owned by `rows` */
}

void snapshot__deinit(struct snapshot *s)
{
	tdestroy(s->index, keep);
	for (size_t i = 0; i < s->nr; i++)
		free(s->rows[i]);
	free(s->rows);
	owner_index__deinit(&s->owners);
	*s = (struct snapshot){ 0 };
}

static int most_held_first(const void *a, const void *b)
{
	const struct snapshot_row *x = *(struct snapshot_row *const *)a;
	const struct snapshot_row *y = *(struct snapshot_row *const *)b;

	COMPARE(y->pages, x->pages);
	COMPARE(y->pins, x->pins);
	return by_likeness(x, y);
}

void snapshot__sort(struct snapshot *s)
{
	if (s->nr)
		qsort(s->rows, s->nr, sizeof(*s->rows), most_held_first);
}
