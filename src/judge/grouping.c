// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <search.h>
#include <stdlib.h>
#include "judge/grouping.h"
#include "base/array.h"
#include "base/compare.h"

static int by_group(const void *a, const void *b)
{
	/* Both a finding and a struct finding_group, which begins with one. */
	const struct finding *x = a, *y = b;

	COMPARE(x->id, y->id);
	COMPARE(x->stack_id, y->stack_id);
	COMPARE(x->holder.tgid, y->holder.tgid);
	COMPARE(x->holder.mm, y->holder.mm);
	COMPARE(x->mm_gone_ns, y->mm_gone_ns);
	COMPARE(x->api, y->api);
	COMPARE(x->flags, y->flags);
	return 0;
}

/* In `all`, not yet in the index. */
static struct finding_group *append(struct grouping *g, const struct finding *one, u32 call)
{
	struct finding_group *new;

	if (ARRAY_GROW(g->all, g->nr, g->cap))
		return NULL;
	new = calloc(1, sizeof(*new));
	if (!new)
		return NULL;
	new->finding = *one;
	new->call = call;
	g->all[g->nr++] = new;
	return new;
}

static bool is_older(const struct finding *one, const struct finding *than)
{
	return one->first_ns && (!than->first_ns || one->first_ns < than->first_ns);
}

static bool merge(struct finding_group *into, const struct finding *one, u32 call)
{
	struct finding *f = &into->finding;
	bool older = is_older(one, f);
	u64 pages = f->pages + one->pages;
	u64 calls = f->calls + one->calls;
	u64 age_ns = f->age_ns > one->age_ns ? f->age_ns : one->age_ns;

	if (older) {
		*f = *one;
		into->call = call;
	}
	f->pages = pages;
	f->calls = calls;
	f->age_ns = age_ns;
	return older;
}

int grouping__add(struct grouping *g, const struct finding *one, u32 call, struct finding **oldest)
{
	struct finding_group **node = tfind(one, &g->index, by_group);
	struct finding_group *new;

	*oldest = NULL;
	if (node) {
		if (merge(*node, one, call))
			*oldest = &(*node)->finding;
		return 0;
	}
	new = append(g, one, call);
	if (!new || !tsearch(new, &g->index, by_group))
		return -ENOMEM;
	*oldest = &new->finding;
	return 0;
}

struct finding_group *grouping__find(const struct grouping *g, const struct finding *one)
{
	struct finding_group **node = tfind(one, &g->index, by_group);

	return node ? *node : NULL;
}

static void keep(void *node)
{
	(void)node; /* owned by `all` */
}

void grouping__deinit(struct grouping *g)
{
	tdestroy(g->index, keep);
	for (size_t i = 0; i < g->nr; i++) {
		held__deinit(&g->all[i]->held);
		free(g->all[i]);
	}
	free(g->all);
	*g = (struct grouping){ 0 };
}
