// SPDX-License-Identifier: GPL-2.0
/* For speedscope (https://www.speedscope.app/file-format-schema.json): one sampled profile. */
#include "base/out.h"
#include "report/flame.h"
#include "report/report.h"
#include "report/json_writer.h"
#include "report/name_table.h"

struct samples {
	const struct name_table *names;
	struct json_writer *w;
};

static int put_sample(const struct flame_node *const *path, size_t depth, void *arg)
{
	struct samples *s = arg;

	json__begin_array(s->w, NULL);
	for (size_t i = 0; i < depth; i++)
		json__put_num(s->w, NULL, name_table__number(s->names, path[i]->name));
	json__end_array(s->w);
	return 0;
}

static int put_weight(const struct flame_node *const *path, size_t depth, void *arg)
{
	struct samples *s = arg;

	json__put_num(s->w, NULL, path[depth - 1]->self);
	return 0;
}

static void put_frames(struct json_writer *w, const struct name_table *names)
{
	json__begin_object(w, "shared");
	json__begin_array(w, "frames");
	for (u32 i = 0; i < names->nr; i++) {
		json__begin_object(w, NULL);
		json__put_text(w, "name", names->names[i]);
		json__end_object(w);
	}
	json__end_array(w);
	json__end_object(w);
}

static int put_profile(struct json_writer *w, const struct flame *f, const struct name_table *names)
{
	struct samples s = { names, w };
	int err;

	json__begin_object(w, NULL);
	json__put_text(w, "type", "sampled");
	json__put_text(w, "name", f->title);
	/* of its units only bytes is one of ours; "none" is a bare number */
	json__put_text(w, "unit", f->opts.cost == FLAME_HELD ? "bytes" : "none");
	json__put_num(w, "startValue", 0);
	json__put_num(w, "endValue", f->root->total);
	json__begin_array(w, "samples");
	err = flame__for_each_leaf(f, put_sample, &s);
	json__end_array(w);
	json__begin_array(w, "weights");
	if (!err)
		err = flame__for_each_leaf(f, put_weight, &s);
	json__end_array(w);
	json__end_object(w);
	return err;
}

static int write_speedscope(const struct flame *f, FILE *out)
{
	struct json_writer w = { .out = out };
	struct name_table names;
	int err = name_table__init(&names, f);

	if (!err) {
		json__begin_object(&w, NULL);
		json__put_text(&w, "$schema", "https://www.speedscope.app/file-format-schema.json");
		json__put_text(&w, "exporter", "pinacct");
		put_frames(&w, &names);
		json__begin_array(&w, "profiles");
		err = put_profile(&w, f, &names);
		json__end_array(&w);
		json__end_object(&w);
		out__raw(out, "\n");
	}
	if (!err)
		err = report__finish(out);
	name_table__deinit(&names);
	return err;
}

const struct flame_format flame_speedscope = { ".speedscope.json", write_speedscope };
