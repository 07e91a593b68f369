// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <search.h>
#include <stdlib.h>
#include <string.h>
#include "base/array.h"
#include "audit/get_sites.h"
#include "base/compare.h"

struct get_sites {
	void *index; /* tsearch(3) tree over the sites, which it owns */
	struct get_site **sites;
	size_t nr, cap;
};

struct get_sites *get_sites__new(void)
{
	struct get_sites *g = calloc(1, sizeof(*g));

	if (!g)
		errno = ENOMEM;
	return g;
}

void get_sites__free(struct get_sites *g)
{
	if (!g)
		return;
	tdestroy(g->index, free);
	free(g->sites);
	free(g);
}

static int by_place(const void *a, const void *b)
{
	const struct get_site *x = a, *y = b;

	COMPARE(x->stack_id, y->stack_id);
	COMPARE(x->task.tgid, y->task.tgid);
	COMPARE(x->task.mm, y->task.mm);
	COMPARE(x->flags, y->flags);
	return memcmp(x->fs, y->fs, sizeof(x->fs));
}

static struct get_site *site_for(struct get_sites *g, const struct get_site *like)
{
	struct get_site **node = tfind(like, &g->index, by_place), *site;

	if (node)
		return *node;
	if (ARRAY_GROW(g->sites, g->nr, g->cap))
		return NULL;
	site = malloc(sizeof(*site));
	if (!site)
		return NULL;
	*site = *like;
	if (!tsearch(site, &g->index, by_place)) {
		free(site);
		return NULL;
	}
	g->sites[g->nr++] = site;
	return site;
}

int get_sites__feed(struct get_sites *g, const struct event *e)
{
	const struct event_call *call = &e->pin.call;
	struct get_site like, *site;

	if (e->kind != EVENT_GET)
		return 0;
	like = (struct get_site){
		.task = call->task,
		.stack_id = call->stack_id,
		.flags = call->flags & PIN_F_BACKING,
	};
	if (!e->pin.file.fs_hook)
		memcpy(like.fs, e->pin.file.fs, strnlen(e->pin.file.fs, sizeof(like.fs) - 1));
	site = site_for(g, &like);
	if (!site)
		return -ENOMEM;
	for (u32 i = 0; i < call->nr_runs; i++)
		site->pages += call->runs[i].pages;
	return 0;
}

int get_sites__for_each(const struct get_sites *g,
			int (*fn)(const struct get_site *site, void *arg), void *arg)
{
	for (size_t i = 0; i < g->nr; i++) {
		int err = fn(g->sites[i], arg);

		if (err)
			return err;
	}
	return 0;
}
