/* SPDX-License-Identifier: GPL-2.0 */
/* What the two halves of the peer share: one entry for each page that is pinned. */
#ifndef PINACCT_BENCH_PAGEMAP_H
#define PINACCT_BENCH_PAGEMAP_H

struct page_owner {
	unsigned long long when_ns;
	unsigned long long pid_tgid;
	int stack_id;
	int pad;
};

#define PAGEMAP_PAGES  (1 << 20)
#define PAGEMAP_STACKS 16384
#define PAGEMAP_FRAMES 127 /* PERF_MAX_STACK_DEPTH, the kernel's own limit */

#endif
