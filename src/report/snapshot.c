// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <inttypes.h>
#include <search.h>
#include <stdlib.h>
#include <string.h>
#include "kernel/cgroups.h"
#include "base/compare.h"
#include "report/json_writer.h"
#include "report/snapshot.h"
#include "base/format.h"
#include "base/out.h"
#include "record/names.h"

#define SCHEMA_VERSION 1

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
	if (!row->like.cgroup_id)
		snprintf(buf, sz, "-");
	else if (!cgroup__path(row->like.cgroup_id, buf, sz))
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
		out__printf(
			out,
			"note: small folios are told by their refcount alone (1024 a pin): one with 1024 "
			"users or more reads as pinned\n");
	if (s->have_vmstat)
		out__printf(
			out, "vmstat: net %" PRId64 " pinned; pages show %" PRIu64 "%s\n", net,
			pins,
			net == (s64)pins ? ""
			: net < 0	 ? " (below zero: folio_add_pin() is not counted there)"
				  : "; pins came and went while memory was read, or see the note");
	out__printf(out, "SUMMARY: %s of %" PRIu64 " folios pinned",
		    text_count(s->small.pages + s->large.pages, "page", num, sizeof(num)),
		    s->small.folios + s->large.folios);
	out__printf(out,
		    ", %" PRIu64 " pins (large folios %" PRIu64 ", small at most %" PRIu64
		    "); looked for %s\n",
		    pins, s->large.pins, s->small.pins, text_duration(s->took_ns, took));
}

int snapshot__print_text(const struct snapshot *s, u64 top, FILE *out)
{
	size_t shown = top && top < s->nr ? top : s->nr;
	char who[4096], file[96];

	if (s->nr)
		qsort(s->rows, s->nr, sizeof(*s->rows), most_pins_first);
	if (shown)
		out__printf(out, "%10s %10s %10s  %-5s %-10s %-10s %-24s %s\n", "PINS", "PAGES",
			    "FOLIOS", "SIZE", "KIND", "FS", "FILE", "CGROUP");
	for (size_t i = 0; i < shown; i++) {
		const struct snapshot_row *row = s->rows[i];

		snprintf(file, sizeof(file), "-");
		if (row->like.ino)
			snprintf(file, sizeof(file), "%u:%u inode %" PRIu64, row->like.dev >> 20,
				 row->like.dev & 0xfffff, row->like.ino);
		out__printf(out,
			    "%10" PRIu64 " %10" PRIu64 " %10" PRIu64
			    "  %-5s %-10s %-10s %-24s %s\n",
			    row->pins, row->pages, row->folios, is_large(row) ? "large" : "small",
			    text_page_kind(row->like.kind), *row->like.fs ? row->like.fs : "-",
			    file, owner(row, who, sizeof(who)));
	}
	if (shown < s->nr)
		out__printf(out, "and %zu more rows\n", s->nr - shown);
	if (shown)
		fputc('\n', out);
	print_sums(s, out);
	return ferror(out) ? -EIO : 0;
}

static void print_row_json(struct json_writer *w, const struct snapshot_row *row)
{
	char path[4096];

	json__begin(w, "pinned");
	json__put_num(w, "schema_version", SCHEMA_VERSION);
	json__put_text(w, "kind", text_page_kind(row->like.kind));
	json__put_text(w, "size", is_large(row) ? "large" : "small");
	json__put_num(w, "pins", row->pins);
	json__put_num(w, "pages", row->pages);
	json__put_num(w, "folios", row->folios);
	json__put_text(w, "fs", row->like.fs);
	if (row->like.ino) {
		json__put_num(w, "dev_major", row->like.dev >> 20);
		json__put_num(w, "dev_minor", row->like.dev & 0xfffff);
		json__put_num(w, "ino", row->like.ino);
	}
	if (row->like.cgroup_id) {
		json__put_num(w, "cgroup_id", row->like.cgroup_id);
		if (cgroup__path(row->like.cgroup_id, path, sizeof(path)))
			json__put_text(w, "cgroup", path);
	}
	json__end(w);
}

static void print_sums_json(struct json_writer *w, const struct snapshot *s)
{
	json__begin(w, "snapshot");
	json__put_num(w, "schema_version", SCHEMA_VERSION);
	json__put_num(w, "page_bytes", s->page_bytes);
	json__put_num(w, "pages", s->small.pages + s->large.pages);
	json__put_num(w, "pins_large", s->large.pins);
	json__put_num(w, "pins_small_at_most", s->small.pins);
	if (s->have_vmstat)
		json__put_int(w, "vmstat_net", s->vm_acquired - s->vm_released);
	json__put_num(w, "pages_looked_at", s->looked_at);
	json__put_num(w, "took_ns", s->took_ns);
	json__put_num(w, "kernel_ns", s->busy_ns);
	json__end(w);
}

int snapshot__print_json(const struct snapshot *s, FILE *out)
{
	struct json_writer w = { .out = out };

	if (s->nr)
		qsort(s->rows, s->nr, sizeof(*s->rows), most_pins_first);
	for (size_t i = 0; i < s->nr; i++)
		print_row_json(&w, s->rows[i]);
	print_sums_json(&w, s);
	return ferror(out) ? -EIO : 0;
}
