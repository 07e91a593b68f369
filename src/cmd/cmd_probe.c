// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <json-c/json.h>
#include <stdio.h>
#include <string.h>
#include "base/exit_status.h"
#include "capture/capture.h"
#include "cmd/cmd.h"
#include "kernel/ksyms.h"
#include "base/log.h"
#include "base/log_libbpf.h"
#include "cmd/plan.h"
#include "record/names.h"
#include "kernel/vmstat.h"

static const char *need_name(enum hook_need need)
{
	static const char *const names[] = { "required", "where it exists", "optional" };

	return names[need];
}

static bool costs_accuracy(const struct hook_plan *row)
{
	return row->state != HOOK_STATE_ATTACHED &&
	       (row->hook->need == HOOK_NEED_MUST || row->state == HOOK_STATE_FAILED);
}

/* A name in BTF without a symbol: the compiler put it into its callers. */
static const char *state_text(const struct hook_plan *row)
{
	if (row->state == HOOK_STATE_MISSING)
		return row->traceable ? "inlined" : "missing";
	return text_hook_state(row->state);
}

static void print_row(const struct hook_plan *row)
{
	printf("  %-36s %-9s %-8s %-7s %s", row->hook->symbol, hook_role__name(row->hook->role),
	       state_text(row), row->state == HOOK_STATE_ATTACHED ? text_hook_mech(row->mech) : "-",
	       row->hook->since);
	if (row->state == HOOK_STATE_FAILED)
		printf("  (error %d)", -row->error);
	if (costs_accuracy(row))
		printf("\n    cost: %s", hook__cost(row->hook));
	putchar('\n');
}

static int print_text(const struct capture *c)
{
	const struct attach_plan *plan = capture__plan(c);
	const struct kernel *k = capture__kernel(c);
	int lacking = 0;
	u64 a, r;

	printf("kernel %s %s, struct page %u bytes, FOLL_LONGTERM 0x%x\n\n", k->release, k->machine,
	       k->page_struct_bytes, k->foll_longterm);
	printf("  %-36s %-9s %-8s %-7s %s\n", "FUNCTION", "ROLE", "STATE", "BY", "SINCE");
	for (size_t i = 0; i < plan->nr_rows; i++) {
		print_row(&plan->rows[i]);
		lacking +=
			costs_accuracy(&plan->rows[i]) && plan->rows[i].hook->need != HOOK_NEED_MAY;
	}
	if (vmstat__read(&a, &r))
		puts("\nwitness: /proc/vmstat has no nr_foll_pin_*: every verdict will be inconclusive");
	else
		printf("\nwitness: nr_foll_pin_acquired %llu, nr_foll_pin_released %llu, %lld pages pinned now\n",
		       (unsigned long long)a, (unsigned long long)r, (long long)(a - r));
	puts("not seen on any kernel: releases of FOLL_GET references (put_page is inline)");
	if (lacking)
		printf("verdict: %d function%s that pin or release cannot be watched here; `check` will say inconclusive\n"
		       "mend: boot a distribution kernel with CONFIG_FUNCTION_TRACER=y and CONFIG_KPROBES=y, then `pinacct probe`\n",
		       lacking, lacking == 1 ? "" : "s");
	else
		puts("verdict: complete: every function that pins or releases on this kernel is watched\n"
		     "mend: nothing to mend; try `pinacct check -- CMD...`");
	return 0;
}

static void put_string(struct json_object *o, const char *key, const char *value)
{
	json_object_object_add(o, key, json_object_new_string(value));
}

static int print_json(const struct capture *c)
{
	const struct attach_plan *plan = capture__plan(c);
	const struct kernel *k = capture__kernel(c);
	struct json_object *o = json_object_new_object();

	json_object_object_add(o, "schema_version", json_object_new_int(1));
	put_string(o, "type", "kernel");
	put_string(o, "release", k->release);
	put_string(o, "machine", k->machine);
	puts(json_object_to_json_string_ext(o, JSON_C_TO_STRING_PLAIN));
	json_object_put(o);
	for (size_t i = 0; i < plan->nr_rows; i++) {
		const struct hook_plan *row = &plan->rows[i];

		o = json_object_new_object();
		put_string(o, "type", "hook");
		put_string(o, "function", row->hook->symbol);
		put_string(o, "role", hook_role__name(row->hook->role));
		put_string(o, "need", need_name(row->hook->need));
		put_string(o, "state", state_text(row));
		put_string(o, "by", text_hook_mech(row->mech));
		put_string(o, "since", row->hook->since);
		if (row->error)
			json_object_object_add(o, "error", json_object_new_int(-row->error));
		if (costs_accuracy(row))
			put_string(o, "cost", hook__cost(row->hook));
		puts(json_object_to_json_string_ext(o, JSON_C_TO_STRING_PLAIN));
		json_object_put(o);
	}
	return 0;
}

static int no_sink(void *arg, const struct rec_hdr *rec)
{
	(void)arg;
	(void)rec;
	return 0;
}

int cmd_probe(struct opts *o)
{
	struct capture_opts copts = { .stacks = STACKS_EXACT, .gets = GETS_IO, .page_ref = true };
	struct capture *c;
	char why[512];
	int err;

	if (o->cmd) {
		log_error("%s: probe takes no argument", o->cmd[0]);
		return EXIT_USAGE;
	}
	if (o->dry_run)
		return print_plan(GETS_IO, true);
	log__libbpf();
	c = capture__open(&copts, no_sink, NULL, why, sizeof(why));
	if (!c) {
		log_error("%s", why);
		return EXIT_UNSUPPORTED;
	}
	err = o->json ? print_json(c) : print_text(c);
	capture__free(c);
	if (fflush(stdout) || ferror(stdout)) {
		log_error("cannot write to standard output: %s", strerror(errno));
		return EXIT_TOOL_FAILED;
	}
	return err;
}
