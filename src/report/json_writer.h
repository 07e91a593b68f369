/* SPDX-License-Identifier: GPL-2.0 */
/*
 * All JSON that pinacct prints: NDJSON, one object a line, which begins with "type". Written field
 * by field as it comes, without memory of its own, so only the output can fail; libraries that
 * build an object first lose parts of it in silence when memory is short (json-c 0.16: printbuf).
 * Text is UTF-8 without control characters (format.h: text_clean()).
 */
#ifndef PINACCT_JSON_WRITER_H
#define PINACCT_JSON_WRITER_H

#include <stdbool.h>
#include <stdio.h>
#include <pinacct/types.h>

struct json_writer {
	FILE *out;
	bool comma; /* the next value is not the first of its object or array */
};

/* A line: {"type":TYPE, what is put in between, }. */
void json__begin(struct json_writer *w, const char *type);
void json__end(struct json_writer *w);

/*
 * An object or array within: what is put between begin and end is in it. `key` is NULL for elements
 * of an array, here and below.
 */
void json__begin_object(struct json_writer *w, const char *key);
void json__end_object(struct json_writer *w);
void json__begin_array(struct json_writer *w, const char *key);
void json__end_array(struct json_writer *w);

/* Nothing for NULL and "": a field that is not known is left out. */
void json__put_text(struct json_writer *w, const char *key, const char *text);
void json__put_num(struct json_writer *w, const char *key, u64 num);
void json__put_int(struct json_writer *w, const char *key, s64 num);
/* Nothing for what is no finite number. */
void json__put_double(struct json_writer *w, const char *key, double num);
void json__put_bool(struct json_writer *w, const char *key, bool value);
/* A string "0x...": addresses and other numbers that are compared and not counted. */
void json__put_hex(struct json_writer *w, const char *key, u64 num);

#endif
