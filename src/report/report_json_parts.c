// SPDX-License-Identifier: GPL-2.0
#include "base/format.h"
#include "record/names.h"
#include "report/report_json_parts.h"

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))

static void put_frame(struct json_writer *w, const struct stacks *stacks,
		      const struct event_stack *st, unsigned frame)
{
	u32 tgid = st->type == STACK_USER ? st->tgid : 0;
	const struct symbol *sym = stacks__sym(stacks, tgid, st->ips[frame]);

	json__begin_object(w, NULL);
	json__put_hex(w, "addr", st->ips[frame]);
	json__put_text(w, "name", sym->name);
	if (*sym->name)
		json__put_num(w, "off", sym->off);
	json__put_text(w, "module", sym->module);
	json__put_text(w, "file", sym->file);
	if (sym->line)
		json__put_num(w, "line", sym->line);
	json__end_object(w);
}

void json__put_stack(struct json_writer *w, const char *key, const struct stacks *stacks, u64 id)
{
	const struct event_stack *st = stacks__get(stacks, id);

	if (!id)
		return;
	json__begin_object(w, key);
	json__put_hex(w, "id", id);
	if (st) {
		json__put_bool(w, "truncated", st->flags & STACK_F_TRUNCATED);
		json__begin_array(w, "frames");
		for (unsigned i = 0; i < st->nr; i++)
			put_frame(w, stacks, st, i);
		json__end_array(w);
	}
	json__end_object(w);
}

void json__put_holder(struct json_writer *w, const struct json_holder *h)
{
	json__begin_object(w, "holder");
	json__put_text(w, "comm", h->task->comm);
	json__put_num(w, "tid", h->task->tid);
	json__put_num(w, "tgid", h->task->tgid);
	if (h->task->ns_tgid) {
		json__put_num(w, "ns_tid", h->task->ns_tid);
		json__put_num(w, "ns_tgid", h->task->ns_tgid);
	}
	json__put_hex(w, "cgroup_id", h->task->cgroup_id);
	json__put_hex(w, "mm", h->task->mm);
	json__put_bool(w, "kthread", h->kthread);
	json__put_bool(w, "exited", h->exited);
	json__put_bool(w, "mm_gone", h->mm_gone);
	json__put_bool(w, "workload", h->workload);
	json__end_object(w);
}

void json__put_call(struct json_writer *w, u16 api, u16 flags)
{
	static const struct {
		u16 bit;
		const char *name;
	} names[] = {
		{ PIN_F_LONGTERM, "FOLL_LONGTERM" },
		{ PIN_F_WRITE, "FOLL_WRITE" },
		{ PIN_F_IRQ, "IRQ" },
	};

	json__put_text(w, "api", text_hook(api));
	json__begin_array(w, "flags");
	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		if (flags & names[i].bit)
			json__put_text(w, NULL, names[i].name);
	json__end_array(w);
}

static void put_iterator(struct json_writer *w, const struct event_file *file)
{
	static const char *const dirs[] = {
		[PIN_DIR_SOURCE] = "source",
		[PIN_DIR_DEST] = "dest",
	};

	if (!*text_iter_kind(file->iter_kind))
		return;
	json__begin_object(w, "iterator");
	json__put_text(w, "kind", text_iter_kind(file->iter_kind));
	if (file->iter_dir && file->iter_dir <= PIN_DIR_DEST)
		json__put_text(w, "dir", dirs[file->iter_dir]);
	json__end_object(w);
}

void json__put_file(struct json_writer *w, const struct event_file *file)
{
	char dev[TEXT_NUM_BYTES];

	if (*file->fs || file->dev || file->ino) {
		json__begin_object(w, "file");
		json__put_text(w, "fs", file->fs);
		snprintf(dev, sizeof(dev), "%u:%u", file->dev >> 20, file->dev & 0xfffff);
		if (file->dev)
			json__put_text(w, "dev", dev);
		if (file->ino)
			json__put_num(w, "ino", file->ino);
		if (file->fs_hook)
			json__put_text(w, "named_by", text_hook(file->fs_hook));
		json__end_object(w);
	}
	put_iterator(w, file);
}
