// SPDX-License-Identifier: GPL-2.0
#include <inttypes.h>
#include "base/format.h"
#include "base/out.h"
#include "record/names.h"
#include "record/owner_text.h"
#include "report/report_owner.h"

void report__print_earlier(const struct earlier_pins *p, u64 page_bytes, u64 top, FILE *out)
{
	size_t shown = top && top < p->nr ? top : p->nr;
	char pages[2 * TEXT_NUM_BYTES], held[TEXT_NUM_BYTES], owner[OWNER_TEXT_BYTES];

	if (!p->nr)
		return;
	out__printf(out, "before the start: %s, %s held; still pinned\n",
		    text_count(p->pages, "page", pages, sizeof(pages)),
		    text_bytes(p->pages * page_bytes, held));
	for (size_t i = 0; i < shown; i++) {
		const struct earlier_row *row = &p->rows[i];

		out__printf(out, "  %10" PRIu64 " pages  %10s  %-8s %s\n", row->pages,
			    text_bytes(row->pages * page_bytes, held), text_page_kind(row->kind),
			    row->owner ? owner_text(row->owner, owner, sizeof(owner))
				       : "by whom is not known; see `pinacct snapshot`");
	}
	if (shown < p->nr)
		out__printf(out, "  and %zu more rows\n", p->nr - shown);
}

void json__put_owner(struct json_writer *w, const char *key, const struct rec_owner *owner)
{
	if (!owner || owner->kind == OWNER_NONE)
		return;
	json__begin_object(w, key);
	json__put_num(w, "pid", owner->pid ?: owner->tgid);
	if (owner->tgid)
		json__put_num(w, "tgid", owner->tgid);
	json__put_text(w, "comm", owner->comm);
	json__put_text(w, "how", owner->kind == OWNER_MAPPING ? "maps" : "owns");
	json__put_text(w, "kind", text_owner_kind(owner->kind));
	if (owner->fd >= 0)
		json__put_num(w, "fd", owner->fd);
	json__put_text(w, "path", owner->path);
	if (owner->bytes) {
		json__put_hex(w, "start", owner->start);
		json__put_num(w, "bytes", owner->bytes);
	}
	if (owner->kind != OWNER_MAPPING) {
		json__put_num(w, "more_files", owner->others);
		json__put_num(w, "pinned_vm_pages", owner->pinned_vm);
	}
	if (owner->locked_vm)
		json__put_num(w, "locked_vm_pages", owner->locked_vm);
	json__end_object(w);
}

void json__put_earlier(struct json_writer *w, const char *key, const struct earlier_pins *p,
		       u64 page_bytes)
{
	json__begin_array(w, key);
	for (size_t i = 0; i < p->nr; i++) {
		const struct earlier_row *row = &p->rows[i];

		json__begin_object(w, NULL);
		json__put_num(w, "pages", row->pages);
		json__put_num(w, "held_bytes", row->pages * page_bytes);
		json__put_num(w, "pins", row->pins);
		json__put_text(w, "kind", text_page_kind(row->kind));
		json__put_owner(w, "holder", row->owner);
		json__end_object(w);
	}
	json__end_array(w);
}
