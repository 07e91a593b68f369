/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Which page frames a process maps, as /proc/PID/pagemap has it. Needs CAP_SYS_ADMIN: to others the
 * kernel shows no frame numbers.
 */
#ifndef PINACCT_PAGE_TABLES_H
#define PINACCT_PAGE_TABLES_H

#include <stddef.h>
#include <pinacct/wire.h>

/* A stretch of a process's addresses that maps one thing. */
struct mapping {
	u32 pid;
	u64 start, end;
	char comm[PIN_COMM_BYTES];
	char what[OWNER_PATH_BYTES]; /* file, "[heap]" and the like; "" = anonymous memory */
};

/*
 * fn is told each page that is there, in order of addresses. Whatever but 0 it returns ends the
 * walk and is returned.
 */
typedef int (*mapped_page_fn)(const struct mapping *m, u64 addr, u64 pfn, void *arg);

/*
 * Pages of process `pid` at [start, start + bytes). 0, or negative errno: -ESRCH when there is no
 * such process, -EPERM when its page frames are not shown.
 */
int page_tables__range(u32 pid, u64 start, u64 bytes, mapped_page_fn fn, void *arg);

/*
 * Pages of all processes. Mappings of more than PAGE_TABLES_SPAN_MAX are left out and counted in
 * *skipped: they are reservations, and each of their pages would have to be asked for. `next` hears
 * of each process done; whatever but 0 it returns ends the walk and is returned.
 */
#define PAGE_TABLES_SPAN_MAX (1ull << 38)
struct page_tables_walk {
	mapped_page_fn fn;
	int (*next)(u64 done, u64 total, void *arg);
	void *arg;
	u64 skipped;
};
int page_tables__all(struct page_tables_walk *w);

#endif
