// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "base/array.h"
#include "base/compare.h"
#include "base/log.h"
#include "capture/page_owners.h"
#include "kernel/self.h"
#include "live/owner_checks.h"

/* Folios that one owner holds; the owner's number in the index. */
struct held {
	u32 owner;
	u64 pfn, pages;
};

struct holdings {
	struct held *at;
	size_t nr, cap;
};

#define RUNS_PER_RECORD ((REC_MAX_BYTES - sizeof(struct rec_owner)) / sizeof(struct rec_run))

struct owner_record {
	struct rec_owner owner;
	struct rec_run runs[RUNS_PER_RECORD];
};

static bool is_asked(const struct rec_page *page)
{
	return page->kind != PAGE_KIND_NONE && page->pincount > 0;
}

static int holdings__add(struct holdings *h, u32 owner, u64 pfn, u64 pages)
{
	struct held *last = h->nr ? &h->at[h->nr - 1] : NULL;

	if (last && last->owner == owner && last->pfn + last->pages == pfn &&
	    last->pages + pages <= UINT32_MAX) {
		last->pages += pages;
		return 0;
	}
	if (ARRAY_GROW(h->at, h->nr, h->cap))
		return -ENOMEM;
	h->at[h->nr++] = (struct held){ owner, pfn, pages };
	return 0;
}

/* Folio by folio: an owner may hold some of a run. */
static int add_run(struct holdings *h, struct owner_index *x, const struct rec_page *page)
{
	u64 pages = 1ull << page->order, pfn = page->pfn;
	int err = 0;

	for (u32 i = 0; i < page->folios && !err; i++, pfn += pages) {
		s64 owner = owner_index__find_number(x, pfn, pages);

		if (owner >= 0)
			err = holdings__add(h, owner, pfn, pages);
	}
	return err;
}

static int by_owner(const void *a, const void *b)
{
	const struct held *x = a, *y = b;

	COMPARE(x->owner, y->owner);
	COMPARE(x->pfn, y->pfn);
	return 0;
}

static int send_record(struct capture *c, struct owner_record *r)
{
	struct rec_hdr *h = &r->owner.h;

	h->kind = REC_OWNER;
	h->sz = sizeof(r->owner) + r->owner.nr_runs * sizeof(r->runs[0]);
	h->ts_ns = self__now_ns(&capture__kernel(c)->self);
	return capture__send(c, h);
}

static int send_holdings(struct capture *c, const struct holdings *h, const struct owner_index *x)
{
	struct owner_record *r = malloc(sizeof(*r));
	int err = r ? 0 : -ENOMEM;

	for (size_t i = 0, next; i < h->nr && !err; i = next) {
		memset(&r->owner, 0, sizeof(r->owner));
		r->owner = x->owners[h->at[i].owner];
		for (next = i; next < h->nr && next - i < RUNS_PER_RECORD &&
			       h->at[next].owner == h->at[i].owner;
		     next++)
			r->runs[next - i] = (struct rec_run){ .pfn = h->at[next].pfn,
							      .pages = h->at[next].pages };
		r->owner.nr_runs = next - i;
		err = send_record(c, r);
	}
	free(r);
	return err;
}

static int drain(void *arg)
{
	return capture__poll(arg, 0);
}

/* Adds who maps what no object owns. */
static int ask_mappings(struct capture *c, const struct rec_page *pages, size_t n,
			enum page_phase phase, struct owner_index *x)
{
	struct folio_run *runs = calloc(n, sizeof(*runs));
	const struct owners_meanwhile meanwhile = { drain, c };
	char why[128];
	size_t nr = 0;
	int err;

	if (!runs)
		return -ENOMEM;
	for (size_t i = 0; i < n; i++)
		if (is_asked(&pages[i]) &&
		    !owner_index__find(x, pages[i].pfn, (u64)pages[i].folios << pages[i].order))
			runs[nr++] =
				(struct folio_run){ pages[i].pfn, pages[i].folios, pages[i].order };
	err = page_owners__by_mapping(runs, nr, phase, x, &meanwhile, why, sizeof(why));
	if (err == -EPERM)
		log_info("%s", why);
	free(runs);
	return err == -EPERM ? 0 : err;
}

int owner_checks__send(struct capture *c, const struct rec_page *pages, size_t n,
		       enum page_phase phase, bool mappings)
{
	struct owner_index x = { 0 };
	struct holdings h = { 0 };
	char why[512];
	int err = 0;

	if (!n)
		return 0;
	if (page_owners__by_object(capture__kernel(c), phase, &x, why, sizeof(why)))
		log_warn("who owns pinned pages cannot be told: %s", why);
	if (mappings)
		err = ask_mappings(c, pages, n, phase, &x);
	for (size_t i = 0; i < n && !err; i++)
		if (is_asked(&pages[i]))
			err = add_run(&h, &x, &pages[i]);
	if (h.nr)
		qsort(h.at, h.nr, sizeof(*h.at), by_owner);
	if (!err)
		err = send_holdings(c, &h, &x);
	free(h.at);
	owner_index__deinit(&x);
	return err;
}
