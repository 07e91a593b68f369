// SPDX-License-Identifier: GPL-2.0
#include <inttypes.h>
#include <math.h>
#include <string.h>
#include "base/format.h"
#include "base/out.h"
#include "report/json_writer.h"

/* Bytes that text begins with and that need no escape. */
static size_t plain_bytes(const char *text)
{
	size_t total = 0, len;

	while ((len = text_printable(text + total)) && text[total] != '"' && text[total] != '\\')
		total += len;
	return total;
}

/* Escaped twice: what is not printable as text_clean() does it, and that as JSON wants it. */
static void put_string(FILE *out, const char *text)
{
	out__raw(out, "\"");
	for (;;) {
		size_t plain = plain_bytes(text);

		fwrite(text, 1, plain, out);
		text += plain;
		if (!*text)
			break;
		if (text_printable(text))
			out__printf(out, "\\%c", *text);
		else
			out__printf(out, "\\\\x%02x", (unsigned char)*text);
		text++;
	}
	out__raw(out, "\"");
}

/* What stands before each value. */
static void put_key(struct json_writer *w, const char *key)
{
	if (w->comma)
		out__raw(w->out, ",");
	w->comma = true;
	if (!key)
		return;
	put_string(w->out, key);
	out__raw(w->out, ":");
}

static void open(struct json_writer *w, const char *bracket)
{
	out__raw(w->out, bracket);
	w->comma = false;
}

static void close(struct json_writer *w, const char *bracket)
{
	out__raw(w->out, bracket);
	w->comma = true;
}

void json__begin(struct json_writer *w, const char *type)
{
	open(w, "{");
	json__put_text(w, "type", type);
}

void json__end(struct json_writer *w)
{
	close(w, "}\n");
}

void json__begin_object(struct json_writer *w, const char *key)
{
	put_key(w, key);
	open(w, "{");
}

void json__end_object(struct json_writer *w)
{
	close(w, "}");
}

void json__begin_array(struct json_writer *w, const char *key)
{
	put_key(w, key);
	open(w, "[");
}

void json__end_array(struct json_writer *w)
{
	close(w, "]");
}

void json__put_text(struct json_writer *w, const char *key, const char *text)
{
	if (!text || !*text)
		return;
	put_key(w, key);
	put_string(w->out, text);
}

void json__put_num(struct json_writer *w, const char *key, u64 num)
{
	put_key(w, key);
	out__printf(w->out, "%" PRIu64, num);
}

void json__put_int(struct json_writer *w, const char *key, s64 num)
{
	put_key(w, key);
	out__printf(w->out, "%" PRId64, num);
}

/* 17 digits bring the same number back; with a point, so that readers take it for a double. */
void json__put_double(struct json_writer *w, const char *key, double num)
{
	char text[TEXT_NUM_BYTES];

	if (!isfinite(num))
		return;
	put_key(w, key);
	snprintf(text, sizeof(text), "%.17g", num);
	out__raw(w->out, text);
	if (!strpbrk(text, ".e"))
		out__raw(w->out, ".0");
}

void json__put_bool(struct json_writer *w, const char *key, bool value)
{
	put_key(w, key);
	out__raw(w->out, value ? "true" : "false");
}

void json__put_hex(struct json_writer *w, const char *key, u64 num)
{
	char hex[TEXT_NUM_BYTES];

	snprintf(hex, sizeof(hex), "0x%" PRIx64, num);
	json__put_text(w, key, hex);
}
