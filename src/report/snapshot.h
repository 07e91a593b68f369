/* SPDX-License-Identifier: GPL-2.0 */
/* What is pinned at one moment, added up by kind, file and owner; printed. No BPF in here. */
#ifndef PINACCT_SNAPSHOT_H
#define PINACCT_SNAPSHOT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <pinacct/wire.h>

/* Folios of one kind, file and owner. */
struct snapshot_row {
	struct rec_page like; /* kind, fs, dev, ino, cgroup_id, and whether it is large */
	u64 pages;	      /* in these folios */
	u64 folios;
	u64 pins; /* of a small folio: at most so many */
};

struct snapshot {
	bool by_backing; /* not told apart: inodes, cgroups */
	u64 page_bytes;
	u64 took_ns, busy_ns; /* in all, and in the kernel */
	u64 looked_at;	      /* pages */
	bool have_vmstat;
	u64 vm_acquired, vm_released; /* when it began */
	void *index;		      /* tsearch(3) tree over rows */
	struct snapshot_row **rows;
	size_t nr, cap;
	struct snapshot_row small, large; /* sums */
};

/* 0 or -ENOMEM. */
int snapshot__add(struct snapshot *s, const struct rec_page *page);
/* top: at most so many rows, 0 = all. 0 or negative errno. */
int snapshot__print_text(const struct snapshot *s, u64 top, FILE *out);
int snapshot__print_json(const struct snapshot *s, FILE *out);
void snapshot__deinit(struct snapshot *s);

#endif
