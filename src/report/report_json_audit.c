// SPDX-License-Identifier: GPL-2.0
/* The audit's rows as JSON. */
#include <errno.h>
#include "report/report_json_impl.h"
#include "record/names.h"

static void add_name(struct writer *w, json *list, const char *text)
{
	json *name = list && !w->err ? json__checked(w, json_object_new_string(text)) : NULL;

	if (name && json_object_array_add(list, name))
		w->err = -ENOMEM;
}

static void put_apis(struct writer *w, json *obj, const char *key, const u64 apis[static 2])
{
	json *list = json__put(w, obj, key, json_object_new_array());

	for (unsigned api = 0; api < HOOK_ID_MAX; api++)
		if (apis[api / 64] >> (api & 63) & 1)
			add_name(w, list, text_hook(api));
}

static void put_side(struct writer *w, json *obj, const char *key, const struct audit_side *side)
{
	json *sub;

	if (!side->pages)
		return;
	sub = json__put(w, obj, key, json_object_new_object());
	json__put_num(w, sub, "pages", side->pages);
	json__put_num(w, sub, "released", side->released);
	json__put_num(w, sub, "crossed", side->crossed);
	put_apis(w, sub, "by", side->apis);
	put_apis(w, sub, "released_by", side->release_apis);
	json__put_stack(w, sub, "stack", side->stack_id);
	json__put_stack(w, sub, "release_stack", side->release_stack_id);
}

static void put_iterators(struct writer *w, json *obj, u32 kinds)
{
	json *list = json__put(w, obj, "iterators", json_object_new_array());

	for (u8 kind = 1; kind <= PIN_ITER_DISCARD; kind++)
		if (kinds >> kind & 1)
			add_name(w, list, text_iter_kind(kind));
}

void json__audit_row(struct writer *w, const struct audit_row *row)
{
	json *obj = json__begin(w, "audit");

	json__put_text(w, obj, "fs", row->fs);
	if (row->verdict != AUDIT_NOT_TRIED) {
		json__put_text(w, obj, "op", audit_op__name(row->dir));
		json__put_text(w, obj, "way", audit_way__name(row->way, row->dir));
		put_iterators(w, obj, row->iter_kinds);
		if (row->ops)
			json__put_num(w, obj, "ops", row->ops);
		json__put_num(w, obj, "bounced", row->bounced);
		json__put_text(w, obj, "mode", audit_mode__name(row));
		put_side(w, obj, "pin", &row->pin);
		put_side(w, obj, "get", &row->get);
		json__put_text(w, obj, "balanced", audit_balance__name(row->balance));
	}
	json__put_text(w, obj, "verdict", audit_verdict__name(row->verdict));
	json__put_text(w, obj, "reason", row->reason);
	json__end(w, obj);
}
