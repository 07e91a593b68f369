// SPDX-License-Identifier: GPL-2.0
/*
 * What pages said, kept: pins of before the start, the last readings, releases without a pin; and
 * writeback.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "ledger/ledger_settle_impl.h"

/* ---- pins of before the start ---- */

/* Where the name is in base_fs[]; the first place, which is "", when there is no room. */
static u8 base_fs(struct settle *s, const char *fs)
{
	u8 i;

	if (!s->nr_base_fs)
		s->nr_base_fs = 1;
	for (i = 0; i < s->nr_base_fs; i++)
		if (!strncmp(s->base_fs[i], fs, PIN_FS_BYTES - 1))
			return i;
	if (i == BASE_FS_MAX)
		return 0;
	memcpy(s->base_fs[i], fs, strnlen(fs, PIN_FS_BYTES - 1));
	s->nr_base_fs++;
	return i;
}

static bool add_base(struct settle *s, const struct rec_page *page, u64 pfn, u64 left)
{
	if (!settle__grow((void **)&s->base, &s->cap_base, s->nr_base, BASE_MAX, sizeof(*s->base)))
		return false;
	if (s->nr_base && s->base[s->nr_base - 1].pfn >= pfn)
		s->base_sorted = false;
	s->base[s->nr_base++] = (struct base_folio){
		.pfn = pfn,
		.order = page->order,
		.kind = page->kind,
		.fs = base_fs(s, page->fs),
		.left = left < UINT32_MAX ? left : UINT32_MAX,
	};
	return true;
}

/*
 * The scan runs when recording is on already, so that nothing falls between: what the ledger knows
 * of by then is not of before. A pin that came and went while the scan ran may be taken for one of
 * before; that can only excuse a release, not accuse one.
 */
int settle__take_base(struct ledger *l, const struct rec_page *page)
{
	struct settle *s = l->settle;

	if (!s->nr_base)
		s->base_sorted = s->base_whole = true;
	if (s->scanned_ns)
		return 0; /* the scan is over */
	for (u32 i = 0; i < page->folios && page->pincount > 0; i++) {
		u64 pfn = page->pfn + ((u64)i << page->order);
		u64 ours = settle__open_pins(l, pfn, page->order, page->h.ts_ns, NULL);

		if ((u64)page->pincount <= ours)
			continue;
		if (!add_base(s, page, pfn, page->pincount - ours)) {
			s->base_whole = false;
			break;
		}
		l->t.base_pages += page->pincount - ours;
	}
	return 0;
}

static int by_pfn(const void *a, const void *b)
{
	const struct base_folio *x = a, *y = b;

	return x->pfn < y->pfn ? -1 : x->pfn > y->pfn;
}

/*
 * In order, and none within another: a page that became part of a larger folio while the scan ran
 * was told twice, and the searches below rely on both.
 */
static void put_in_order(struct settle *s)
{
	size_t kept = 0;

	if (!s->base_sorted && s->nr_base)
		qsort(s->base, s->nr_base, sizeof(*s->base), by_pfn);
	s->base_sorted = true;
	for (size_t i = 0; i < s->nr_base; i++) {
		const struct base_folio *last = kept ? &s->base[kept - 1] : NULL;

		if (!last || s->base[i].pfn >= last->pfn + ((u64)1 << last->order))
			s->base[kept++] = s->base[i];
	}
	s->nr_base = kept;
}

int settle__scanned(struct ledger *l, bool whole, u64 ts_ns)
{
	struct settle *s;

	if (settle__init(l))
		return -ENOMEM;
	s = l->settle;
	put_in_order(s);
	s->base_known = whole && (s->base_whole || !s->nr_base);
	l->t.base_known = s->base_known;
	s->scanned_ns = ts_ns ? ts_ns : 1;
	return 0;
}

/* The first one that does not end before pfn. */
static size_t first_base(const struct settle *s, u64 pfn)
{
	size_t low = 0, high = s->nr_base;

	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (pfn >= s->base[mid].pfn + ((u64)1 << s->base[mid].order))
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

static struct base_folio *find_base(const struct ledger *l, u64 pfn)
{
	const struct settle *s = l->settle;
	size_t i = s ? first_base(s, pfn) : 0;

	return s && i < s->nr_base && s->base[i].pfn <= pfn ? &s->base[i] : NULL;
}

/* The first one in [pfn, end) that still has pins. */
static struct base_folio *next_base(const struct ledger *l, u64 pfn, u64 end)
{
	const struct settle *s = l->settle;

	for (size_t i = first_base(s, pfn); i < s->nr_base && s->base[i].pfn < end; i++)
		if (s->base[i].left)
			return &s->base[i];
	return NULL;
}

u64 ledger__base_pins(const struct ledger *l, u64 pfn)
{
	const struct base_folio *b = find_base(l, pfn);

	return b ? b->left : 0;
}

int ledger__for_each_base(const struct ledger *l,
			  int (*fn)(const struct ledger_base *base, void *arg), void *arg)
{
	const struct settle *s = l->settle;

	for (size_t i = 0; s && i < s->nr_base; i++) {
		const struct base_folio *b = &s->base[i];
		const struct ledger_base base = {
			.pfn = b->pfn,
			.left = b->left,
			.order = b->order,
			.kind = b->kind,
			.fs = s->base_fs[b->fs],
		};
		int err = b->left ? fn(&base, arg) : 0;

		if (err)
			return err;
	}
	return 0;
}

bool settle__base_known(const struct ledger *l, u64 release_ts_ns)
{
	return l->settle && l->settle->base_known && release_ts_ns > l->settle->scanned_ns;
}

/* Up to `pins` releases at pfn are of pins from before: how many? */
static u64 take_base(struct ledger *l, u64 pfn, u64 pins)
{
	struct base_folio *b = find_base(l, pfn);
	u64 taken = b && b->left < pins ? b->left : pins;

	if (!b)
		return 0;
	b->left -= taken;
	return taken;
}

void settle__split_unmatched(struct ledger *l, const struct span *s,
			     void (*add)(struct ledger *l, const struct span *part, bool unknown,
					 void *arg),
			     void *arg)
{
	u64 end = s->pfn + s->pages, taken;
	struct span part = *s;

	if (s->flags & RUN_FOLIO) {
		taken = take_base(l, s->pfn, s->pages);
		part.pages = taken;
		if (taken)
			add(l, &part, true, arg);
		part.pages = s->pages - taken;
		if (part.pages)
			add(l, &part, false, arg);
		return;
	}
	while (part.pfn < end) {
		struct base_folio *b = next_base(l, part.pfn, end);
		u64 start = !b ? end : b->pfn > part.pfn ? b->pfn : part.pfn, stop;

		part.order = order_behind(s->pfn, s->order, part.pfn);
		part.pages = start - part.pfn;
		if (part.pages)
			add(l, &part, false, arg);
		if (!b)
			break;
		stop = b->pfn + ((u64)1 << b->order);
		part.pfn = start;
		part.pages = (stop < end ? stop : end) - start;
		part.pages = b->left < part.pages ? b->left : part.pages;
		b->left -= part.pages;
		part.order = order_behind(s->pfn, s->order, start);
		add(l, &part, true, arg);
		part.pfn += part.pages;
	}
}

/* ---- readings ---- */

void settle__keep_reading(struct ledger *l, const struct rec_page *page)
{
	struct settle *s = l->settle;

	if (!settle__grow((void **)&s->readings, &s->cap_readings, s->nr_readings, READINGS_MAX,
			  sizeof(*s->readings)))
		return; /* evidence only */
	s->readings[s->nr_readings++] = *page;
	s->readings_sorted = false;
}

static int by_pfn_then_latest(const void *a, const void *b)
{
	const struct rec_page *x = a, *y = b;

	if (x->pfn != y->pfn)
		return x->pfn < y->pfn ? -1 : 1;
	return x->h.ts_ns > y->h.ts_ns ? -1 : x->h.ts_ns < y->h.ts_ns;
}

static void sort_readings(struct settle *s)
{
	if (s->nr_readings)
		qsort(s->readings, s->nr_readings, sizeof(*s->readings), by_pfn_then_latest);
	s->readings_sorted = true;
}

/*
 * Readings of several moments may overlap, a long folded one reach over others: look back a little.
 */
#define LOOK_BACK 64

bool ledger__page(const struct ledger *l, u64 pfn, struct rec_page *out)
{
	struct settle *s = l->settle;
	size_t low = 0, high = s ? s->nr_readings : 0;
	bool found = false;

	if (s && !s->readings_sorted)
		sort_readings(s);
	while (low < high) { /* the first one behind pfn */
		size_t mid = low + (high - low) / 2;

		if (s->readings[mid].pfn <= pfn)
			low = mid + 1;
		else
			high = mid;
	}
	for (size_t i = low; i > 0 && low - i < LOOK_BACK; i--) {
		const struct rec_page *r = &s->readings[i - 1];
		u64 off = (pfn - r->pfn) >> r->order;

		if (off >= r->folios || (found && r->h.ts_ns <= out->h.ts_ns))
			continue;
		*out = *r;
		out->pfn = r->pfn + (off << r->order);
		out->folios = 1;
		found = true;
	}
	return found;
}

/* ---- releases that the page itself contradicted ---- */

void settle__note_nopin(struct ledger *l, u64 call_id, const struct rec_run *run)
{
	struct settle *s;

	if (settle__init(l))
		return;
	s = l->settle;
	if (!s->nopins)
		s->nopins = calloc(NOPINS, sizeof(*s->nopins));
	if (!s->nopins)
		return;
	s->nopins[s->nr_nopins++ % NOPINS] =
		(struct nopin){ .call_id = call_id, .pfn = run->pfn, .order = run->order };
}

bool settle__is_nopin(const struct ledger *l, u64 call_id, const struct rec_run *run)
{
	const struct settle *s = l->settle;
	u64 nr = s ? s->nr_nopins : 0, start, end;

	for (u64 i = 0; i < nr && i < NOPINS; i++) {
		const struct nopin *n = &s->nopins[i];

		if (n->call_id != call_id)
			continue;
		if (!folio_range(n->pfn, n->order, &start, &end)) {
			start = n->pfn;
			end = start + 1;
		}
		if (run->pfn < end && run->pfn + (run->flags & RUN_FOLIO ? 1 : run->pages) > start)
			return true;
	}
	return false;
}

/* ---- writeback ---- */

static bool same_writeback(const struct ledger_writeback *w, const struct site *site,
			   const struct rec_writeback *wb)
{
	return w->first.dev == wb->dev && w->first.ino == wb->ino &&
	       w->site.stack_id == site->pub.stack_id && w->site.api == site->pub.api &&
	       w->site.flags == site->pub.flags &&
	       w->holder.task.tgid == site->pub.holder->task.tgid;
}

int settle__writeback(struct ledger *l, const struct rec_writeback *wb)
{
	struct settle *s;
	struct ledger_writeback *w = NULL;
	const struct pin_call *call;
	const struct site *site;
	u32 oldest;
	u64 pins;

	if (settle__init(l))
		return -ENOMEM;
	s = l->settle;
	pins = settle__open_pins(l, wb->pfn, wb->order, wb->h.ts_ns, &oldest);
	if (!pins)
		return 0;
	call = call_at(l, oldest);
	site = site_at(l, call->site);
	for (size_t i = 0; i < s->nr_writebacks && !w; i++)
		if (same_writeback(&s->writebacks[i], site, wb))
			w = &s->writebacks[i];
	if (!w) {
		if (!settle__grow((void **)&s->writebacks, &s->cap_writebacks, s->nr_writebacks,
				  WRITEBACKS_MAX, sizeof(*s->writebacks)))
			return 0;    /* a risk, and one of a thousand */
		process__refresh(l); /* the holder is copied */
		w = &s->writebacks[s->nr_writebacks++];
		*w = (struct ledger_writeback){ .site = site->pub,
						.holder = *site->pub.holder,
						.pin_ts_ns = call->ts_ns,
						.bio = call->bio,
						.first = *wb };
	}
	w->pages += pins;
	w->times++;
	return 0;
}

int ledger__for_each_writeback(const struct ledger *l,
			       int (*fn)(const struct ledger_writeback *w, void *arg), void *arg)
{
	for (size_t i = 0; l->settle && i < l->settle->nr_writebacks; i++) {
		struct ledger_writeback w = l->settle->writebacks[i];
		int err;

		w.site.holder = &w.holder;
		err = fn(&w, arg);
		if (err)
			return err;
	}
	return 0;
}
