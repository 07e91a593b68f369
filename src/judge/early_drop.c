// SPDX-License-Identifier: GPL-2.0
/*
 * io_uring's buffer registration pins all pages of a buffer and then drops all
 * pins but one of each folio (6.12 io_uring/rsrc.c:884,895 over the tail slice
 * of the pages; 7.x rsrc.c:795 by folio and count). The buffer is whole with
 * what is left, so the drop is no release that stopped short.
 *
 * Function names would tell, but stacks may be off and names differ by version.
 * What tells without them:
 *   - the task that pinned also dropped, not from an interrupt, and right then:
 *     both happen within one system call;
 *   - exactly one pin is left on each folio that is still held;
 *   - those folios have room for all pages of the call, so that none of them
 *     was let go altogether. A call that lost 64 of its 512 small pages fails
 *     here: 448 folios of one page do not hold 512.
 * A release that goes wrong in exactly this way is reported as `leak` or
 * `orphan` and not as `partial-release`: named less well, but not missed.
 */
#include <errno.h>
#include <stdlib.h>
#include "base/array.h"
#include "judge/early_drop.h"

/* Within one system call, with room for preemption and for buffers of many GiB. */
#define EARLY_DROP_NS 100000000ull

struct folios {
	u64 *heads; /* of folios of more than one page */
	size_t nr, cap;
	u64 capacity; /* pages in all folios still held */
	bool single;  /* one pin each, as far as runs tell */
};

static int add_head(struct folios *f, u64 head)
{
	if (ARRAY_GROW(f->heads, f->nr, f->cap))
		return -ENOMEM;
	f->heads[f->nr++] = head;
	return 0;
}

static int note_run(const struct rec_run *run, void *arg)
{
	struct folios *f = arg;
	unsigned order =
		run->order < 63 ? run->order : 0; /* RUN_ORDER_UNKNOWN: the least it can be */

	if (!order && !(run->flags & RUN_FOLIO)) {
		f->capacity += run->pages;
		return 0;
	}
	if (run->pages != 1) {
		f->single = false;
		return 1;
	}
	f->capacity += 1ull << order;
	return add_head(f, run->pfn >> order << order);
}

static int by_value(const void *a, const void *b)
{
	u64 x = *(const u64 *)a, y = *(const u64 *)b;

	return (x > y) - (x < y);
}

static bool all_differ(struct folios *f)
{
	if (f->nr)
		qsort(f->heads, f->nr, sizeof(*f->heads), by_value);
	for (size_t i = 1; i < f->nr; i++)
		if (f->heads[i] == f->heads[i - 1])
			return false;
	return true;
}

int early_drop__explains(const struct ledger *l, const struct ledger_open *open)
{
	const struct ledger_release *drop = open->last_release;
	struct folios left = { .single = true };
	int err;

	if (!drop || (drop->flags & PIN_F_IRQ) || drop->tid != open->site->holder->task.tid)
		return 0;
	if (drop->ts_ns < open->ts_ns || drop->ts_ns - open->ts_ns > EARLY_DROP_NS)
		return 0;
	err = ledger__for_each_run(l, open->call, note_run, &left);
	if (err >= 0)
		err = left.single && left.capacity >= open->pinned_pages && all_differ(&left);
	free(left.heads);
	return err;
}
