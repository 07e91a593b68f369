/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Many globs (fnmatch(3)) and many names: which globs can match a name is looked up, by the longest
 * piece without a wildcard that each of them has, so that time does not go with globs x names.
 */
#ifndef PINACCT_GLOB_INDEX_H
#define PINACCT_GLOB_INDEX_H

#include <stdbool.h>
#include <stddef.h>
#include <pinacct/types.h>

#define GLOB_PIECE_MAX 127 /* bytes of a piece that are looked up; names are shorter */

struct glob_piece {
	const char *text; /* in the glob; not terminated */
	u32 len;	  /* 0 = the glob has none */
	u32 number;	  /* the caller's */
};

struct glob_index {
	struct glob_piece *pieces; /* by length, text, number once it is sorted */
	size_t nr, cap;
	u32 begin[GLOB_PIECE_MAX + 2]; /* of each length */
};

/* Globs are borrowed, and numbered in rising order. Zeroed is empty. 0 or -ENOMEM. */
int glob_index__add(struct glob_index *g, const char *glob, u32 number);
/* After the last one was added, before the first is asked for. */
void glob_index__sort(struct glob_index *g);
void glob_index__deinit(struct glob_index *g);

/*
 * The least number below `limit` of a glob that has a piece in `name`, or has none, and of which
 * matches() says that it does match; `limit` when there is none. matches() is asked for few others.
 */
u32 glob_index__first(const struct glob_index *g, const char *name, u32 limit,
		      bool (*matches)(u32 number, const char *name, void *arg), void *arg);

#endif
