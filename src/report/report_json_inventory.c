// SPDX-License-Identifier: GPL-2.0
/* The long-term inventory's rows as JSON. */
#include "report/report_json_impl.h"
#include "record/names.h"

void json__inventory_row(struct writer *w, const struct inventory_row *row)
{
	json *obj = json__begin(w, "inventory"), *largest;

	json__put_text(w, obj, "subsystem", row->subsystem);
	if (row->backing != PAGE_KIND_NONE)
		json__put_text(w, obj, "backing", text_page_kind(row->backing));
	json__put_text(w, obj, "fs", row->fs);
	if (row->mode != INVENTORY_BEFORE)
		json__put_text(w, obj, "mode", inventory_mode__name(row->mode));
	if (row->mode != INVENTORY_GET)
		json__put_num(w, obj, "open_pages", row->open_pages);
	json__put_num(w, obj, "pages", row->pages);
	if (row->holders) {
		json__put_num(w, obj, "holders", row->holders);
		largest = json__put(w, obj, "largest", json_object_new_object());
		json__put_text(w, largest, "comm", row->largest.comm);
		json__put_num(w, largest, "tgid", row->largest.tgid);
		json__put_num(w, largest, "pages", row->largest_pages);
	}
	json__put_stack(w, obj, "stack", row->stack_id);
	json__end(w, obj);
}
