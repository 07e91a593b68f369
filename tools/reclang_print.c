// SPDX-License-Identifier: GPL-2.0
/* Records to lines. */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include "record/decode.h"
#include "reclang.h"

/* What needs no quotes wherever it stands in a line. */
static bool plain(const char *text)
{
	static const char ok[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
				 "_.,:;/+*-@~^%&!?()[]<>{}|$";

	return *text && !text[strspn(text, ok)];
}

static void print_text(FILE *out, const char *text)
{
	if (plain(text)) {
		fputs(text, out);
		return;
	}
	fputc('"', out);
	for (; *text; text++) {
		unsigned char c = *text;

		if (c == '"' || c == '\\')
			fprintf(out, "\\%c", c);
		else if (c < ' ' || c >= 0x7f)
			fprintf(out, "\\x%02x", c);
		else
			fputc(c, out);
	}
	fputc('"', out);
}

/* A char array that may have no end; the caller has room for one more. */
static void text_of(char *dst, const void *rec, const struct reclang_field *f)
{
	memcpy(dst, (const char *)rec + f->off, f->sz);
	dst[f->sz] = '\0';
}

static void print_flags(FILE *out, const struct reclang_name *names, u64 value)
{
	const char *sep = "";

	for (; names->text; names++) {
		if (!(value & names->value))
			continue;
		fprintf(out, "%s%s", sep, names->text);
		value &= ~names->value;
		sep = ",";
	}
	if (value)
		fprintf(out, "%s0x%" PRIx64, sep, value);
}

static void print_runs(FILE *out, const struct rec_run *runs, u32 cnt)
{
	for (u32 i = 0; i < cnt; i++) {
		fprintf(out, "%s%" PRIu64 "%c%u", i ? "," : "", runs[i].pfn,
			runs[i].flags & RUN_FOLIO ? '*' : '+', runs[i].pages);
		if (runs[i].order == RUN_ORDER_UNKNOWN)
			fputs("/?", out);
		else if (runs[i].order)
			fprintf(out, "/%u", runs[i].order);
		if (runs[i].flags & RUN_NOPIN)
			fputc('!', out);
	}
}

static void print_data(FILE *out, const struct rec_hdr *rec)
{
	const u8 *bytes = (const void *)rec;

	for (size_t i = sizeof(*rec); i < rec->sz; i++)
		fprintf(out, "%02x", bytes[i]);
}

static s64 sign_extend(u64 value, size_t sz)
{
	unsigned shift = 64 - 8 * sz;

	return (s64)(value << shift) >> shift;
}

static void print_name_off(FILE *out, const struct rec_sym *sym)
{
	char text[sizeof(sym->name) + 32];

	snprintf(text, sizeof(text), "%.*s+0x%" PRIx64, (int)sizeof(sym->name), sym->name,
		 sym->off);
	print_text(out, text);
}

static void print_value(FILE *out, const struct reclang_kind *kind, const struct reclang_field *f,
			const struct rec_hdr *rec)
{
	const void *behind = (const char *)rec + kind->sz;
	char text[sizeof(struct rec_meta)];
	u64 pair[2], value;
	const char *name;

	switch (f->type) {
	case RECLANG_TEXT:
		text_of(text, rec, f);
		print_text(out, text);
		return;
	case RECLANG_MODULE:
		text[0] = '[';
		text_of(text + 1, rec, f);
		print_text(out, strcat(text, "]"));
		return;
	case RECLANG_NAMEOFF:
		print_name_off(out, (const void *)rec);
		return;
	case RECLANG_PAIR:
		memcpy(pair, (const char *)rec + f->off, sizeof(pair));
		fprintf(out, "%" PRIu64 "/%" PRIu64, pair[0], pair[1]);
		return;
	case RECLANG_DATA:
		print_data(out, rec);
		return;
	default:
		break;
	}
	value = reclang__get(rec, f);
	name = f->type == RECLANG_ENUM ? reclang__name(f->names, value) : NULL;
	if (name)
		fputs(name, out);
	else if (f->type == RECLANG_FLAGS)
		print_flags(out, f->names, value);
	else if (f->type == RECLANG_HEX)
		fprintf(out, "0x%" PRIx64, value);
	else if (f->type == RECLANG_SIGNED)
		fprintf(out, "%" PRId64, sign_extend(value, f->sz));
	else if (f->type == RECLANG_DEV)
		fprintf(out, "%" PRIu64 ":%" PRIu64, value >> 20, value & 0xfffff);
	else if (f->type == RECLANG_RUNS)
		print_runs(out, behind, value);
	else
		fprintf(out, "%" PRIu64, value);
}

/* What the parser would have there if the line said nothing. */
static bool is_default(const struct reclang_field *f, const struct rec_hdr *rec)
{
	u64 pair[2];

	switch (f->type) {
	case RECLANG_TEXT:
		return !strncmp((const char *)rec + f->off, reclang__default_text(rec, f), f->sz);
	case RECLANG_MODULE:
		return !*((const char *)rec + f->off);
	case RECLANG_PAIR:
		memcpy(pair, (const char *)rec + f->off, sizeof(pair));
		return !pair[0] && !pair[1];
	case RECLANG_DATA:
		return rec->sz == sizeof(*rec);
	default:
		return f->key && reclang__get(rec, f) == f->def;
	}
}

static void print_frames(FILE *out, const struct rec_stack *stack)
{
	const u64 *ips = (const void *)(stack + 1);

	for (unsigned i = 0; i < stack->nr; i++)
		fprintf(out, " 0x%" PRIx64, ips[i]);
}

static void print_fields(FILE *out, const struct reclang_kind *kind, const struct reclang_field *f,
			 const struct rec_hdr *rec)
{
	for (; f->sz; f++) {
		if (f->type == RECLANG_FRAMES) {
			print_frames(out, (const void *)rec);
		} else if (!is_default(f, rec)) {
			fputc(' ', out);
			if (f->key)
				fprintf(out, "%s=", f->key);
			print_value(out, kind, f, rec);
		}
	}
}

static char *line_of(const struct reclang_kind *kind, const struct rec_hdr *rec)
{
	char *line = NULL;
	size_t sz;
	FILE *out = open_memstream(&line, &sz);

	if (!out)
		return NULL;
	fputs(kind->text, out);
	print_fields(out, kind, reclang_common, rec);
	print_fields(out, kind, kind->fields, rec);
	if (fclose(out)) {
		free(line);
		return NULL;
	}
	return line;
}

/* Does the line say all that is in the record? 1, 0, or -ENOMEM. */
static int says_all(const char *line, const struct rec_hdr *rec)
{
	struct reclang_rec back;
	char err[128], *copy = strdup(line);
	int ret;

	if (!copy)
		return -ENOMEM;
	ret = reclang__parse(copy, &back, err, sizeof(err));
	free(copy);
	return ret == 1 && back.h.sz == rec->sz && !memcmp(&back, rec, rec->sz);
}

static int print_raw(FILE *out, const struct rec_hdr *rec, const char *why)
{
	char *line = line_of(reclang__kind_by_number(REC_NONE), rec);

	if (!line)
		return -ENOMEM;
	fprintf(out, "%s%s%s\n", line, why ? " # " : "", why ? why : "");
	free(line);
	return 0;
}

int reclang__print(FILE *out, const struct rec_hdr *rec)
{
	const struct reclang_kind *kind = reclang__kind_by_number(rec->kind);
	const char *why = NULL;
	struct event event;
	char *line;
	int ret;

	/* decode() sees to it that what is counted is there. */
	if (decode(rec, rec->sz, &event, &why) < 0 || !kind)
		return print_raw(out, rec, why);
	if (rec->sz < kind->sz) /* of a version whose record had fewer fields */
		return print_raw(out, rec, NULL);
	line = line_of(kind, rec);
	if (!line)
		return -ENOMEM;
	ret = says_all(line, rec);
	if (ret > 0)
		fprintf(out, "%s\n", line);
	free(line);
	return ret ? ret < 0 ? ret : 0 : print_raw(out, rec, NULL);
}
