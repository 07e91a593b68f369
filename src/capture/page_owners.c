// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/clock.h"
#include "base/log.h"
#include "base/progress.h"
#include "capture/page_owners.h"
#include "capture/pin_objects.h"
#include "kernel/page_tables.h"

/* ---- objects ---- */

struct collect_object {
	struct owner_index *index;
	u32 owner;
	int err;
};

static int take_address(const struct mapping *m, u64 addr, u64 pfn, void *arg)
{
	struct collect_object *c = arg;

	(void)m;
	(void)addr;
	return owner_index__add_pages(c->index, c->owner, pfn, 1);
}

/* Pages that are known by their addresses only, in the process that they are the addresses of. */
static int add_addresses(struct collect_object *c, u32 pid, const struct object_part *part)
{
	int err;

	if (!pid || part->bytes > PAGE_TABLES_SPAN_MAX)
		return 0;
	err = page_tables__range(pid, part->start, part->bytes, take_address, c);
	return err == -ENOMEM ? err : 0; /* whatever else: then these pages have no owner */
}

static int take_pages(const struct object_file *file, const struct object_part *part,
		      const struct page_span *spans, size_t n, void *arg)
{
	struct collect_object *c = arg;
	struct rec_owner *owner = &c->index->owners[c->owner];
	int err = 0;

	if (!owner->bytes) {
		owner->start = part->start;
		owner->bytes = part->bytes;
	}
	if (part->shape == PART_ADDRESSES)
		return add_addresses(c, part->pid ?: file->pid, part);
	for (size_t i = 0; i < n && !err; i++)
		err = owner_index__add_pages(c->index, c->owner, spans[i].pfn, spans[i].pages);
	return err;
}

static struct rec_owner owner_of(const struct object_file *file, u32 others, enum page_phase phase)
{
	struct rec_owner o = {
		.h = { .kind = REC_OWNER, .ts_ns = now_ns() },
		.object = file->object,
		.mm = file->mm,
		.pinned_vm = file->pinned_vm,
		.locked_vm = file->locked_vm,
		.tgid = file->tgid,
		.pid = file->pid,
		.fd = file->fd,
		.others = others,
		.kind = file->kind,
		.phase = phase,
	};

	memcpy(o.comm, file->comm, sizeof(o.comm));
	memcpy(o.path, file->path, sizeof(o.path));
	return o;
}

static int add_object(struct pin_objects *objects, const struct object_file *file, u32 others,
		      enum page_phase phase, struct owner_index *x)
{
	const struct rec_owner owner = owner_of(file, others, phase);
	struct collect_object c = { .index = x };

	return owner_index__add(x, &owner, &c.owner)
		       ?: pin_objects__pages(objects, file, take_pages, &c);
}

static int add_objects(struct pin_objects *objects, enum page_phase phase, struct owner_index *x)
{
	struct object_file *files;
	size_t nr, next;
	int err = pin_objects__files(objects, &files, &nr);

	for (size_t i = 0; i < nr && !err; i = next) {
		for (next = i + 1; next < nr && files[next].object == files[i].object; next++)
			;
		err = add_object(objects, &files[i], next - i - 1, phase, x);
	}
	free(files);
	return err;
}

int page_owners__by_object(const struct kernel *k, enum page_phase phase, struct owner_index *x,
			   char *err, size_t err_sz)
{
	struct pin_objects *objects = pin_objects__open(k, err, err_sz);
	int code = objects ? add_objects(objects, phase, x) : -errno;

	if (objects && code)
		snprintf(err, err_sz, "%s", strerror(-code));
	pin_objects__close(objects);
	return code;
}

/* ---- mappings ---- */

/* Page frames are looked up in a list; most are of no folio that is asked for, which a bit tells.
 */
#define BLOCK_SHIFT 9

struct collect_mapping {
	const struct folio_run *runs;
	size_t nr;
	u64 *found_before;     /* per run: how many folios the runs before it have */
	unsigned char *found;  /* a bit a folio: its mapper is known */
	unsigned char *blocks; /* a bit a block of page frames: has folios that are asked for */
	u64 nr_blocks;
	struct owner_index *index;
	enum page_phase phase;
	struct mapping mapping; /* of `owner` */
	u32 owner;
	struct progress progress;
	const struct owners_meanwhile *meanwhile;
};

static bool has_bit(const unsigned char *bits, u64 i)
{
	return bits[i / 8] >> (i % 8) & 1;
}

static void set_bit(unsigned char *bits, u64 i)
{
	bits[i / 8] |= 1u << (i % 8);
}

static u64 run_end(const struct folio_run *run)
{
	return run->pfn + ((u64)run->folios << run->order);
}

static const struct folio_run *find_run(const struct collect_mapping *c, u64 pfn)
{
	size_t low = 0, high = c->nr;

	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (pfn < c->runs[mid].pfn)
			high = mid;
		else if (pfn >= run_end(&c->runs[mid]))
			low = mid + 1;
		else
			return &c->runs[mid];
	}
	return NULL;
}

static int add_mapping(struct collect_mapping *c, const struct mapping *m)
{
	struct rec_owner owner = {
		.h = { .kind = REC_OWNER, .ts_ns = now_ns() },
		.start = m->start,
		.bytes = m->end - m->start,
		.pid = m->pid,
		.fd = -1,
		.kind = OWNER_MAPPING,
		.phase = c->phase,
	};

	c->mapping = *m;
	memcpy(owner.comm, m->comm, sizeof(owner.comm));
	memcpy(owner.path, m->what, sizeof(owner.path));
	return owner_index__add(c->index, &owner, &c->owner);
}

static int take_mapped(const struct mapping *m, u64 addr, u64 pfn, void *arg)
{
	struct collect_mapping *c = arg;
	const struct folio_run *run;
	u64 folio, bit;
	int err = 0;

	(void)addr;
	if (pfn >> BLOCK_SHIFT >= c->nr_blocks || !has_bit(c->blocks, pfn >> BLOCK_SHIFT))
		return 0;
	run = find_run(c, pfn);
	if (!run)
		return 0;
	folio = (pfn - run->pfn) >> run->order;
	bit = c->found_before[run - c->runs] + folio;
	if (has_bit(c->found, bit))
		return 0;
	set_bit(c->found, bit);
	if (c->mapping.pid != m->pid || c->mapping.start != m->start)
		err = add_mapping(c, m);
	return err
		       ?: owner_index__add_pages(c->index, c->owner,
						 run->pfn + (folio << run->order),
						 1ull << run->order);
}

static int collect_mapping__init(struct collect_mapping *c)
{
	u64 folios = 0;

	c->nr_blocks = (run_end(&c->runs[c->nr - 1]) >> BLOCK_SHIFT) + 1;
	c->found_before = calloc(c->nr, sizeof(*c->found_before));
	c->blocks = calloc(1, c->nr_blocks / 8 + 1);
	if (!c->found_before || !c->blocks)
		return -ENOMEM;
	for (size_t i = 0; i < c->nr; i++) {
		const struct folio_run *run = &c->runs[i];

		c->found_before[i] = folios;
		folios += run->folios;
		for (u64 b = run->pfn >> BLOCK_SHIFT; b <= (run_end(run) - 1) >> BLOCK_SHIFT; b++)
			set_bit(c->blocks, b);
	}
	c->found = calloc(1, folios / 8 + 1);
	return c->found ? 0 : -ENOMEM;
}

static int process_done(u64 done, u64 total, void *arg)
{
	struct collect_mapping *c = arg;

	progress__tell(&c->progress, done, total);
	return c->meanwhile ? c->meanwhile->fn(c->meanwhile->arg) : 0;
}

int page_owners__by_mapping(const struct folio_run *runs, size_t n, enum page_phase phase,
			    struct owner_index *x, const struct owners_meanwhile *meanwhile,
			    char *err, size_t err_sz)
{
	struct collect_mapping c = {
		.runs = runs, .nr = n, .index = x, .phase = phase, .meanwhile = meanwhile
	};
	struct page_tables_walk walk = { take_mapped, process_done, &c, 0 };
	int code;

	if (!n)
		return 0;
	code = collect_mapping__init(&c);
	if (!code) {
		progress__begin(&c.progress, "looking who maps them");
		code = page_tables__all(&walk);
		progress__end(&c.progress);
	}
	if (walk.skipped)
		log_info("%llu mappings of more than %llu GiB were not looked through",
			 (unsigned long long)walk.skipped, PAGE_TABLES_SPAN_MAX >> 30);
	if (code == -EPERM)
		snprintf(err, err_sz, "who maps pages is shown to CAP_SYS_ADMIN only");
	else if (code)
		snprintf(err, err_sz, "%s", strerror(-code));
	free(c.found_before);
	free(c.blocks);
	free(c.found);
	return code;
}
