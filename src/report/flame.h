/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The holders of pins as a tree: roots by subsystem, process, cgroup or file system, then the
 * process, then the stack from its outermost frame to the function that pinned. Made once from a
 * report; each format is a function of the tree alone.
 */
#ifndef PINACCT_FLAME_H
#define PINACCT_FLAME_H

#include <stdio.h>
#include "judge/rules.h"

enum flame_cost {
	FLAME_HELD,	    /* bytes of the folios that pins keep in place, each once a holder */
	FLAME_PAGES,	    /* pinned pages */
	FLAME_PAGE_SECONDS, /* pages x time; counted in 1/1000 */
	FLAME_PINS,	    /* pin calls */
	FLAME_COST_CNT,
};

enum flame_by {
	FLAME_BY_SUBSYSTEM,
	FLAME_BY_PROCESS,
	FLAME_BY_CGROUP,
	FLAME_BY_FS,
	FLAME_BY_CNT,
};

/* Which pins count. */
enum flame_scope {
	FLAME_OPEN, /* those still pinned at the end */
	FLAME_RUN,  /* all of the run; has no held bytes */
	FLAME_SCOPE_CNT,
};

struct flame_opts {
	enum flame_cost cost;
	enum flame_by by;
	enum flame_scope scope;
};

enum flame_kind {
	FLAME_ALL, /* the tree's root */
	FLAME_GROUP,
	FLAME_PROCESS,
	FLAME_USER,
	FLAME_KERNEL,
	FLAME_KIND_CNT,
};

struct flame_node {
	const char *name; /* printable UTF-8 */
	enum flame_kind kind;
	u64 total, self;	 /* with what is above it in the graph; without */
	u64 base_total;		 /* the same place in the recording that is compared with */
	struct flame_node *next; /* of the same parent, by name */
	struct flame_node *children;
};

struct flame {
	struct flame_opts opts;
	struct flame_node *root;
	bool differential; /* base_total counts */
	char title[160];
};

/*
 * The tree of `r`; of the differences from `base` to `r` when base is not NULL. Everything is
 * copied. NULL and errno = ENOMEM. The depth is bounded by that of stacks (a few hundred frames).
 */
struct flame *flame__new(const struct report *r, const struct report *base,
			 const struct flame_opts *opts);
void flame__free(struct flame *f);

/* "held", ...; NULL behind the last. What a unit is called: "bytes", "pages", ... */
const char *flame_cost__name(enum flame_cost cost);
const char *flame_cost__unit(enum flame_cost cost);
/* A cost as people read it: "2.1 MiB", "512 pages", "1.25 page-seconds", "3 pins". */
#define FLAME_COST_BYTES 48
const char *flame__cost_text(const struct flame *f, u64 cost, char buf[static FLAME_COST_BYTES]);

/* Calls fn for each node with a cost of its own, by the path of names from the group down. */
#define FLAME_DEPTH_MAX 1024
typedef int (*flame_path_fn)(const struct flame_node *const *path, size_t depth, void *arg);
int flame__for_each_leaf(const struct flame *f, flame_path_fn fn, void *arg);

struct flame_format {
	const char *suffix;				/* of a file's name: ".svg" */
	int (*write)(const struct flame *f, FILE *out); /* 0 or negative errno */
};

/* By the end of a file's name; NULL when there is no such format. */
const struct flame_format *flame_format__find(const char *path);
/* ".svg, .html, ..." */
const char *flame_format__names(void);

extern const struct flame_format flame_svg, flame_html, flame_folded, flame_pprof, flame_speedscope;

#endif
