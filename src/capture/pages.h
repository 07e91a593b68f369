/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The second witness: asks pages themselves, by a BPF program that is run on demand
 * (bpf/pages.bpf.c). Nothing that it reads is locked: a page may be freed and used anew between two
 * looks, and an answer is about one moment.
 */
#ifndef PINACCT_PAGES_H
#define PINACCT_PAGES_H

#include <stddef.h>
#include <pinacct/wire.h>
#include "kernel/kernel.h"

struct pages;

/* NULL and errno, with one line in err. `k` is borrowed for the call only. */
struct pages *pages__open(const struct kernel *k, char *err, size_t err_sz);
void pages__close(struct pages *p);

/*
 * What is known of the folios that page frames pfns[0..n) are in; out[i].pfn is the folio's head,
 * and out[i].h has but its time, from before the look. What is no memory, or could not be read, is
 * PAGE_KIND_NONE with the pfn as asked. 0 or negative errno.
 */
int pages__read(struct pages *p, const u64 *pfns, size_t n, struct rec_page *out);

/*
 * All of memory, in order: fn is told each folio that is pinned (a small one: perhaps), in batches,
 * and may be told of none, so that it can do other work. Takes at most half of a CPU's time when
 * `gently`. Whatever but 0 fn returns ends the scan and is returned.
 */
struct pages_progress {
	u64 done, total; /* pages */
	u64 busy_ns;	 /* that the kernel looked, without pauses and fn's own time */
};
typedef int (*pages_fn)(const struct rec_page *pages, size_t n,
			const struct pages_progress *progress, void *arg);
int pages__scan(struct pages *p, bool gently, pages_fn fn, void *arg);

/*
 * Puts folios that follow one another and are alike together (rec_page.folios). Returns how many
 * are left.
 */
size_t pages__fold(struct rec_page *pages, size_t n);

#endif
