// SPDX-License-Identifier: GPL-2.0
/*
 * How fast, and how large: the ledger against the plainest matcher, one hash
 * entry a page. Not a test: prints a table. ledger_bench [EVENTS]
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include "ledger.h"

static double now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec + ts.tv_nsec / 1e9;
}

/* The plain matcher: open addressing, grows at one half, remembers who and when for each page. */
struct entry {
	u64 pfn;
	u64 ts_ns;
	u64 stack_id;
	u64 mm;
	u32 tid;
	u32 pins;
};

struct naive {
	struct entry *e;
	size_t mask;
	size_t used; /* deleted ones keep their place until the table grows */
};

static struct entry *naive_slot(struct naive *n, u64 pfn)
{
	size_t i = (pfn * 0x9e3779b97f4a7c15ull >> 20) & n->mask;

	while (n->e[i].pfn && n->e[i].pfn != pfn)
		i = (i + 1) & n->mask;
	return &n->e[i];
}

static void naive_grow(struct naive *n)
{
	struct naive old = *n;
	size_t live = 0;

	for (size_t i = 0; old.e && i <= old.mask; i++)
		live += !!old.e[i].pins;
	*n = (struct naive){.mask = 1023};
	while (n->mask + 1 < 4 * live)
		n->mask = 2 * n->mask + 1;
	n->e = calloc(n->mask + 1, sizeof(*n->e));
	if (!n->e)
		abort();
	for (size_t i = 0; old.e && i <= old.mask; i++)
		if (old.e[i].pins) {
			*naive_slot(n, old.e[i].pfn) = old.e[i];
			n->used++;
		}
	free(old.e);
}

static void naive_feed(struct naive *n, const struct event *e)
{
	bool pin = e->kind == EVENT_PIN;
	const struct event_call *c = pin ? &e->pin.call : &e->unpin.call;

	for (u32 i = 0; i < c->nr_runs; i++)
		for (u32 p = 0; p < c->runs[i].pages; p++) {
			struct entry *x;

			if (!n->e || 2 * n->used > n->mask)
				naive_grow(n);
			x = naive_slot(n, c->runs[i].pfn + p);
			if (!pin) {
				x->pins -= x->pins > 0;
				continue;
			}
			n->used += !x->pfn;
			*x = (struct entry){.pfn = c->runs[i].pfn + p,
					    .ts_ns = e->ts_ns,
					    .stack_id = c->stack_id,
					    .mm = c->task.mm,
					    .tid = c->task.tid,
					    .pins = x->pins + 1};
		}
}

/* `open` calls of `pages` pages each are kept open: the oldest is released as a new one comes. */
static const struct load {
	const char *name;
	u32 pages, open;
	u8 order;
} loads[] = {
	{"1 page, 64 open", 1, 64, 0},	      {"1 page, 100k open", 1, 100000, 0},
	{"1 page, 1m open", 1, 1000000, 0},   {"16 pages, 1k open", 16, 1000, 0},
	{"256 pages, 1k open", 256, 1000, 0}, {"2 MiB, 1k open", 512, 1000, 9},
	{"2 MiB, 20k open", 512, 20000, 9},   {"1 GiB, 16 open", 262144, 16, 18},
};

struct feeder {
	struct ledger *l;
	struct naive n;
};

static void one(struct feeder *f, bool pin, u64 nr, const struct load *load)
{
	u64 slot = nr % (2 * (u64)load->open);
	struct rec_run run = {.pages = load->pages, .order = load->order};
	struct event e = {.kind = pin ? EVENT_PIN : EVENT_UNPIN, .ts_ns = 2 * nr + !pin};
	struct event_call *c = pin ? &e.pin.call : &e.unpin.call;

	run.pfn = (1 << 20) + slot * 0x9e3779b1 % (2 * (u64)load->open) * load->pages;
	*c = (struct event_call){.call_id = nr,
				 .stack_id = nr % 7,
				 .api = pin ? HOOK_PIN_USER_PAGES_FAST : HOOK_UNPIN_USER_PAGES,
				 .nr_runs = 1,
				 .runs = &run,
				 .task = {.tid = nr % 4 + 1, .tgid = 1, .mm = 1, .comm = "bench"}};
	if (f->l) {
		if (ledger__feed(f->l, &e))
			abort();
	} else {
		naive_feed(&f->n, &e);
	}
}

static double events_per_s(struct feeder *f, const struct load *load, u64 events)
{
	u64 open = load->open;
	double start;

	for (u64 i = 0; i < open; i++)
		one(f, true, i, load);
	start = now();
	for (u64 i = open; i < open + events / 2; i++) {
		one(f, true, i, load);
		one(f, false, i - open, load);
	}
	return events / (now() - start);
}

int main(int argc, char **argv)
{
	u64 events = argc > 1 ? strtoull(argv[1], NULL, 0) : 1000000;
	struct ledger_totals t;

	printf("%-20s %12s %12s %8s %12s %12s\n", "load", "ledger ev/s", "plain ev/s", "times",
	       "ledger MiB", "plain MiB");
	for (size_t i = 0; i < sizeof(loads) / sizeof(*loads); i++) {
		const struct load *load = &loads[i];
		u64 plain = load->pages > 1 ? events / load->pages * 2 : events;
		struct feeder f = {.l = ledger__new(NULL)}, n = {0};
		double fast, slow;

		fast = events_per_s(&f, load, events);
		ledger__totals(f.l, &t);
		slow = events_per_s(&n, load, plain > 8 ? plain : 8);
		printf("%-20s %12.0f %12.0f %8.1f %12.2f %12.2f\n", load->name, fast, slow,
		       fast / slow, t.bytes / 1048576.0,
		       (n.n.mask + 1) * sizeof(struct entry) / 1048576.0);
		ledger__free(f.l);
		free(n.n.e);
	}
	/* 1 TiB pinned in runs of 2 MiB, each its own call */
	struct feeder f = {.l = ledger__new(NULL)};
	const struct load tib = {"1 TiB", 512, 524288, 9};

	for (u64 i = 0; i < tib.open; i++)
		one(&f, true, i, &tib);
	ledger__totals(f.l, &t);
	printf("1 TiB in 2 MiB runs: %llu runs, %.2f MiB, %.1f bytes a run with its call\n",
	       (unsigned long long)t.open_runs, t.bytes / 1048576.0, (double)t.bytes / t.open_runs);
	ledger__free(f.l);
	return 0;
}
