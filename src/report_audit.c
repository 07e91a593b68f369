// SPDX-License-Identifier: GPL-2.0
/* The conversion table for people: a line a row, the verdict last, a stack below those that ask for a look. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include "report.h"
#include "text.h"

#define LOOK_FRAMES 5

enum { COL_FS, COL_OP, COL_WAY, COL_ITER, COL_OPS, COL_BY, COL_MODE, COL_PAGES, COL_RELEASED_BY,
       COL_RELEASED, COL_BALANCED, COL_VERDICT, COLS };

struct cells {
	char text[COLS][160];
};

static void join(char *buf, size_t sz, const char *name)
{
	size_t len = strlen(buf);

	snprintf(buf + len, sz - len, "%s%s", len ? "," : "", name);
}

static void name_apis(char *buf, size_t sz, const u64 a[static 2], const u64 b[static 2])
{
	for (unsigned api = 0; api < HOOK_ID_MAX; api++)
		if ((a[api / 64] | b[api / 64]) >> (api & 63) & 1)
			join(buf, sz, text_hook(api));
}

static void name_iterators(char *buf, size_t sz, const struct audit_row *row)
{
	for (u8 kind = 1; kind <= PIN_ITER_DISCARD; kind++)
		if (row->iter_kinds >> kind & 1)
			join(buf, sz, text_iter_kind(kind));
	if (*buf)
		join(buf, sz, row->dir == PIN_DIR_SOURCE ? "source" : "dest");
}

static void name_releases(char *buf, size_t sz, const struct audit_row *row)
{
	name_apis(buf, sz, row->pin.release_apis, row->get.release_apis);
	if (row->balance == BALANCE_UNSEEN && !row->get.released)
		join(buf, sz, "put_page");
}

static void fill(struct cells *c, const struct audit_row *row)
{
	memset(c, 0, sizeof(*c));
	text_clean(*row->fs ? row->fs : "-", c->text[COL_FS], sizeof(c->text[0]));
	snprintf(c->text[COL_VERDICT], sizeof(c->text[0]), "%s: %s", audit_verdict__name(row->verdict),
		 row->reason);
	if (row->verdict == AUDIT_NOT_TRIED)
		return;
	snprintf(c->text[COL_OP], sizeof(c->text[0]), "%s", audit_op__name(row->dir));
	snprintf(c->text[COL_WAY], sizeof(c->text[0]), "%s", audit_way__name(row->way, row->dir));
	name_iterators(c->text[COL_ITER], sizeof(c->text[0]), row);
	if (row->ops)
		snprintf(c->text[COL_OPS], sizeof(c->text[0]), "%" PRIu64, row->ops);
	name_apis(c->text[COL_BY], sizeof(c->text[0]), row->pin.apis, row->get.apis);
	snprintf(c->text[COL_MODE], sizeof(c->text[0]), "%s", audit_mode__name(row));
	snprintf(c->text[COL_PAGES], sizeof(c->text[0]), "%" PRIu64, row->pin.pages + row->get.pages);
	name_releases(c->text[COL_RELEASED_BY], sizeof(c->text[0]), row);
	snprintf(c->text[COL_RELEASED], sizeof(c->text[0]), "%" PRIu64,
		 row->pin.released + row->get.released + row->pin.crossed + row->get.crossed);
	snprintf(c->text[COL_BALANCED], sizeof(c->text[0]), "%s", audit_balance__name(row->balance));
}

static const struct cells head = { { "FS", "OP", "WAY IN", "ITERATOR", "OPS", "ACQUIRED BY", "MODE",
				     "PAGES", "RELEASED BY", "PAGES", "BALANCED", "VERDICT" } };

static bool is_number(int col)
{
	return col == COL_OPS || col == COL_PAGES || col == COL_RELEASED;
}

static void widen(int width[static COLS], const struct cells *c)
{
	for (int i = 0; i < COLS; i++)
		if ((int)strlen(c->text[i]) > width[i])
			width[i] = strlen(c->text[i]);
}

static void print_line(FILE *out, const int width[static COLS], const struct cells *c)
{
	for (int i = 0; i < COL_VERDICT; i++) {
		const char *text = *c->text[i] ? c->text[i] : "-";

		fprintf(out, is_number(i) ? "%*s  " : "%-*s  ", width[i], text);
	}
	fprintf(out, "%s\n", c->text[COL_VERDICT]);
}

static void print_look(const struct report *r, FILE *out, const char *what, u64 id)
{
	const struct event_stack *st = stacks__get(r->stacks, id);
	char raw[256], clean[256];

	if (!st || !st->nr)
		return;
	fprintf(out, "    %s", what);
	for (unsigned i = 0; i < st->nr && i < LOOK_FRAMES; i++) {
		stacks__frame_text(r->stacks, st, i, raw, sizeof(raw));
		fprintf(out, "%s%s", i ? " < " : " ", text_clean(raw, clean, sizeof(clean)));
	}
	fputc('\n', out);
}

/* With -v of every row; else of those that somebody has to look at. */
static void print_looks(const struct report *r, const struct render_opts *o, FILE *out,
			const struct audit_row *row)
{
	if (!o->verbose && row->verdict != AUDIT_VIOLATION && row->verdict != AUDIT_PARTIAL &&
	    row->verdict != AUDIT_UNCONVERTED)
		return;
	print_look(r, out, "pinned at", row->pin.stack_id);
	print_look(r, out, row->pin.crossed ? "put at" : "unpinned at", row->pin.release_stack_id);
	print_look(r, out, "got at", row->get.stack_id);
	print_look(r, out, row->get.crossed ? "unpinned at" : "put at", row->get.release_stack_id);
	if (!row->pin.pages && !row->get.pages)
		print_look(r, out, "entered at", row->op_stack_id);
}

void report__print_audit(const struct report *r, const struct render_opts *o, FILE *out)
{
	size_t shown = report__shown(o, r->nr_audit);
	int width[COLS] = { 0 };
	struct cells c;

	widen(width, &head);
	for (size_t i = 0; i < shown; i++) {
		fill(&c, &r->audit[i]);
		widen(width, &c);
	}
	if (!shown) {
		fputs("no direct I/O was seen\n", out);
		return;
	}
	print_line(out, width, &head);
	for (size_t i = 0; i < shown; i++) {
		fill(&c, &r->audit[i]);
		print_line(out, width, &c);
		print_looks(r, o, out, &r->audit[i]);
	}
	if (shown < r->nr_audit)
		fprintf(out, "and %zu more\n", r->nr_audit - shown);
	fputc('\n', out);
}
