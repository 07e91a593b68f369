/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What is pinned at one moment, added up by holder, process, kind or cgroup; printed. No BPF in
 * here.
 */
#ifndef PINACCT_SNAPSHOT_H
#define PINACCT_SNAPSHOT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include "record/owner_index.h"

/* What makes a row. */
enum snapshot_by {
	SNAPSHOT_BY_OBJECT, /* owner or mapping, kind, file, cgroup, zone */
	SNAPSHOT_BY_PROCESS,
	SNAPSHOT_BY_KIND, /* kind and file system */
	SNAPSHOT_BY_CGROUP,
};

/* Which pages are taken. */
struct snapshot_filter {
	u64 pfn, pages; /* folios with a page in there; pages = 0: all */
	bool movable;	/* only those in zone Movable */
};

/* Folios that are alike in what rows are made by; the rest of `like` is zero. */
struct snapshot_row {
	struct rec_page like;
	u64 holder; /* tells the holders of rows apart; 0 = not known, or rows have none */
	s64 owner;  /* number in snapshot.owners: the holder, or one of its objects; -1 = none */
	u64 pages;  /* in these folios: each is held whole */
	u64 folios;
	u64 pins;     /* of a small folio: at most so many */
	u64 unmapped; /* of pages: user memory that is in no page table */
};

struct snapshot {
	enum snapshot_by by;
	struct snapshot_filter filter;
	struct owner_index owners;
	char owners_why[160]; /* why owners are not known, or not all; "" = they are */
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

/* Does the filter take this folio? */
bool snapshot__wants(const struct snapshot *s, const struct rec_page *page);
/* Adds folios of one owner, or -1; they are what the filter takes. 0 or -ENOMEM. */
int snapshot__add(struct snapshot *s, const struct rec_page *page, s64 owner);
void snapshot__deinit(struct snapshot *s);

/* Puts the rows in order: most held memory first. */
void snapshot__sort(struct snapshot *s);
/* Of a sorted one. top: at most so many rows, 0 = all. 0 or negative errno. */
int snapshot__print_text(const struct snapshot *s, u64 top, FILE *out);
int snapshot__print_json(const struct snapshot *s, FILE *out);

#endif
