// SPDX-License-Identifier: GPL-2.0
/* The audit's rows as JSON. */
#include "record/names.h"
#include "report/report_json_parts.h"
#include "report/report_json_rows.h"

static void put_apis(struct json_writer *w, const char *key, const u64 apis[static 2])
{
	json__begin_array(w, key);
	for (unsigned api = 0; api < HOOK_ID_MAX; api++)
		if (apis[api / 64] >> (api & 63) & 1)
			json__put_text(w, NULL, text_hook(api));
	json__end_array(w);
}

static void put_side(struct json_writer *w, const struct stacks *stacks, const char *key,
		     const struct audit_side *side)
{
	if (!side->pages)
		return;
	json__begin_object(w, key);
	json__put_num(w, "pages", side->pages);
	json__put_num(w, "released", side->released);
	json__put_num(w, "crossed", side->crossed);
	put_apis(w, "by", side->apis);
	put_apis(w, "released_by", side->release_apis);
	json__put_stack(w, "stack", stacks, side->stack_id);
	json__put_stack(w, "release_stack", stacks, side->release_stack_id);
	json__end_object(w);
}

static void put_iterators(struct json_writer *w, u32 kinds)
{
	json__begin_array(w, "iterators");
	for (u8 kind = 1; kind <= PIN_ITER_DISCARD; kind++)
		if (kinds >> kind & 1)
			json__put_text(w, NULL, text_iter_kind(kind));
	json__end_array(w);
}

void json__audit_row(struct json_writer *w, const struct stacks *stacks,
		     const struct audit_row *row)
{
	json__begin(w, "audit");
	json__put_text(w, "fs", row->fs);
	if (row->verdict != AUDIT_NOT_TRIED) {
		json__put_text(w, "op", audit_op__name(row->dir));
		json__put_text(w, "way", audit_way__name(row->way, row->dir));
		put_iterators(w, row->iter_kinds);
		if (row->ops)
			json__put_num(w, "ops", row->ops);
		json__put_num(w, "bounced", row->bounced);
		json__put_text(w, "mode", audit_mode__name(row));
		put_side(w, stacks, "pin", &row->pin);
		put_side(w, stacks, "get", &row->get);
		json__put_text(w, "balanced", audit_balance__name(row->balance));
	}
	json__put_text(w, "verdict", audit_verdict__name(row->verdict));
	json__put_text(w, "reason", row->reason);
	json__end(w);
}
