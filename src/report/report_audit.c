// SPDX-License-Identifier: GPL-2.0
/*
 * The conversion table for people: a line a row, the verdict last, a stack below those that ask for
 * a look.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include "report/report.h"
#include "base/columns.h"
#include "base/format.h"
#include "base/out.h"
#include "record/names.h"

enum {
	COL_FS,
	COL_OP,
	COL_WAY,
	COL_ITER,
	COL_OPS,
	COL_BY,
	COL_MODE,
	COL_PAGES,
	COL_RELEASED_BY,
	COL_RELEASED,
	COL_BALANCED,
	COL_VERDICT,
	COLS
};

#define CELL COLUMNS_CELL_BYTES

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

static void fill(struct columns_line *c, const struct audit_row *row)
{
	memset(c, 0, sizeof(*c));
	snprintf(c->text[COL_FS], CELL, "%s", row->fs);
	snprintf(c->text[COL_VERDICT], CELL, "%s: %s", audit_verdict__name(row->verdict),
		 row->reason);
	if (row->verdict == AUDIT_NOT_TRIED)
		return;
	snprintf(c->text[COL_OP], CELL, "%s", audit_op__name(row->dir));
	snprintf(c->text[COL_WAY], CELL, "%s", audit_way__name(row->way, row->dir));
	name_iterators(c->text[COL_ITER], CELL, row);
	if (row->ops)
		snprintf(c->text[COL_OPS], CELL, "%" PRIu64, row->ops);
	name_apis(c->text[COL_BY], CELL, row->pin.apis, row->get.apis);
	snprintf(c->text[COL_MODE], CELL, "%s", audit_mode__name(row));
	snprintf(c->text[COL_PAGES], CELL, "%" PRIu64, row->pin.pages + row->get.pages);
	name_releases(c->text[COL_RELEASED_BY], CELL, row);
	snprintf(c->text[COL_RELEASED], CELL, "%" PRIu64,
		 row->pin.released + row->get.released + row->pin.crossed + row->get.crossed);
	snprintf(c->text[COL_BALANCED], CELL, "%s", audit_balance__name(row->balance));
}

static const struct columns_line head = { { "FS", "OP", "WAY IN", "ITERATOR", "OPS", "ACQUIRED BY",
					    "MODE", "PAGES", "RELEASED BY", "PAGES", "BALANCED",
					    "VERDICT" } };

/* With -v of every row; else of those that somebody has to look at. */
static void print_looks(const struct report *r, const struct render_opts *o, FILE *out,
			const struct audit_row *row)
{
	if (!o->verbose && row->verdict != AUDIT_VIOLATION && row->verdict != AUDIT_PARTIAL &&
	    row->verdict != AUDIT_UNCONVERTED)
		return;
	report__print_look(r, out, "pinned at", row->pin.stack_id);
	report__print_look(r, out, row->pin.crossed ? "put at" : "unpinned at",
			   row->pin.release_stack_id);
	report__print_look(r, out, "got at", row->get.stack_id);
	report__print_look(r, out, row->get.crossed ? "unpinned at" : "put at",
			   row->get.release_stack_id);
	if (!row->pin.pages && !row->get.pages)
		report__print_look(r, out, "entered at", row->op_stack_id);
}

void report__print_audit(const struct report *r, const struct render_opts *o, FILE *out)
{
	struct columns t = { .cols = COLS,
			     .numbers = 1u << COL_OPS | 1u << COL_PAGES | 1u << COL_RELEASED };
	size_t shown = report__shown(o, r->nr_audit);
	struct columns_line line;

	if (!shown) {
		fputs("no direct I/O was seen\n", out);
		return;
	}
	columns__measure(&t, &head);
	for (size_t i = 0; i < shown; i++) {
		fill(&line, &r->audit[i]);
		columns__measure(&t, &line);
	}
	columns__print(&t, &head, out);
	for (size_t i = 0; i < shown; i++) {
		fill(&line, &r->audit[i]);
		columns__print(&t, &line, out);
		print_looks(r, o, out, &r->audit[i]);
	}
	if (shown < r->nr_audit)
		out__printf(out, "and %zu more\n", r->nr_audit - shown);
	fputc('\n', out);
}
