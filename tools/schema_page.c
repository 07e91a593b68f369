// SPDX-License-Identifier: GPL-2.0
/*
 * Prints the definitions of a JSON schema as troff, for pinacct-json(5): a section for each, a
 * paragraph for each member, in the schema's order.
 */
#include <json-c/json.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

static const char *text_of(struct json_object *o, const char *key)
{
	struct json_object *value;

	return json_object_object_get_ex(o, key, &value) ? json_object_get_string(value) : NULL;
}

/* Text for troff: no dash becomes a hyphen, no line a request. */
static void put(const char *text)
{
	for (; *text; text++) {
		if (*text == '-' || *text == '\\')
			putchar('\\');
		putchar(*text == '\\' ? 'e' : *text);
	}
}

static bool has(struct json_object *list, const char *name)
{
	for (size_t i = 0; list && i < json_object_array_length(list); i++)
		if (!strcmp(json_object_get_string(json_object_array_get_idx(list, i)), name))
			return true;
	return false;
}

/* "number", "string, one of ...", "see stack": what a value looks like. */
static void put_type(struct json_object *value)
{
	const char *type = text_of(value, "type"), *ref = text_of(value, "$ref"), *word = "";
	struct json_object *list;

	if (ref)
		printf("see \\fI%s\\fR", strrchr(ref, '/') + 1);
	else if (type)
		printf("%s", !strcmp(type, "integer") ? "number" : type);
	else
		printf("%s", text_of(value, "const") ? "number" : "string");
	if (type && !strcmp(type, "array") && json_object_object_get_ex(value, "items", &list)) {
		printf(" of: ");
		put_type(list);
	}
	if (!json_object_object_get_ex(value, "enum", &list))
		return;
	printf(":");
	for (size_t i = 0; i < json_object_array_length(list); i++) {
		printf("%s \\fB", word);
		put(json_object_get_string(json_object_array_get_idx(list, i)));
		printf("\\fR");
		word = ",";
	}
}

static void put_members(struct json_object *object)
{
	struct json_object *members, *required = NULL, *inner;

	if (!json_object_object_get_ex(object, "properties", &members))
		return;
	json_object_object_get_ex(object, "required", &required);
	json_object_object_foreach(members, name, value)
	{
		if (!strcmp(name, "type"))
			continue;
		printf(".TP\n\\fB%s\\fR%s (", name, has(required, name) ? "" : ", perhaps");
		put_type(value);
		printf(")\n");
		put(text_of(value, "description") ?: "");
		putchar('\n');
		inner = value;
		if (!json_object_object_get_ex(value, "properties", &inner))
			json_object_object_get_ex(value, "items", &inner);
		else
			inner = value;
		if (!inner || !json_object_object_get_ex(inner, "properties", NULL))
			continue;
		printf(".RS\n");
		put_members(inner);
		printf(".RE\n");
	}
}

static void put_definition(struct json_object *def)
{
	struct json_object *members, *type;

	printf(".SS \"%s\"\n", text_of(def, "title"));
	if (json_object_object_get_ex(def, "properties", &members) &&
	    json_object_object_get_ex(members, "type", &type) && text_of(type, "const"))
		printf("\\fBtype\\fR is \\fB%s\\fR.\n", text_of(type, "const"));
	put(text_of(def, "description"));
	putchar('\n');
	if (!json_object_object_get_ex(def, "properties", NULL)) {
		put_type(def);
		putchar('\n');
	}
	put_members(def);
}

int main(int argc, char **argv)
{
	struct json_object *schema = argc == 2 ? json_object_from_file(argv[1]) : NULL, *defs;

	if (!schema || !json_object_object_get_ex(schema, "$defs", &defs)) {
		fprintf(stderr, "usage: schema_page SCHEMA: a JSON schema with $defs: %s\n",
			json_util_get_last_err() ?: "");
		return 1;
	}
	json_object_object_foreach(defs, name, def)
	{
		(void)name;
		put_definition(def);
	}
	json_object_put(schema);
	return ferror(stdout) || fflush(stdout) ? 1 : 0;
}
