// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <stdlib.h>
#include "base/array.h"
#include "base/compare.h"
#include "judge/memory.h"

struct site_memory {
	const struct ledger_site *site;
	struct held held;
	u64 pages;
};

struct memory {
	const struct ledger *ledger;
	struct site_memory *sites; /* by address */
	size_t nr, cap;
	u64 pages, page_bytes;
};

static int add_run(const struct rec_run *run, void *arg)
{
	return held__add(arg, run);
}

int memory__add(const struct ledger *l, const struct ledger_open *open, struct held *to)
{
	return ledger__for_each_run(l, open->call, add_run, to);
}

static int by_address(const void *a, const void *b)
{
	const struct site_memory *x = a, *y = b;

	COMPARE((uintptr_t)x->site, (uintptr_t)y->site);
	return 0;
}

static struct site_memory *find(const struct memory *m, const struct ledger_site *site)
{
	const struct site_memory like = { .site = site };

	return m->nr ? bsearch(&like, m->sites, m->nr, sizeof(like), by_address) : NULL;
}

static int list_site(const struct ledger_site *site, void *arg)
{
	struct memory *m = arg;

	if (!site->open_pages)
		return 0;
	if (ARRAY_GROW(m->sites, m->nr, m->cap))
		return -ENOMEM;
	m->sites[m->nr++] = (struct site_memory){ .site = site };
	return 0;
}

static int add_open(const struct ledger_open *open, void *arg)
{
	const struct memory *m = arg;
	struct site_memory *site = find(m, open->site);

	return site ? memory__add(m->ledger, open, &site->held) : 0;
}

/* Of each site, then of all: a folio that several sites pin is in the sum once. */
static int count(struct memory *m)
{
	struct held all = { 0 };
	int err = 0;

	for (size_t i = 0; i < m->nr && !err; i++) {
		m->sites[i].pages = held__pages(&m->sites[i].held);
		err = held__add_all(&all, &m->sites[i].held);
		held__deinit(&m->sites[i].held);
	}
	m->pages = held__pages(&all);
	held__deinit(&all);
	return err;
}

struct memory *memory__new(const struct ledger *l, u64 page_bytes)
{
	struct memory *m = calloc(1, sizeof(*m));
	int err;

	if (!m)
		return NULL;
	*m = (struct memory){ .ledger = l, .page_bytes = page_bytes };
	err = ledger__for_each_site(l, list_site, m);
	if (m->nr)
		qsort(m->sites, m->nr, sizeof(*m->sites), by_address);
	if (!err)
		err = ledger__for_each_open(l, add_open, m);
	if (!err)
		err = count(m);
	if (!err)
		return m;
	memory__free(m);
	return NULL;
}

void memory__free(struct memory *m)
{
	if (!m)
		return;
	for (size_t i = 0; i < m->nr; i++)
		held__deinit(&m->sites[i].held);
	free(m->sites);
	free(m);
}

u64 memory__of_site(const struct memory *m, const struct ledger_site *site)
{
	const struct site_memory *found = find(m, site);

	return found ? found->pages * m->page_bytes : 0;
}

u64 memory__all(const struct memory *m)
{
	return m->pages * m->page_bytes;
}
