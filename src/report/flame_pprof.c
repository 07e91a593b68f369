// SPDX-License-Identifier: GPL-2.0
/*
 * For pprof and the profilers that read its format: a gzipped protocol buffer (pprof.proto). A
 * node's name is a function, and each function has one location; addresses mean nothing here.
 */
#include <errno.h>
#include <stdlib.h>
#include <zlib.h>
#include "report/flame.h"
#include "report/name_table.h"
#include "pprof.pb-c.h"

/* The string table begins with "", then unit and name of the cost; names of frames follow. */
enum { STRING_NONE, STRING_COST, STRING_UNIT, STRING_TITLE, STRING_NAMES };

struct pprof {
	const struct flame *f;
	struct name_table names;
	Pprof__Profile profile;
	Pprof__ValueType type, *types[1];
	int64_t comment;
	char **strings;
	Pprof__Function *functions, **function_list;
	Pprof__Location *locations, **location_list;
	Pprof__Line *lines, **line_list;
	Pprof__Sample *samples, **sample_list;
	size_t nr_samples;
};

static int count_sample(const struct flame_node *const *path, size_t depth, void *arg)
{
	size_t *nr = arg;

	(void)path;
	(void)depth;
	(*nr)++;
	return 0;
}

static int add_sample(const struct flame_node *const *path, size_t depth, void *arg)
{
	struct pprof *p = arg;
	Pprof__Sample *s = &p->samples[p->nr_samples];

	pprof__sample__init(s);
	s->location_id = calloc(depth, sizeof(*s->location_id));
	s->value = calloc(1, sizeof(*s->value));
	p->sample_list[p->nr_samples++] = s; /* what it has is freed with it */
	if (!s->location_id || !s->value)
		return -ENOMEM;
	for (size_t i = 0; i < depth; i++)
		s->location_id[i] = name_table__number(&p->names, path[depth - 1 - i]->name) + 1;
	s->n_location_id = depth;
	s->value[0] = path[depth - 1]->self;
	s->n_value = 1;
	return 0;
}

static void add_name(struct pprof *p, u32 i)
{
	p->strings[STRING_NAMES + i] = (char *)p->names.names[i];
	pprof__function__init(&p->functions[i]);
	p->functions[i].has_id = p->functions[i].has_name = true;
	p->functions[i].id = i + 1;
	p->functions[i].name = STRING_NAMES + i;
	p->function_list[i] = &p->functions[i];

	pprof__line__init(&p->lines[i]);
	p->lines[i].has_function_id = true;
	p->lines[i].function_id = i + 1;
	p->line_list[i] = &p->lines[i];

	pprof__location__init(&p->locations[i]);
	p->locations[i].has_id = true;
	p->locations[i].id = i + 1;
	p->locations[i].n_line = 1;
	p->locations[i].line = &p->line_list[i];
	p->location_list[i] = &p->locations[i];
}

/* An array for each field of the messages, all as long as need be. */
static int reserve(struct pprof *p)
{
	size_t nr = p->names.nr + 1, nr_samples = 1;
	int err = flame__for_each_leaf(p->f, count_sample, &nr_samples);

	if (err)
		return err;
	p->strings = calloc(nr + STRING_NAMES, sizeof(*p->strings));
	p->functions = calloc(nr, sizeof(*p->functions));
	p->function_list = calloc(nr, sizeof(*p->function_list));
	p->locations = calloc(nr, sizeof(*p->locations));
	p->location_list = calloc(nr, sizeof(*p->location_list));
	p->lines = calloc(nr, sizeof(*p->lines));
	p->line_list = calloc(nr, sizeof(*p->line_list));
	p->samples = calloc(nr_samples, sizeof(*p->samples));
	p->sample_list = calloc(nr_samples, sizeof(*p->sample_list));
	return p->strings && p->functions && p->function_list && p->locations && p->location_list &&
			       p->lines && p->line_list && p->samples && p->sample_list
		       ? 0
		       : -ENOMEM;
}

static void release(struct pprof *p)
{
	for (size_t i = 0; i < p->nr_samples; i++) {
		free(p->samples[i].location_id);
		free(p->samples[i].value);
	}
	free(p->strings);
	free(p->functions);
	free(p->function_list);
	free(p->locations);
	free(p->location_list);
	free(p->lines);
	free(p->line_list);
	free(p->samples);
	free(p->sample_list);
	name_table__deinit(&p->names);
}

static int fill(struct pprof *p)
{
	int err = reserve(p);

	if (err)
		return err;
	p->strings[STRING_NONE] = "";
	p->strings[STRING_COST] = (char *)flame_cost__name(p->f->opts.cost);
	p->strings[STRING_UNIT] = (char *)flame_cost__unit(p->f->opts.cost);
	p->strings[STRING_TITLE] = (char *)p->f->title;
	for (u32 i = 0; i < p->names.nr; i++)
		add_name(p, i);
	pprof__value_type__init(&p->type);
	p->type.has_type = p->type.has_unit = true;
	p->type.type = STRING_COST;
	p->type.unit = STRING_UNIT;
	p->types[0] = &p->type;
	p->comment = STRING_TITLE;
	err = flame__for_each_leaf(p->f, add_sample, p);
	p->profile.n_sample_type = p->profile.n_comment = 1;
	p->profile.sample_type = p->types;
	p->profile.comment = &p->comment;
	p->profile.n_sample = p->nr_samples;
	p->profile.sample = p->sample_list;
	p->profile.n_function = p->profile.n_location = p->names.nr;
	p->profile.function = p->function_list;
	p->profile.location = p->location_list;
	p->profile.n_string_table = STRING_NAMES + p->names.nr;
	p->profile.string_table = p->strings;
	return err;
}

/* One gzip member, written at once: a profile is small. */
static int put_gzip(const u8 *data, size_t sz, FILE *out)
{
	z_stream z = { .next_in = (u8 *)data, .avail_in = sz };
	u8 *packed;
	uLong bound;
	int err = -ENOMEM;

	if (deflateInit2(&z, Z_DEFAULT_COMPRESSION, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY))
		return -ENOMEM;
	bound = deflateBound(&z, sz);
	packed = malloc(bound);
	if (packed) {
		z.next_out = packed;
		z.avail_out = bound;
		err = deflate(&z, Z_FINISH) == Z_STREAM_END ? 0 : -EIO;
		if (!err && (fwrite(packed, 1, z.total_out, out) != z.total_out || fflush(out)))
			err = -(errno ?: EIO);
	}
	free(packed);
	deflateEnd(&z);
	return err;
}

static int put_profile(const struct pprof *p, FILE *out)
{
	size_t sz = pprof__profile__get_packed_size(&p->profile);
	u8 *data = malloc(sz + 1);
	int err;

	if (!data)
		return -ENOMEM;
	pprof__profile__pack(&p->profile, data);
	err = put_gzip(data, sz, out);
	free(data);
	return err;
}

static int write_pprof(const struct flame *f, FILE *out)
{
	struct pprof p = { .f = f };
	int err = name_table__init(&p.names, f);

	pprof__profile__init(&p.profile);
	if (!err)
		err = fill(&p);
	if (!err)
		err = put_profile(&p, out);
	release(&p);
	return err;
}

const struct flame_format flame_pprof = { ".pb.gz", write_pprof };
