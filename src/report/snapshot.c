// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <inttypes.h>
#include <json-c/json.h>
#include <search.h>
#include <stdlib.h>
#include <string.h>
#include "kernel/cgroups.h"
#include "base/compare.h"
#include "report/snapshot.h"
#include "base/format.h"
#include "record/names.h"

static bool is_large(const struct snapshot_row *row)
{
	return row->like.order;
}

static int by_owner(const void *a, const void *b)
{
	const struct snapshot_row *x = a, *y = b;

	COMPARE(x->like.kind, y->like.kind);
	COMPARE(is_large(x), is_large(y));
	COMPARE(x->like.dev, y->like.dev);
	COMPARE(x->like.ino, y->like.ino);
	COMPARE(x->like.cgroup_id, y->like.cgroup_id);
	return memcmp(x->like.fs, y->like.fs, sizeof(x->like.fs));
}

static struct snapshot_row *row_for(struct snapshot *s, const struct snapshot_row *like)
{
	struct snapshot_row **node = tfind(like, &s->index, by_owner), *row;

	if (node)
		return *node;
	if (s->nr == s->cap) {
		size_t cap = s->cap ? 2 * s->cap : 64;
		struct snapshot_row **grown = reallocarray(s->rows, cap, sizeof(*grown));

		if (!grown)
			return NULL;
		s->rows = grown;
		s->cap = cap;
	}
	row = malloc(sizeof(*row));
	if (!row)
		return NULL;
	*row = (struct snapshot_row){ .like = like->like };
	if (!tsearch(row, &s->index, by_owner)) {
		free(row);
		return NULL;
	}
	s->rows[s->nr++] = row;
	return row;
}

static void sum(struct snapshot_row *to, const struct rec_page *page)
{
	to->folios += page->folios;
	to->pages += (u64)page->folios << page->order;
	to->pins += (u64)page->folios * page->pincount;
}

int snapshot__add(struct snapshot *s, const struct rec_page *page)
{
	struct snapshot_row like = { .like = *page }, *row;

	if (s->by_backing)
		like.like.dev = like.like.ino = like.like.cgroup_id = 0;
	row = row_for(s, &like);
	if (!row)
		return -ENOMEM;
	sum(row, page);
	sum(page->order ? &s->large : &s->small, page);
	return 0;
}

static void keep(void *node)
{
	(void)node; /* owned by `rows` */
}

void snapshot__deinit(struct snapshot *s)
{
	tdestroy(s->index, keep);
	for (size_t i = 0; i < s->nr; i++)
		free(s->rows[i]);
	free(s->rows);
	*s = (struct snapshot){ 0 };
}

static int most_pins_first(const void *a, const void *b)
{
	const struct snapshot_row *x = *(struct snapshot_row *const *)a;
	const struct snapshot_row *y = *(struct snapshot_row *const *)b;

	COMPARE(y->pins, x->pins);
	return by_owner(x, y);
}

static const char *owner(const struct snapshot_row *row, char *buf, size_t sz)
{
	char path[4096];

	if (!row->like.cgroup_id)
		snprintf(buf, sz, "-");
	else if (cgroup__path(row->like.cgroup_id, path, sizeof(path)))
		text_clean(path, buf, sz);
	else
		snprintf(buf, sz, "cgroup %" PRIu64 " (gone)", row->like.cgroup_id);
	return buf;
}

/*
 * Drift: folio_add_pin() is not counted as acquired, its release is as released (6.12 gup.c:218).
 */
static void print_sums(const struct snapshot *s, FILE *out)
{
	u64 pins = s->small.pins + s->large.pins;
	char num[TEXT_NUM_BYTES], took[TEXT_NUM_BYTES];
	s64 net = s->vm_acquired - s->vm_released;

	if (s->small.folios)
		fprintf(out,
			"note: small folios are told by their refcount alone (1024 a pin): one with 1024 "
			"users or more reads as pinned\n");
	if (s->have_vmstat)
		fprintf(out, "vmstat: net %" PRId64 " pinned; pages show %" PRIu64 "%s\n", net,
			pins,
			net == (s64)pins ? ""
			: net < 0	 ? " (below zero: folio_add_pin() is not counted there)"
				  : "; pins came and went while memory was read, or see the note");
	fprintf(out, "SUMMARY: %s of %" PRIu64 " folios pinned",
		text_count(s->small.pages + s->large.pages, "page", num, sizeof(num)),
		s->small.folios + s->large.folios);
	fprintf(out,
		", %" PRIu64 " pins (large folios %" PRIu64 ", small at most %" PRIu64
		"); looked for %s\n",
		pins, s->large.pins, s->small.pins, text_duration(s->took_ns, took));
}

int snapshot__print_text(const struct snapshot *s, u64 top, FILE *out)
{
	size_t shown = top && top < s->nr ? top : s->nr;
	char fs[4 * PIN_FS_BYTES], who[512], file[96];

	if (s->nr)
		qsort(s->rows, s->nr, sizeof(*s->rows), most_pins_first);
	if (shown)
		fprintf(out, "%10s %10s %10s  %-5s %-10s %-10s %-24s %s\n", "PINS", "PAGES",
			"FOLIOS", "SIZE", "KIND", "FS", "FILE", "CGROUP");
	for (size_t i = 0; i < shown; i++) {
		const struct snapshot_row *row = s->rows[i];

		snprintf(file, sizeof(file), "-");
		if (row->like.ino)
			snprintf(file, sizeof(file), "%u:%u inode %" PRIu64, row->like.dev >> 20,
				 row->like.dev & 0xfffff, row->like.ino);
		fprintf(out,
			"%10" PRIu64 " %10" PRIu64 " %10" PRIu64 "  %-5s %-10s %-10s %-24s %s\n",
			row->pins, row->pages, row->folios, is_large(row) ? "large" : "small",
			text_page_kind(row->like.kind),
			*row->like.fs ? text_clean(row->like.fs, fs, sizeof(fs)) : "-", file,
			owner(row, who, sizeof(who)));
	}
	if (shown < s->nr)
		fprintf(out, "and %zu more rows\n", s->nr - shown);
	if (shown)
		fputc('\n', out);
	print_sums(s, out);
	return ferror(out) ? -EIO : 0;
}

static void put_num(struct json_object *o, const char *key, u64 n)
{
	json_object_object_add(o, key, json_object_new_uint64(n));
}

static void put_text(struct json_object *o, const char *key, const char *text)
{
	json_object_object_add(o, key, json_object_new_string(text));
}

static void print_line(struct json_object *o, FILE *out)
{
	fprintf(out, "%s\n", json_object_to_json_string_ext(o, JSON_C_TO_STRING_PLAIN));
	json_object_put(o);
}

static void print_row_json(const struct snapshot_row *row, FILE *out)
{
	struct json_object *o = json_object_new_object();
	char fs[4 * PIN_FS_BYTES], path[4096], clean[4096];

	json_object_object_add(o, "schema_version", json_object_new_int(1));
	put_text(o, "type", "pinned");
	put_text(o, "kind", text_page_kind(row->like.kind));
	put_text(o, "size", is_large(row) ? "large" : "small");
	put_num(o, "pins", row->pins);
	put_num(o, "pages", row->pages);
	put_num(o, "folios", row->folios);
	if (*row->like.fs)
		put_text(o, "fs", text_clean(row->like.fs, fs, sizeof(fs)));
	if (row->like.ino) {
		put_num(o, "dev_major", row->like.dev >> 20);
		put_num(o, "dev_minor", row->like.dev & 0xfffff);
		put_num(o, "ino", row->like.ino);
	}
	if (row->like.cgroup_id) {
		put_num(o, "cgroup_id", row->like.cgroup_id);
		if (cgroup__path(row->like.cgroup_id, path, sizeof(path)))
			put_text(o, "cgroup", text_clean(path, clean, sizeof(clean)));
	}
	print_line(o, out);
}

int snapshot__print_json(const struct snapshot *s, FILE *out)
{
	struct json_object *o;

	if (s->nr)
		qsort(s->rows, s->nr, sizeof(*s->rows), most_pins_first);
	for (size_t i = 0; i < s->nr; i++)
		print_row_json(s->rows[i], out);
	o = json_object_new_object();
	json_object_object_add(o, "schema_version", json_object_new_int(1));
	put_text(o, "type", "snapshot");
	put_num(o, "page_bytes", s->page_bytes);
	put_num(o, "pages", s->small.pages + s->large.pages);
	put_num(o, "pins_large", s->large.pins);
	put_num(o, "pins_small_at_most", s->small.pins);
	if (s->have_vmstat)
		json_object_object_add(o, "vmstat_net",
				       json_object_new_int64(s->vm_acquired - s->vm_released));
	put_num(o, "pages_looked_at", s->looked_at);
	put_num(o, "took_ns", s->took_ns);
	put_num(o, "kernel_ns", s->busy_ns);
	print_line(o, out);
	return ferror(out) ? -EIO : 0;
}
