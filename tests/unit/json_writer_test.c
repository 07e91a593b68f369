// SPDX-License-Identifier: GPL-2.0
/* What the JSON writer writes, byte by byte and read back by another's parser. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include <json-c/json.h>
#include "report/json_writer.h"

struct written {
	struct json_writer w;
	char *text;
	size_t sz;
};

static void begin(struct written *t)
{
	*t = (struct written){ 0 };
	t->w.out = open_memstream(&t->text, &t->sz);
	assert_non_null(t->w.out);
}

static void end(struct written *t, const char *want)
{
	assert_int_equal(fclose(t->w.out), 0);
	assert_string_equal(t->text, want);
	free(t->text);
}

static void test_values(void **state)
{
	struct written t;

	(void)state;
	begin(&t);
	json__begin(&t.w, "site");
	json__put_num(&t.w, "most", UINT64_MAX);
	json__put_int(&t.w, "least", INT64_MIN);
	json__put_double(&t.w, "half", 0.5);
	json__put_double(&t.w, "whole", 3);
	json__put_double(&t.w, "large", 1e300);
	json__put_double(&t.w, "none", NAN);
	json__put_bool(&t.w, "yes", true);
	json__put_bool(&t.w, "no", false);
	json__put_hex(&t.w, "addr", 0xffffffff81000000);
	json__put_text(&t.w, "empty", "");
	json__put_text(&t.w, "null", NULL);
	json__end(&t.w);
	end(&t,
	    "{\"type\":\"site\",\"most\":18446744073709551615,\"least\":-9223372036854775808,"
	    "\"half\":0.5,\"whole\":3.0,\"large\":1.0000000000000001e+300,\"yes\":true,\"no\":false,"
	    "\"addr\":\"0xffffffff81000000\"}\n");
}

static void test_nested(void **state)
{
	struct written t;

	(void)state;
	begin(&t);
	json__begin(&t.w, "a");
	json__begin_array(&t.w, "none");
	json__end_array(&t.w);
	json__begin_object(&t.w, "empty");
	json__end_object(&t.w);
	json__begin_array(&t.w, "list");
	json__put_text(&t.w, NULL, "x");
	json__put_num(&t.w, NULL, 1);
	json__begin_object(&t.w, NULL);
	json__put_num(&t.w, "n", 2);
	json__end_object(&t.w);
	json__begin_object(&t.w, NULL);
	json__end_object(&t.w);
	json__end_array(&t.w);
	json__put_num(&t.w, "after", 3);
	json__end(&t.w);
	json__begin(&t.w, "b");
	json__end(&t.w);
	end(&t,
	    "{\"type\":\"a\",\"none\":[],\"empty\":{},\"list\":[\"x\",1,{\"n\":2},{}],\"after\":3}\n"
	    "{\"type\":\"b\"}\n");
}

static void test_text(void **state)
{
	static const char hostile[] = "q\" b\\ /\n\033[31m\x7f\xff \xc3\xa4 \xe2\x80\xae \"";
	struct json_tokener *tok = json_tokener_new();
	struct json_object *line;
	struct written t;

	(void)state;
	begin(&t);
	json__begin(&t.w, "t");
	json__put_text(&t.w, "name", hostile);
	json__end(&t.w);
	fflush(t.w.out);
	json_tokener_set_flags(tok, JSON_TOKENER_STRICT | JSON_TOKENER_VALIDATE_UTF8);
	line = json_tokener_parse_ex(tok, t.text, (int)t.sz);
	assert_non_null(line);
	assert_string_equal(json_object_get_string(json_object_object_get(line, "name")),
			    "q\" b\\ /\\x0a\\x1b[31m\\x7f\\xff \xc3\xa4 \\xe2\\x80\\xae \"");
	json_object_put(line);
	json_tokener_free(tok);
	end(&t, "{\"type\":\"t\",\"name\":\"q\\\" b\\\\ /\\\\x0a\\\\x1b[31m\\\\x7f\\\\xff \xc3\xa4 "
		"\\\\xe2\\\\x80\\\\xae \\\"\"}\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_values),
		cmocka_unit_test(test_nested),
		cmocka_unit_test(test_text),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
