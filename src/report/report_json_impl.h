/* SPDX-License-Identifier: GPL-2.0 */
/* What the JSON report is written with; its schema is src/man/pinacct.schema.json. */
#ifndef PINACCT_REPORT_JSON_IMPL_H
#define PINACCT_REPORT_JSON_IMPL_H

#include <json-c/json.h>
#include "report/report.h"

/* json-c reports want of memory everywhere; the first one is kept here and ends the report. */
struct writer {
	FILE *out;
	const struct report *r;
	const struct render_opts *o;
	int err;
};

typedef struct json_object json;

json *json__checked(struct writer *w, json *value);
json *json__put(struct writer *w, json *obj, const char *key, json *value);
/* Nothing for no text. */
void json__put_text(struct writer *w, json *obj, const char *key, const char *text);
void json__put_num(struct writer *w, json *obj, const char *key, u64 num);
void json__put_stack(struct writer *w, json *obj, const char *key, u64 id);
/* A line: begun, filled, ended. */
json *json__begin(struct writer *w, const char *type);
void json__end(struct writer *w, json *obj);

void json__inventory_row(struct writer *w, const struct inventory_row *row);
void json__audit_row(struct writer *w, const struct audit_row *row);

#endif
