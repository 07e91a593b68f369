// SPDX-License-Identifier: GPL-2.0
#include <stdlib.h>
#include <string.h>
#include <pinacct/hooks.h>
#include "replay_stream.h"

#define STACKS	    7
#define FRAMES	    12
#define TASKS	    8
#define NS_A_RECORD 500 /* two million records a second: the fastest that two CPUs can pin */
#define RUNS_MAX    32
#define LANE_PFNS   ((u64)1 << 36)
#define OTHER_TID   9000 /* kworkers and whom an interrupt hits */

enum place {
	TOGETHER,  /* the runs of a call lie one behind the other */
	SCATTERED, /* anywhere in what the lane owns */
};

static const struct lane_def {
	u32 share; /* of 1000 records of the mix */
	u32 open;
	u32 runs, pages; /* of a call, of a run */
	u32 fold;	 /* released by folio and count: pages of a folio; 0 = by page */
	u8 order;
	u8 place;
	u8 others;  /* of 100 releases so many come from other tasks */
	bool early; /* some releases are seen before their pin */
	u16 pin_api, unpin_api;
	u16 flags;
	char comm[PIN_COMM_BYTES];
} lane_defs[STREAM_LANES_MAX] = {
	[STREAM_ONE] = { 500, 4096, 1, 1, 0, 0, TOGETHER, 10, true, HOOK_PIN_USER_PAGES_FAST,
			 HOOK_UNPIN_USER_PAGES, PIN_F_WRITE, "fio-4k" },
	[STREAM_BUF] = { 150, 4096, 1, 16, 0, 0, TOGETHER, 30, true, HOOK_PIN_USER_PAGES_FAST,
			 HOOK_UNPIN_USER_PAGES_DIRTY_LOCK, PIN_F_WRITE, "rdma-send" },
	[STREAM_LIST] = { 100, 1024, 32, 1, 0, 0, SCATTERED, 20, false, HOOK_PIN_USER_PAGES,
			  HOOK_UNPIN_USER_PAGES, 0, "vfio-dma" },
	[STREAM_BIO] = { 200, 1024, 1, 256, 16, 4, TOGETHER, 100, false, HOOK_PIN_USER_PAGES_FAST,
			 HOOK_UNPIN_USER_FOLIO, PIN_F_WRITE, "fio-1m" },
	[STREAM_HUGE] = { 40, 1024, 1, 512, 0, 9, TOGETHER, 0, false, HOOK_PIN_USER_PAGES,
			  HOOK_UNPIN_USER_PAGE_RANGE_DIRTY_LOCK, PIN_F_WRITE, "qemu" },
	[STREAM_REG] = { 2, 64, 32, 512, 0, 9, TOGETHER, 50, false, HOOK_PIN_USER_PAGES_FAST,
			 HOOK_UNPIN_USER_PAGES, PIN_F_WRITE | PIN_F_LONGTERM, "ring" },
};

const char *const stream_lane_names[STREAM_LANES_MAX] = {
#define X(id, name) [STREAM_##id] = name,
	STREAM_LANES(X)
#undef X
};

struct lane {
	u64 pinned, released; /* calls */
	u32 open;
	u64 slots; /* places for calls, a power of two; twice what is open, so that one is free */
};

struct stream {
	struct stream_opts opts;
	u64 rand, ts_ns, done, pages;
	u32 share_sum;
	u32 heads; /* records before the first pin that were handed out */
	bool ended;
	int owes; /* the lane whose release came before its pin; -1 = none */
	struct lane lanes[STREAM_LANES_MAX];
	union {
		struct rec_hdr h;
		struct rec_meta meta;
		struct rec_mark mark;
		struct rec_pin pin;
		struct rec_unpin unpin;
		struct rec_stack stack;
		u64 room[64 + 2 * RUNS_MAX];
	} rec;
};

struct stream_opts stream__mix(u64 seed, u64 records)
{
	struct stream_opts opts = { .seed = seed, .records = records };

	for (unsigned i = 0; i < STREAM_LANES_MAX; i++)
		opts.share[i] = lane_defs[i].share;
	return opts;
}

struct stream *stream__new(const struct stream_opts *opts)
{
	struct stream *s = calloc(1, sizeof(*s));

	if (!s)
		abort();
	s->opts = *opts;
	s->rand = opts->seed;
	s->ts_ns = 1000000000;
	s->owes = -1;
	for (unsigned i = 0; i < STREAM_LANES_MAX; i++) {
		struct lane *lane = &s->lanes[i];

		s->share_sum += opts->share[i];
		lane->open = opts->open[i] ? opts->open[i] : lane_defs[i].open;
		for (lane->slots = 2; lane->slots < 2 * (u64)lane->open;)
			lane->slots *= 2;
	}
	return s;
}

void stream__free(struct stream *s)
{
	free(s);
}

u64 stream__pages(const struct stream *s)
{
	return s->pages;
}

static u32 below(struct stream *s, u32 n)
{
	s->rand = s->rand * 6364136223846793005ull + 1442695040888963407ull;
	return (s->rand >> 33) % n;
}

/* A number that only depends on the call: its release says the same as its pin did. */
static u64 of_call(unsigned lane, u64 nr)
{
	u64 x = (nr + 1) * 0x9e3779b97f4a7c15ull ^ (u64)lane << 32;

	x ^= x >> 29;
	x *= 0xbf58476d1ce4e5b9ull;
	return x ^ x >> 32;
}

static bool is_early(unsigned lane, u64 nr)
{
	return lane_defs[lane].early && !(of_call(lane, nr) >> 8 & 63);
}

/* Where piece i of call nr lies; an odd factor makes a permutation of all pieces. */
static u64 pfn_of(const struct stream *s, unsigned lane, u64 nr, u32 i)
{
	const struct lane_def *d = &lane_defs[lane];
	u64 slot = nr * 0x9e3779b1ull & (s->lanes[lane].slots - 1);
	u64 piece = slot * d->runs + i;

	if (d->place == SCATTERED)
		piece = piece * 0x85ebca6bull & (s->lanes[lane].slots * d->runs - 1);
	return (lane + 1) * LANE_PFNS + piece * d->pages;
}

static u32 pin_runs(const struct stream *s, unsigned lane, u64 nr, struct rec_run *out)
{
	const struct lane_def *d = &lane_defs[lane];

	for (u32 i = 0; i < d->runs; i++)
		out[i] = (struct rec_run){ .pfn = pfn_of(s, lane, nr, i),
					   .pages = d->pages,
					   .order = d->order };
	return d->runs;
}

static u32 unpin_runs(const struct stream *s, unsigned lane, u64 nr, struct rec_run *out)
{
	const struct lane_def *d = &lane_defs[lane];
	u32 n = 0;

	if (!d->fold)
		return pin_runs(s, lane, nr, out);
	for (u32 i = 0; i < d->runs; i++)
		for (u32 page = 0; page < d->pages; page += d->fold)
			out[n++] = (struct rec_run){ .pfn = pfn_of(s, lane, nr, i) + page,
						     .pages = d->fold,
						     .order = d->order,
						     .flags = RUN_FOLIO };
	return n;
}

static u64 stack_id(unsigned lane, u64 nr, bool pin)
{
	return 1 + (lane * 2 + pin) * STACKS + of_call(lane, nr) % STACKS;
}

static const struct rec_hdr *finish(struct stream *s, u16 kind, size_t sz, u64 ts_ns)
{
	s->rec.h = (struct rec_hdr){ .sz = sz, .kind = kind, .cpu = s->done % 2, .ts_ns = ts_ns };
	return &s->rec.h;
}

static const struct rec_hdr *pin(struct stream *s, unsigned lane, u64 nr, u64 ts_ns)
{
	const struct lane_def *d = &lane_defs[lane];
	struct rec_pin *p = &s->rec.pin;
	u32 task = of_call(lane, nr) >> 16 & (TASKS - 1);

	*p = (struct rec_pin){ .call_id = (u64)(lane + 1) << 48 | nr,
			       .stack_id = stack_id(lane, nr, true),
			       .mm = 0xffff888000000000ull + lane * 0x1000,
			       .bio = d->fold ? 0xffff888100000000ull + nr * 256 : 0,
			       .cgroup_id = 77,
			       .tid = 100 * (lane + 1) + task,
			       .tgid = 100 * (lane + 1),
			       .api = d->pin_api,
			       .flags = d->flags };
	memcpy(p->comm, d->comm, sizeof(p->comm));
	p->nr_runs = pin_runs(s, lane, nr, (struct rec_run *)(p + 1));
	s->pages += d->runs * d->pages;
	return finish(s, REC_PIN, sizeof(*p) + p->nr_runs * sizeof(struct rec_run), ts_ns);
}

static const struct rec_hdr *unpin(struct stream *s, unsigned lane, u64 nr, u64 ts_ns)
{
	const struct lane_def *d = &lane_defs[lane];
	struct rec_unpin *u = &s->rec.unpin;
	u32 task = of_call(lane, nr) >> 16 & (TASKS - 1);
	bool other = (of_call(lane, nr) >> 24) % 100 < d->others;

	*u = (struct rec_unpin){ .call_id = (u64)(lane + 129) << 48 | nr,
				 .stack_id = stack_id(lane, nr, false),
				 .mm = other ? 0 : 0xffff888000000000ull + lane * 0x1000,
				 .bio = d->fold ? 0xffff888100000000ull + nr * 256 : 0,
				 .tid = other ? OTHER_TID + task : 100 * (lane + 1) + task,
				 .tgid = other ? OTHER_TID : 100 * (lane + 1),
				 .api = d->unpin_api,
				 .flags = other && d->fold ? PIN_F_IRQ : 0 };
	memcpy(u->comm, other ? "kworker/1:2" : d->comm, other ? 12 : sizeof(u->comm));
	u->nr_runs = unpin_runs(s, lane, nr, (struct rec_run *)(u + 1));
	s->pages += d->runs * d->pages;
	return finish(s, REC_UNPIN, sizeof(*u) + u->nr_runs * sizeof(struct rec_run), ts_ns);
}

/* META, then the stacks. */
static const struct rec_hdr *head(struct stream *s)
{
	u32 nr = s->heads++;

	memset(&s->rec, 0, sizeof(s->rec));
	if (!nr) {
		s->rec.meta.wire_version = PINACCT_WIRE_VERSION;
		s->rec.meta.page_bytes = 4096;
		s->rec.meta.nr_cpus = 2;
		s->rec.meta.stacks = STACKS_CACHED;
		strcpy(s->rec.meta.tool, "replay_bench");
		return finish(s, REC_META, sizeof(s->rec.meta), s->ts_ns);
	}
	s->rec.stack.id = nr;
	s->rec.stack.nr = FRAMES;
	s->rec.stack.type = STACK_KERNEL;
	for (u64 i = 0, *ip = (u64 *)(&s->rec.stack + 1); i < FRAMES; i++)
		ip[i] = 0xffffffff81000000ull + of_call(nr, i) % 0x1000000;
	return finish(s, REC_STACK, sizeof(s->rec.stack) + FRAMES * sizeof(u64), s->ts_ns);
}

static const struct rec_hdr *end(struct stream *s)
{
	if (s->ended)
		return NULL;
	s->ended = true;
	memset(&s->rec, 0, sizeof(s->rec));
	s->rec.mark.mark = MARK_END;
	return finish(s, REC_MARK, sizeof(s->rec.mark), s->ts_ns + NS_A_RECORD);
}

static unsigned pick_lane(struct stream *s)
{
	u32 at = below(s, s->share_sum);
	unsigned i = 0;

	while (at >= s->opts.share[i])
		at -= s->opts.share[i++];
	return i;
}

const struct rec_hdr *stream__next(struct stream *s)
{
	struct lane *lane;
	unsigned i;

	if (s->heads < 1 + STREAM_LANES_MAX * 2 * STACKS)
		return head(s);
	if (s->done >= s->opts.records && s->owes < 0)
		return end(s);
	s->done++;
	s->ts_ns += NS_A_RECORD;
	if (s->owes >= 0) {
		/* It was pinned before its release, and its record came later. */
		i = s->owes;
		s->owes = -1;
		return pin(s, i, s->lanes[i].pinned - 1, s->ts_ns - 2 * NS_A_RECORD);
	}
	i = pick_lane(s);
	lane = &s->lanes[i];
	while (lane->released < lane->pinned && is_early(i, lane->released))
		lane->released++;
	if (lane->pinned - lane->released >= lane->open)
		return unpin(s, i, lane->released++, s->ts_ns);
	if (!is_early(i, lane->pinned++))
		return pin(s, i, lane->pinned - 1, s->ts_ns);
	s->owes = i;
	return unpin(s, i, lane->pinned - 1, s->ts_ns);
}
