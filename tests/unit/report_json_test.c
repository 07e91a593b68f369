// SPDX-License-Identifier: GPL-2.0
/* What programs read: NDJSON whose every line parses, and folded stacks. */
#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include <json-c/json.h>
#include "report_world.h"

#define LINES_MAX 64

/* The lines of a JSON report, each parsed strictly. */
struct lines {
	struct json_object *obj[LINES_MAX];
	size_t cnt;
};

static void parse(struct world *w, struct lines *lines)
{
	char *text = world_render(w, "json"), *save = NULL;
	struct json_tokener *tok = json_tokener_new();

	json_tokener_set_flags(tok, JSON_TOKENER_STRICT | JSON_TOKENER_VALIDATE_UTF8);
	lines->cnt = 0;
	assert_true(*text && text[strlen(text) - 1] == '\n');
	for (char *line = strtok_r(text, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
		assert_true(lines->cnt < LINES_MAX);
		json_tokener_reset(tok);
		lines->obj[lines->cnt] = json_tokener_parse_ex(tok, line, (int)strlen(line) + 1);
		if (!lines->obj[lines->cnt])
			fail_msg("%s in: %s", json_tokener_error_desc(json_tokener_get_error(tok)),
				 line);
		lines->cnt++;
	}
	json_tokener_free(tok);
	free(text);
}

static void free_lines(struct lines *lines)
{
	for (size_t i = 0; i < lines->cnt; i++)
		json_object_put(lines->obj[i]);
}

/* A value by path: "holder.comm"; NULL when it is not there. */
static struct json_object *at(struct json_object *obj, const char *path)
{
	char copy[64], *save = NULL;

	snprintf(copy, sizeof(copy), "%s", path);
	for (char *key = strtok_r(copy, ".", &save); key && obj; key = strtok_r(NULL, ".", &save)) {
		if (json_object_is_type(obj, json_type_array))
			obj = json_object_array_get_idx(obj, (size_t)atoi(key));
		else
			obj = json_object_object_get(obj, key);
	}
	return obj;
}

/* Compares as JSON writes it, so that a string is not taken for a number. */
static void assert_at(struct json_object *obj, const char *path, const char *want)
{
	struct json_object *value = at(obj, path);
	const char *text =
		value ? json_object_to_json_string_ext(
				value, JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE)
		      : "(none)";

	if (strcmp(text, want))
		fail_msg("%s is %s, not %s", path, text, want);
}

static void json_clean(void **state)
{
	struct lines lines;

	parse(*state, &lines);
	assert_int_equal(lines.cnt, 2);
	assert_at(lines.obj[0], "type", "\"run\"");
	assert_at(lines.obj[0], "schema_version", "1");
	assert_at(lines.obj[0], "view", "\"all\"");
	assert_at(lines.obj[1], "type", "\"summary\"");
	assert_at(lines.obj[1], "verdict", "\"clean\"");
	assert_at(lines.obj[1], "why", "(none)");
	assert_at(lines.obj[1], "findings", "0");
	assert_at(lines.obj[1], "by_id", "{}");
	assert_at(lines.obj[1], "vmstat.acquired", "512");
	assert_at(lines.obj[1], "vmstat.net", "0");
	assert_at(lines.obj[1], "vmstat.explained", "true");
	assert_at(lines.obj[1], "command_exit", "(none)");
	free_lines(&lines);
}

static void json_finding(void **state)
{
	struct world *w = *state;
	struct lines lines;
	struct json_object *f;

	world_one_leak(w);
	parse(w, &lines);
	assert_int_equal(lines.cnt, 3);
	f = lines.obj[1];
	assert_at(f, "type", "\"finding\"");
	assert_at(f, "id", "\"leak\"");
	assert_at(f, "severity", "\"fault\"");
	assert_at(f, "key", "\"0xabc\"");
	assert_at(f, "pages", "64");
	assert_at(f, "holder.comm", "\"io_hold\"");
	assert_at(f, "holder.mm", "\"0xffff888012345678\"");
	assert_at(f, "holder.exited", "true");
	assert_at(f, "api", "\"pin_user_pages_fast\"");
	assert_at(f, "flags", "[\"FOLL_LONGTERM\",\"FOLL_WRITE\"]");
	assert_at(f, "stack.id", "\"0x1\"");
	assert_at(f, "stack.frames.1",
		  "{\"addr\":\"0x2000\",\"name\":\"io_pin_pages\",\"off\":138}");
	assert_at(f, "user_stack.frames.1.file", "\"/src/io_hold.c\"");
	assert_at(f, "user_stack.frames.1.line", "42");
	assert_at(f, "release.stack.frames.1", "{\"addr\":\"0x9999\"}");
	assert_at(f, "file.dev", "\"8:1\"");
	assert_at(f, "iterator.dir", "\"dest\"");
	assert_at(f, "evidence", "\"448 of 512 pages were released\"");
	assert_at(lines.obj[2], "by_id", "{\"leak\":1}");
	free_lines(&lines);
}

static void json_sites_losses_summary(void **state)
{
	struct world *w = *state;
	struct verdict *v = &w->r.verdict;
	struct rec_meta meta = { .page_bytes = 4096, .preexisting_pages = (u64)-3 };
	struct lines lines;

	strcpy(meta.command, "dd if=\"a\" of=/b\n");
	w->r.meta = &meta;
	w->r.nr_sites = 3;
	w->o.view = VIEW_HOLDERS;
	v->kind = VERDICT_INCONCLUSIVE;
	strcpy(v->why, "4 pin records lost");
	v->lost = v->lost_by[LOSS_RING_PIN] = 4;
	v->open_pages = UINT64_MAX;
	v->have_vmstat = false;
	v->have_cmd = v->cmd_ended = true;
	parse(w, &lines);
	assert_int_equal(lines.cnt, 6);
	assert_at(lines.obj[0], "command", "\"dd if=\\\"a\\\" of=/b\\\\x0a\"");
	assert_at(lines.obj[0], "preexisting_pages", "-3");
	assert_at(lines.obj[1], "type", "\"site\"");
	assert_at(lines.obj[1], "open_pages", "64");
	assert_at(lines.obj[1], "page_seconds", "1.5");
	assert_at(lines.obj[3], "holder.tid", "78");
	assert_at(lines.obj[3], "stack", "(none)");
	assert_at(lines.obj[4], "type", "\"loss\"");
	assert_at(lines.obj[4], "reason", "\"ring-pin\"");
	assert_at(lines.obj[4], "account", "true");
	assert_at(lines.obj[5], "why", "\"4 pin records lost\"");
	assert_at(lines.obj[5], "lost_by", "{\"ring-pin\":4}");
	assert_at(lines.obj[5], "open_pages", "18446744073709551615");
	assert_at(lines.obj[5], "vmstat", "(none)");
	assert_at(lines.obj[5], "command_exit", "0");
	free_lines(&lines);
}

/* Each byte value as a name: every line is still JSON and UTF-8. */
static void json_of_any_bytes(void **state)
{
	struct world *w = *state;

	world_one_leak(w);
	for (int c = 1; c < 256; c++) {
		struct lines lines;

		w->findings[0].holder.comm[0] = (char)c;
		w->findings[0].evidence[3] = (char)c;
		parse(w, &lines);
		assert_int_equal(lines.cnt, 3);
		free_lines(&lines);
	}
}

static void json_suppression_and_hook(void **state)
{
	struct world *w = *state;
	struct suppressions *s = suppressions__parse("*:x # why\n", "test", NULL, 0);
	struct rec_hook hook = { .h = { .sz = sizeof(hook), .kind = REC_HOOK },
				 .api = HOOK_UNPIN_FOLIO,
				 .state = HOOK_STATE_MISSING,
				 .error = -2 };
	struct lines lines;

	assert_non_null(s);
	strcpy(hook.symbol, "unpin_folio");
	assert_int_equal(session__feed(w->session, &hook.h, sizeof(hook)), 0);
	w->o.suppress = s;
	w->o.verbose = true;
	parse(w, &lines);
	assert_int_equal(lines.cnt, 4);
	assert_at(lines.obj[1], "type", "\"hook\"");
	assert_at(lines.obj[1], "state", "\"missing\"");
	assert_at(lines.obj[1], "error", "-2");
	assert_at(lines.obj[2], "type", "\"suppression\"");
	assert_at(lines.obj[2], "reason", "\"why\"");
	assert_at(lines.obj[2], "calls", "0");
	free_lines(&lines);
	suppressions__free(s);
}

#define FOLDED_HOLD                                                                                \
	"io_hold;main;register_buffers_x;io_sqe_buffer_register_[k];io_pin_pages_[k];"             \
	"pin_user_pages_fast_[k] "

static void folded_merges(void **state)
{
	struct world *w = *state;

	w->r.nr_sites = 3;
	w->o.view = VIEW_LEAKS;
	world_assert_text(w, "folded", "dd;[no_stack] 1\n" FOLDED_HOLD "67\n");
	w->o.view = VIEW_HOLDERS;
	w->o.top = 1; /* a graph is whole or it is wrong */
	world_assert_text(w, "folded", "dd;[no_stack] 9\n" FOLDED_HOLD "1152\n");
	w->r.nr_sites = 0;
	world_assert_text(w, "folded", "");
}

static void folded_names(void **state)
{
	struct world *w = *state;

	w->r.nr_sites = 1;
	w->sites[0].stack_id = 2;
	w->sites[0].file.ustack_id = 404;
	strcpy(w->holder.task.comm, "a b;c\n");
	world_assert_text(w, "folded", "a_b_c\\x0a;0x9999_[k];fuse_release_[k] 64\n");
	w->holder.task.comm[0] = '\0';
	world_assert_text(w, "folded", "[no_name];0x9999_[k];fuse_release_[k] 64\n");
	w->sites[0].open_pages = 0;
	world_assert_text(w, "folded", "");
}

static void folded_mismatches(void **state)
{
	struct world *w = *state;

	world_one_leak(w);
	w->o.view = VIEW_MISMATCHES;
	world_assert_text(w, "folded", "");
	w->findings[0].id = FINDING_UNPIN_UNMATCHED;
	world_assert_text(w, "folded", FOLDED_HOLD "64\n");
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		world_test(json_clean),
		world_test(json_finding),
		world_test(json_sites_losses_summary),
		world_test(json_of_any_bytes),
		world_test(json_suppression_and_hook),
		world_test(folded_merges),
		world_test(folded_names),
		world_test(folded_mismatches),
	};

	return cmocka_run_group_tests_name("report formats", tests, NULL, NULL);
}
