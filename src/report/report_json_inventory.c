// SPDX-License-Identifier: GPL-2.0
/* The long-term inventory's rows as JSON. */
#include "record/names.h"
#include "report/report_json_parts.h"
#include "report/report_json_rows.h"

void json__inventory_row(struct json_writer *w, const struct report *r,
			 const struct inventory_row *row)
{
	json__begin(w, "inventory");
	json__put_text(w, "subsystem", row->subsystem);
	if (row->backing != PAGE_KIND_NONE)
		json__put_text(w, "backing", text_page_kind(row->backing));
	json__put_text(w, "fs", row->fs);
	if (row->mode != INVENTORY_BEFORE)
		json__put_text(w, "mode", inventory_mode__name(row->mode));
	if (row->mode != INVENTORY_GET)
		json__put_num(w, "open_pages", row->open_pages);
	if (row->held_pages)
		json__put_num(w, "held_bytes", row->held_pages * report__page_bytes(r));
	json__put_num(w, "pages", row->pages);
	if (row->holders) {
		json__put_num(w, "holders", row->holders);
		json__begin_object(w, "largest");
		json__put_text(w, "comm", row->largest.comm);
		json__put_num(w, "tgid", row->largest.tgid);
		json__put_num(w, "pages", row->largest_pages);
		json__end_object(w);
	}
	json__put_stack(w, "stack", r->stacks, row->stack_id);
	json__end(w);
}
