// SPDX-License-Identifier: GPL-2.0
/*
 * snapshot --json: a line a row, of type "pinned", and one of type "snapshot" for the whole. What
 * rows are not made by, or is not known, is left out.
 */
#include <errno.h>
#include "kernel/cgroups.h"
#include "record/names.h"
#include "report/report_owner.h"
#include "report/snapshot.h"

#define SCHEMA_VERSION 1

static void put_process(struct json_writer *w, const struct rec_owner *owner)
{
	json__begin_object(w, "holder");
	json__put_num(w, "pid", owner->pid ?: owner->tgid);
	if (owner->tgid)
		json__put_num(w, "tgid", owner->tgid);
	json__put_text(w, "comm", owner->comm);
	json__end_object(w);
}

static void put_holder(struct json_writer *w, const struct snapshot *s,
		       const struct rec_owner *owner)
{
	if (s->by == SNAPSHOT_BY_PROCESS)
		put_process(w, owner);
	else
		json__put_owner(w, "holder", owner);
}

static void put_memory(struct json_writer *w, const struct rec_page *like)
{
	char path[4096];

	json__put_text(w, "fs", like->fs);
	if (like->ino) {
		json__put_num(w, "dev_major", like->dev >> 20);
		json__put_num(w, "dev_minor", like->dev & 0xfffff);
		json__put_num(w, "ino", like->ino);
	}
	if (like->cgroup_id) {
		json__put_num(w, "cgroup_id", like->cgroup_id);
		if (cgroup__path(like->cgroup_id, path, sizeof(path)))
			json__put_text(w, "cgroup", path);
	}
	if (like->zone) {
		json__put_text(w, "zone", text_page_zone(like->zone));
		json__put_num(w, "node", like->node);
	}
}

static void print_row(struct json_writer *w, const struct snapshot *s,
		      const struct snapshot_row *row)
{
	json__begin(w, "pinned");
	json__put_num(w, "schema_version", SCHEMA_VERSION);
	if (s->by == SNAPSHOT_BY_OBJECT || s->by == SNAPSHOT_BY_KIND) {
		json__put_text(w, "kind", text_page_kind(row->like.kind));
		json__put_text(w, "size", row->like.order ? "large" : "small");
	}
	json__put_num(w, "pins", row->pins);
	json__put_num(w, "pages", row->pages);
	json__put_num(w, "folios", row->folios);
	json__put_num(w, "held_bytes", row->pages * s->page_bytes);
	json__put_num(w, "unmapped_pages", row->unmapped);
	put_memory(w, &row->like);
	if (row->owner >= 0)
		put_holder(w, s, &s->owners.owners[row->owner]);
	json__end(w);
}

static void print_sums(struct json_writer *w, const struct snapshot *s)
{
	u64 pages = s->small.pages + s->large.pages;

	json__begin(w, "snapshot");
	json__put_num(w, "schema_version", SCHEMA_VERSION);
	json__put_num(w, "page_bytes", s->page_bytes);
	if (s->filter.pages) {
		json__put_num(w, "pfn_first", s->filter.pfn);
		json__put_num(w, "pfn_last", s->filter.pfn + s->filter.pages - 1);
	}
	if (s->filter.movable)
		json__put_bool(w, "movable_only", true);
	json__put_num(w, "pages", pages);
	json__put_num(w, "held_bytes", pages * s->page_bytes);
	json__put_num(w, "pins_large", s->large.pins);
	json__put_num(w, "pins_small_at_most", s->small.pins);
	if (s->have_vmstat)
		json__put_int(w, "vmstat_net", s->vm_acquired - s->vm_released);
	json__put_text(w, "holders_not_known", s->owners_why);
	json__put_num(w, "pages_looked_at", s->looked_at);
	json__put_num(w, "took_ns", s->took_ns);
	json__put_num(w, "kernel_ns", s->busy_ns);
	json__end(w);
}

int snapshot__print_json(const struct snapshot *s, FILE *out)
{
	struct json_writer w = { .out = out };

	for (size_t i = 0; i < s->nr; i++)
		print_row(&w, s, s->rows[i]);
	print_sums(&w, s);
	return ferror(out) ? -EIO : 0;
}
