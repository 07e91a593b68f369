// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <pinacct/bpf_shared.h>
#include "base/clock.h"
#include "capture/counters.h"
#include "base/log.h"
#include "kernel/memory_ranges.h"
#include "kernel/memory_zones.h"
#include "kernel/refusal.h"
#include "capture/pages.h"
#include "pages.skel.h"

struct pages {
	struct pages_bpf *skel;
	struct rec_page *batch; /* the BPF side's, mapped */
	size_t batch_bytes;
	struct memory_ranges memory;
	struct self self;
	struct memory_zones zones; /* none = not known */
};

static int run(struct bpf_program *prog)
{
	LIBBPF_OPTS(bpf_test_run_opts, opts);

	return bpf_prog_test_run_opts(bpf_program__fd(prog), &opts) ? -errno : 0;
}

static void configure(struct pages_bpf *skel, const struct kernel *k)
{
	struct pages_bpf__rodata *ro = skel->rodata;

	ro->cfg_page_struct_shift = __builtin_ctz(k->page_struct_bytes);
	ro->cfg_vmemmap_base_addr = kernel_syms__variable(&k->syms, "vmemmap_base");
	ro->cfg_zero_pfn_addr = kernel_syms__variable(&k->syms, "zero_pfn")
					?: kernel_syms__variable(&k->syms, "zero_page_pfn");
	ro->cfg_huge_zero_pfn_addr = kernel_syms__variable(&k->syms, "huge_zero_pfn");
	ro->cfg_memcg_subsys_addr = kernel_syms__variable(&k->syms, "memory_cgrp_subsys");
}

static int map_batch(struct pages *p)
{
	long page = sysconf(_SC_PAGESIZE);
	void *at;

	p->batch_bytes = (PAGES_PER_BATCH * sizeof(*p->batch) + page - 1) / page * page;
	at = mmap(NULL, p->batch_bytes, PROT_READ | PROT_WRITE, MAP_SHARED,
		  bpf_map__fd(p->skel->maps.batch), 0);
	if (at == MAP_FAILED)
		return -errno;
	p->batch = at;
	return 0;
}

static int open_and_load(struct pages *p, const struct kernel *k)
{
	int err;

	p->skel = pages_bpf__open();
	if (!p->skel)
		return -errno;
	configure(p->skel, k);
	err = pages_bpf__load(p->skel);
	if (!err)
		err = map_batch(p);
	if (!err)
		err = run(p->skel->progs.pages_locate);
	if (!err && !p->skel->bss->vmemmap_start)
		err = -ENOTSUP;
	return err;
}

struct pages *pages__open(const struct kernel *k, char *err, size_t err_sz)
{
	struct pages *p = calloc(1, sizeof(*p));
	int code = p ? open_and_load(p, k) : -ENOMEM;

	if (code) {
		refusal__explain(code, err, err_sz);
	} else {
		code = memory_ranges__read(&p->memory);
		if (code)
			snprintf(err, err_sz, "/proc/iomem does not tell where memory is: %s",
				 strerror(-code));
	}
	if (!code && memory_zones__read(&p->zones))
		log_info("/proc/zoneinfo does not tell which zones there are");
	if (!code)
		return p;
	pages__close(p);
	return errno = -code, NULL;
}

void pages__close(struct pages *p)
{
	if (!p)
		return;
	if (p->batch)
		munmap(p->batch, p->batch_bytes);
	pages_bpf__destroy(p->skel);
	memory_ranges__deinit(&p->memory);
	memory_zones__deinit(&p->zones);
	free(p);
}

static bool is_memory(struct pages *p, u64 pfn)
{
	return memory_ranges__has(&p->memory, pfn);
}

/* Memory may have been added since. */
static void refresh_memory(struct pages *p)
{
	struct memory_ranges now;

	if (memory_ranges__read(&now))
		return;
	memory_ranges__deinit(&p->memory);
	p->memory = now;
	memory_zones__deinit(&p->zones);
	memory_zones__read(&p->zones);
}

static void fill_zone(const struct pages *p, struct rec_page *page)
{
	const struct memory_zone *zone = memory_zones__find(&p->zones, page->pfn);

	if (!zone)
		return;
	page->zone = zone->zone;
	page->node = zone->node;
}

static int read_batch(struct pages *p, const u64 *pfns, size_t n, struct rec_page *out)
{
	u64 now = self__now_ns(&p->self);
	int err;

	memset(p->batch, 0, n * sizeof(*p->batch));
	for (size_t i = 0; i < n; i++)
		p->batch[i].pfn = pfns[i];
	p->skel->bss->batch_nr = n;
	err = run(p->skel->progs.pages_read);
	if (err)
		return err;
	memcpy(out, p->batch, n * sizeof(*out));
	for (size_t i = 0; i < n; i++) {
		if (!is_memory(p, pfns[i])) /* a struct page that is none, or of a device */
			out[i] = (struct rec_page){ .pfn = pfns[i], .folios = 1 };
		fill_zone(p, &out[i]);
		out[i].h.ts_ns = now;
	}
	return 0;
}

int pages__read(struct pages *p, const u64 *pfns, size_t n, struct rec_page *out)
{
	int err = run(p->skel->progs.pages_locate);

	for (size_t i = 0; i < n; i++) {
		if (!is_memory(p, pfns[i])) {
			refresh_memory(p);
			break;
		}
	}
	for (size_t i = 0; i < n && !err; i += PAGES_PER_BATCH)
		err = read_batch(p, pfns + i, n - i < PAGES_PER_BATCH ? n - i : PAGES_PER_BATCH,
				 out + i);
	return err;
}

struct scan {
	struct pages *p;
	bool gently;
	pages_fn fn;
	void *arg;
	struct pages_progress progress;
};

static int scan_range(struct scan *s, const struct memory_range *range)
{
	struct pages_bpf__bss *bss = s->p->skel->bss;
	u64 before = s->progress.done;
	int err = 0;

	bss->scan_at = range->start;
	bss->scan_end = range->end;
	while (bss->scan_at < range->end && !err) {
		u64 began = now_ns(), took;

		err = run(s->p->skel->progs.pages_scan);
		if (err)
			return err;
		for (u32 i = 0; i < bss->batch_nr; i++) {
			fill_zone(s->p, &s->p->batch[i]);
			s->p->batch[i].h.ts_ns = began + s->p->self.clock_ahead_ns;
		}
		s->progress.done = before +
				   (bss->scan_at < range->end ? bss->scan_at : range->end) -
				   range->start;
		took = now_ns() - began;
		s->progress.busy_ns += took;
		err = s->fn(s->p->batch, bss->batch_nr, &s->progress, s->arg);
		if (s->gently && !err)
			usleep(took / 1000);
	}
	return err;
}

int pages__scan(struct pages *p, bool gently, pages_fn fn, void *arg)
{
	struct scan s = { .p = p, .gently = gently, .fn = fn, .arg = arg };
	int err = run(p->skel->progs.pages_locate);

	refresh_memory(p);
	s.progress.total = memory_ranges__pages(&p->memory);
	for (size_t i = 0; i < p->memory.nr && !err; i++)
		err = scan_range(&s, &p->memory.at[i]);
	return err;
}

static bool goes_on(const struct rec_page *a, const struct rec_page *b)
{
	return b->kind != PAGE_KIND_NONE && a->folios + b->folios <= PAGE_FOLIOS_MAX &&
	       a->pfn + ((u64)a->folios << a->order) == b->pfn && b->order == a->order &&
	       b->kind == a->kind && b->refcount == a->refcount && b->pincount == a->pincount &&
	       b->mapcount == a->mapcount && b->flags == a->flags && b->ino == a->ino &&
	       b->dev == a->dev && b->cgroup_id == a->cgroup_id && b->zone == a->zone &&
	       b->node == a->node && !memcmp(a->fs, b->fs, sizeof(a->fs));
}

size_t pages__fold(struct rec_page *pages, size_t n)
{
	size_t last = 0;

	for (size_t i = 1; i < n; i++) {
		if (goes_on(&pages[last], &pages[i])) {
			/* the earlier moment holds for both */
			if (pages[i].h.ts_ns < pages[last].h.ts_ns)
				pages[last].h.ts_ns = pages[i].h.ts_ns;
			pages[last].folios += pages[i].folios;
		} else {
			pages[++last] = pages[i];
		}
	}
	return n ? last + 1 : 0;
}
