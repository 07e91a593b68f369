// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "base/array.h"
#include "base/compare.h"
#include "base/glob_index.h"

/* The longest run of ordinary characters; what comes behind the first '[' or '\\' is not looked at.
 */
static struct glob_piece longest_piece(const char *glob)
{
	struct glob_piece best = { .text = glob };
	const size_t end = strcspn(glob, "[\\");

	for (size_t at = 0, len; at < end; at += len + 1) {
		len = strcspn(glob + at, "*?[\\");
		if (len > best.len) {
			best.text = glob + at;
			best.len = len;
		}
	}
	if (best.len > GLOB_PIECE_MAX)
		best.len = GLOB_PIECE_MAX;
	return best;
}

int glob_index__add(struct glob_index *g, const char *glob, u32 number)
{
	if (ARRAY_GROW(g->pieces, g->nr, g->cap))
		return -ENOMEM;
	g->pieces[g->nr] = longest_piece(glob);
	g->pieces[g->nr++].number = number;
	return 0;
}

static int by_length_text_number(const void *a, const void *b)
{
	const struct glob_piece *x = a, *y = b;
	int cmp;

	COMPARE(x->len, y->len);
	cmp = memcmp(x->text, y->text, x->len);
	if (cmp)
		return cmp;
	COMPARE(x->number, y->number);
	return 0;
}

void glob_index__sort(struct glob_index *g)
{
	size_t at = 0;

	if (g->nr)
		qsort(g->pieces, g->nr, sizeof(*g->pieces), by_length_text_number);
	for (u32 len = 0; len <= GLOB_PIECE_MAX + 1; len++) {
		while (at < g->nr && g->pieces[at].len < len)
			at++;
		g->begin[len] = at;
	}
}

void glob_index__deinit(struct glob_index *g)
{
	free(g->pieces);
	*g = (struct glob_index){ 0 };
}

/* The first of the pieces of this length that is not less than the text. */
static u32 lower_bound(const struct glob_index *g, const char *text, u32 len)
{
	u32 low = g->begin[len], high = g->begin[len + 1];

	while (low < high) {
		u32 mid = low + (high - low) / 2;

		if (memcmp(g->pieces[mid].text, text, len) < 0)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

u32 glob_index__first(const struct glob_index *g, const char *name, u32 limit,
		      bool (*matches)(u32 number, const char *name, void *arg), void *arg)
{
	const size_t name_len = strlen(name);

	for (u32 len = 0; len <= GLOB_PIECE_MAX && len <= name_len; len++) {
		if (g->begin[len] == g->begin[len + 1])
			continue;
		/* one that has no piece is asked for once, whatever the name is */
		for (size_t at = 0; at + len <= name_len && (len || !at); at++) {
			u32 i = lower_bound(g, name + at, len);

			for (; i < g->begin[len + 1] && g->pieces[i].number < limit &&
			       !memcmp(g->pieces[i].text, name + at, len);
			     i++)
				if (matches(g->pieces[i].number, name, arg))
					limit = g->pieces[i].number;
		}
	}
	return limit;
}
