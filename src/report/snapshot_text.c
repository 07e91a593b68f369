// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <inttypes.h>
#include "base/format.h"
#include "base/out.h"
#include "kernel/cgroups.h"
#include "record/names.h"
#include "record/owner_text.h"
#include "report/snapshot.h"

static const char *zone_text(const struct rec_page *like, char *buf, size_t sz)
{
	if (like->zone == PAGE_ZONE_UNKNOWN)
		snprintf(buf, sz, "-");
	else
		snprintf(buf, sz, "%s/%u", text_page_zone(like->zone), like->node);
	return buf;
}

static const char *holder_text(const struct snapshot *s, const struct snapshot_row *row, char *buf,
			       size_t sz)
{
	if (row->owner < 0)
		snprintf(buf, sz, "%s", s->by == SNAPSHOT_BY_CGROUP ? "-" : "not known");
	else if (s->by == SNAPSHOT_BY_PROCESS)
		owner_text__process(&s->owners.owners[row->owner], buf, sz);
	else
		owner_text(&s->owners.owners[row->owner], buf, sz);
	return buf;
}

static void print_cgroup(u64 cgroup_id, FILE *out)
{
	char path[4096];

	if (cgroup__path(cgroup_id, path, sizeof(path)))
		out__printf(out, "; cgroup %s", path);
	else
		out__printf(out, "; cgroup %" PRIu64 " (gone)", cgroup_id);
}

static void print_row(const struct snapshot *s, const struct snapshot_row *row, FILE *out)
{
	const bool told = s->by == SNAPSHOT_BY_OBJECT || s->by == SNAPSHOT_BY_KIND;
	const struct rec_page *like = &row->like;
	char held[TEXT_NUM_BYTES], zone[48], holder[OWNER_TEXT_BYTES];

	out__printf(out, "%10s %10" PRIu64 " %10" PRIu64 " %10" PRIu64 "  %-5s %-8s %-10s %s",
		    text_bytes(row->pages * s->page_bytes, held), row->pins, row->pages,
		    row->folios,
		    !told	  ? "-"
		    : like->order ? "large"
				  : "small",
		    told ? text_page_kind(like->kind) : "-", zone_text(like, zone, sizeof(zone)),
		    s->by == SNAPSHOT_BY_KIND ? "-" : holder_text(s, row, holder, sizeof(holder)));
	if (*like->fs)
		out__printf(out, "; %s", like->fs);
	if (like->ino)
		out__printf(out, " %u:%u inode %" PRIu64, like->dev >> 20, like->dev & 0xfffff,
			    like->ino);
	if (like->cgroup_id)
		print_cgroup(like->cgroup_id, out);
	fputc('\n', out);
	if (row->unmapped)
		out__printf(
			out,
			"           %s of it mapped by nobody: the memory was freed by its process, but its registration never ended\n",
			text_bytes(row->unmapped * s->page_bytes, held));
}

/*
 * Drift: folio_add_pin() is not counted as acquired, its release is as released (6.12 gup.c:218).
 */
static void print_vmstat(const struct snapshot *s, FILE *out)
{
	u64 pins = s->small.pins + s->large.pins;
	s64 net = s->vm_acquired - s->vm_released;

	if (!s->have_vmstat || s->filter.pages || s->filter.movable)
		return;
	out__printf(out, "vmstat: net %" PRId64 " pinned; pages show %" PRIu64 "%s\n", net, pins,
		    net == (s64)pins ? ""
		    : net < 0	     ? " (below zero: folio_add_pin() is not counted there)"
			      : "; pins came and went while memory was read, or see the note");
}

static void print_filter(const struct snapshot_filter *f, FILE *out)
{
	if (f->pages)
		out__printf(out, " in page frames %#" PRIx64 "-%#" PRIx64, f->pfn,
			    f->pfn + f->pages - 1);
	if (f->movable)
		out__printf(out, " in zone Movable");
}

static void print_sums(const struct snapshot *s, FILE *out)
{
	u64 pages = s->small.pages + s->large.pages;
	char num[TEXT_NUM_BYTES], took[TEXT_NUM_BYTES], held[TEXT_NUM_BYTES];

	if (*s->owners_why)
		out__printf(out, "note: not all holders are known: %s\n", s->owners_why);
	if (s->small.folios)
		out__printf(
			out,
			"note: small folios are told by their refcount alone (1024 a pin): one with 1024 "
			"users or more reads as pinned\n");
	print_vmstat(s, out);
	out__printf(out, "SUMMARY: %s of %" PRIu64 " folios pinned",
		    text_count(pages, "page", num, sizeof(num)), s->small.folios + s->large.folios);
	print_filter(&s->filter, out);
	out__printf(out, ", %s held", text_bytes(pages * s->page_bytes, held));
	out__printf(out,
		    ", %" PRIu64 " pins (large folios %" PRIu64 ", small at most %" PRIu64
		    "); looked for %s\n",
		    s->small.pins + s->large.pins, s->large.pins, s->small.pins,
		    text_duration(s->took_ns, took));
}

int snapshot__print_text(const struct snapshot *s, u64 top, FILE *out)
{
	size_t shown = top && top < s->nr ? top : s->nr;

	if (shown)
		out__printf(out, "%10s %10s %10s %10s  %-5s %-8s %-10s %s\n", "HELD", "PINS",
			    "PAGES", "FOLIOS", "SIZE", "KIND", "ZONE/NODE", "HOLDER");
	for (size_t i = 0; i < shown; i++)
		print_row(s, s->rows[i], out);
	if (shown < s->nr)
		out__printf(out, "and %zu more rows\n", s->nr - shown);
	if (shown)
		fputc('\n', out);
	print_sums(s, out);
	return ferror(out) ? -EIO : 0;
}
