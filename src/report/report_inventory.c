// SPDX-License-Identifier: GPL-2.0
/*
 * The long-term inventory for people: a line a row, a stack below those that have no better name.
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
	COL_SUBSYSTEM,
	COL_BACKING,
	COL_FS,
	COL_MODE,
	COL_OPEN,
	COL_HELD,
	COL_PAGES,
	COL_HOLDERS,
	COL_LARGEST,
	COLS
};

#define CELL COLUMNS_CELL_BYTES

static void put_number(char cell[static CELL], u64 n)
{
	snprintf(cell, CELL, "%" PRIu64, n);
}

static void fill(struct columns_line *c, const struct inventory_row *row, u64 page_bytes)
{
	char task[TEXT_TASK_BYTES];

	memset(c, 0, sizeof(*c));
	snprintf(c->text[COL_SUBSYSTEM], CELL, "%s", row->subsystem);
	if (row->backing != PAGE_KIND_NONE)
		snprintf(c->text[COL_BACKING], CELL, "%s", text_page_kind(row->backing));
	snprintf(c->text[COL_FS], CELL, "%s", row->fs);
	snprintf(c->text[COL_MODE], CELL, "%s", inventory_mode__name(row->mode));
	if (row->mode != INVENTORY_GET)
		put_number(c->text[COL_OPEN], row->open_pages);
	if (row->held_pages)
		text_bytes(row->held_pages * page_bytes, c->text[COL_HELD]);
	put_number(c->text[COL_PAGES], row->pages);
	if (!row->holders)
		return;
	put_number(c->text[COL_HOLDERS], row->holders);
	snprintf(c->text[COL_LARGEST], CELL, "%s, %" PRIu64, text_task(&row->largest, task),
		 row->largest_pages);
}

static const struct columns_line head = { { "SUBSYSTEM", "BACKING", "FS", "MODE", "OPEN", "HELD",
					    "PAGES", "HOLDERS", "LARGEST HOLDER, PAGES" } };

static bool is_nameless(const struct inventory_row *row)
{
	return row->stack_id && !strcmp(row->subsystem, "other");
}

void report__print_inventory(const struct report *r, const struct render_opts *o, FILE *out)
{
	struct columns t = { .cols = COLS,
			     .numbers = 1u << COL_OPEN | 1u << COL_HELD | 1u << COL_PAGES |
					1u << COL_HOLDERS };
	size_t shown = report__shown(o, r->nr_inventory);
	struct columns_line line;

	if (!shown) {
		fputs("nothing was pinned\n\n", out);
		return;
	}
	columns__measure(&t, &head);
	for (size_t i = 0; i < shown; i++) {
		fill(&line, &r->inventory[i], report__page_bytes(r));
		columns__measure(&t, &line);
	}
	columns__print(&t, &head, out);
	for (size_t i = 0; i < shown; i++) {
		fill(&line, &r->inventory[i], report__page_bytes(r));
		columns__print(&t, &line, out);
		if (o->verbose || is_nameless(&r->inventory[i]))
			report__print_look(r, out, "taken at", r->inventory[i].stack_id);
	}
	if (shown < r->nr_inventory)
		out__printf(out, "and %zu more\n", r->nr_inventory - shown);
	fputc('\n', out);
}
