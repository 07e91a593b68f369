// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/clock.h"
#include "base/exit_status.h"
#include "base/log.h"
#include "base/log_libbpf.h"
#include "base/progress.h"
#include "capture/page_owners.h"
#include "capture/pages.h"
#include "kernel/vmstat.h"
#include "live/snapshot_take.h"

/* Runs of folios that no object owns and whose mapper is asked for: 112 bytes each. */
#define UNOWNED_MAX (1u << 22)

struct taking {
	struct snapshot *snapshot;
	struct rec_page *unowned; /* in order of page frames */
	size_t nr, cap;
	struct progress progress;
};

static void say_owners(struct snapshot *s, const char *why)
{
	if (!*s->owners_why)
		snprintf(s->owners_why, sizeof(s->owners_why), "%s", why);
}

static bool has_room(struct taking *t)
{
	struct rec_page *grown;
	size_t cap;

	if (t->nr < t->cap)
		return true;
	t->nr = pages__fold(t->unowned, t->nr);
	if (2 * t->nr < t->cap)
		return true;
	cap = t->cap ? 2 * t->cap : 1024;
	grown = cap <= UNOWNED_MAX ? reallocarray(t->unowned, cap, sizeof(*grown)) : NULL;
	if (!grown)
		return t->nr < t->cap;
	t->unowned = grown;
	t->cap = cap;
	return true;
}

/* What no object owns waits for who maps it, unless rows do not tell. */
static int take_folio(struct taking *t, const struct rec_page *page)
{
	struct snapshot *s = t->snapshot;
	const bool told = s->by == SNAPSHOT_BY_OBJECT || s->by == SNAPSHOT_BY_PROCESS;
	s64 owner = -1;

	if (!snapshot__wants(s, page))
		return 0;
	if (told)
		owner = owner_index__find_number(&s->owners, page->pfn,
						 (u64)page->folios << page->order);
	if (!told || owner >= 0)
		return snapshot__add(s, page, owner);
	if (has_room(t)) {
		t->unowned[t->nr++] = *page;
		return 0;
	}
	say_owners(s, "there are too many pieces to ask who maps them all");
	return snapshot__add(s, page, -1);
}

static int take_batch(const struct rec_page *pages, size_t n, const struct pages_progress *progress,
		      void *arg)
{
	struct taking *t = arg;

	t->snapshot->busy_ns = progress->busy_ns;
	t->snapshot->looked_at = progress->done;
	for (size_t i = 0; i < n; i++) {
		int err = take_folio(t, &pages[i]);

		if (err)
			return err;
	}
	progress__tell(&t->progress, progress->done, progress->total);
	return 0;
}

/* A run of folios, a part for each that maps some of it. */
static int add_mapped_run(struct snapshot *s, struct rec_page run)
{
	struct rec_page part = run;
	int err = 0;

	part.folios = 1;
	while (run.folios && !err) {
		s64 owner = owner_index__find_number(&s->owners, part.pfn, 1ull << run.order);
		u32 folios = 1;

		while (folios < run.folios &&
		       owner_index__find_number(&s->owners, part.pfn + ((u64)folios << run.order),
						1ull << run.order) == owner)
			folios++;
		part.folios = folios;
		err = snapshot__add(s, &part, owner);
		part.pfn += (u64)folios << run.order;
		run.folios -= folios;
	}
	return err;
}

static int ask_mappings(struct taking *t)
{
	struct folio_run *runs = calloc(t->nr + 1, sizeof(*runs));
	char why[128];
	int err = 0;

	if (!runs)
		return -ENOMEM;
	t->nr = pages__fold(t->unowned, t->nr);
	for (size_t i = 0; i < t->nr; i++)
		runs[i] = (struct folio_run){ t->unowned[i].pfn, t->unowned[i].folios,
					      t->unowned[i].order };
	if (page_owners__by_mapping(runs, t->nr, PAGE_PHASE_SUSPECT, &t->snapshot->owners, NULL,
				    why, sizeof(why)))
		say_owners(t->snapshot, why);
	free(runs);
	for (size_t i = 0; i < t->nr && !err; i++)
		err = add_mapped_run(t->snapshot, t->unowned[i]);
	return err;
}

static int scan(struct pages *p, struct taking *t)
{
	struct snapshot *s = t->snapshot;
	int err;

	progress__begin(&t->progress, "looking at memory");
	s->have_vmstat = !vmstat__read(&s->vm_acquired, &s->vm_released);
	err = pages__scan(p, true, take_batch, t);
	progress__end(&t->progress);
	return err ?: ask_mappings(t);
}

static int open_kernel(struct kernel *k, struct pages **p)
{
	char why[512];

	log__libbpf();
	if (kernel__probe(k, why, sizeof(why))) {
		log_error("%s", why);
		return EXIT_UNSUPPORTED;
	}
	*p = pages__open(k, why, sizeof(why));
	if (*p)
		return 0;
	log_error("%s", why);
	return errno == ENOMEM ? EXIT_TOOL_FAILED : EXIT_UNSUPPORTED;
}

int snapshot__take(struct snapshot *s)
{
	struct taking t = { .snapshot = s };
	struct kernel k = { 0 };
	struct pages *p = NULL;
	u64 began = now_ns();
	char why[128];
	int status = open_kernel(&k, &p), err = 0;

	if (!status && page_owners__by_object(&k, PAGE_PHASE_SUSPECT, &s->owners, why, sizeof(why)))
		say_owners(s, why);
	if (!status)
		err = scan(p, &t);
	s->took_ns = now_ns() - began;
	if (err)
		log_error("cannot scan memory: %s", strerror(-err));
	pages__close(p);
	kernel__deinit(&k);
	free(t.unowned);
	return status ?: err ? EXIT_TOOL_FAILED : 0;
}
