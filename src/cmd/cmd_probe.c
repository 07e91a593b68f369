// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include "base/exit_status.h"
#include "capture/capture.h"
#include "cmd/cmd.h"
#include "kernel/ksyms.h"
#include "base/log.h"
#include "base/log_libbpf.h"
#include "base/out.h"
#include "cmd/plan.h"
#include "record/names.h"
#include "report/json_writer.h"
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
	out__printf(stdout, "  %-36s %-9s %-8s %-7s %s", row->hook->symbol,
		    hook_role__name(row->hook->role), state_text(row),
		    row->state == HOOK_STATE_ATTACHED ? text_hook_mech(row->mech) : "-",
		    row->hook->since);
	if (row->state == HOOK_STATE_FAILED)
		out__printf(stdout, "  (error %d)", -row->error);
	if (costs_accuracy(row))
		out__printf(stdout, "\n    cost: %s", hook__cost(row->hook));
	fputc('\n', stdout);
}

static int print_text(const struct capture *c)
{
	const struct attach_plan *plan = capture__plan(c);
	const struct kernel *k = capture__kernel(c);
	int lacking = 0;
	u64 a, r;

	out__printf(stdout, "kernel %s %s, struct page %u bytes, FOLL_LONGTERM 0x%x\n\n",
		    k->release, k->machine, k->page_struct_bytes, k->foll_longterm);
	out__printf(stdout, "  %-36s %-9s %-8s %-7s %s\n", "FUNCTION", "ROLE", "STATE", "BY",
		    "SINCE");
	for (size_t i = 0; i < plan->nr_rows; i++) {
		print_row(&plan->rows[i]);
		lacking +=
			costs_accuracy(&plan->rows[i]) && plan->rows[i].hook->need != HOOK_NEED_MAY;
	}
	if (vmstat__read(&a, &r))
		puts("\nwitness: /proc/vmstat has no nr_foll_pin_*: every verdict will be inconclusive");
	else
		out__printf(
			stdout,
			"\nwitness: nr_foll_pin_acquired %llu, nr_foll_pin_released %llu, %lld pages pinned now\n",
			(unsigned long long)a, (unsigned long long)r, (long long)(a - r));
	if (k->exit_blocks_rcu_tasks)
		puts("PID namespaces: on this kernel pinacct runs outside of them, or as the first process of one (else it could hang when the namespace ends)");
	if (!k->bios_pin)
		puts("not seen by check and watch on this kernel: block direct I/O, which takes references (FOLL_GET, until 6.4) unless a patch changed that; `pinacct audit` sees it");
	puts("not seen on any kernel: releases of FOLL_GET references (put_page is inline)");
	if (lacking)
		out__printf(
			stdout,
			"verdict: %d function%s that pin or release cannot be watched here; `check` will say inconclusive\n"
			"mend: boot a distribution kernel with CONFIG_FUNCTION_TRACER=y and CONFIG_KPROBES=y, then `pinacct probe`\n",
			lacking, lacking == 1 ? "" : "s");
	else
		puts("verdict: complete: every function that pins or releases on this kernel is watched\n"
		     "mend: nothing to mend; try `pinacct check -- CMD...`");
	return 0;
}

static void print_row_json(struct json_writer *w, const struct hook_plan *row)
{
	json__begin(w, "hook");
	json__put_text(w, "function", row->hook->symbol);
	json__put_text(w, "role", hook_role__name(row->hook->role));
	json__put_text(w, "need", need_name(row->hook->need));
	json__put_text(w, "state", state_text(row));
	json__put_text(w, "by", text_hook_mech(row->mech));
	json__put_text(w, "since", row->hook->since);
	if (row->error)
		json__put_int(w, "error", -row->error);
	if (costs_accuracy(row))
		json__put_text(w, "cost", hook__cost(row->hook));
	json__end(w);
}

static int print_json(const struct capture *c)
{
	const struct attach_plan *plan = capture__plan(c);
	const struct kernel *k = capture__kernel(c);
	struct json_writer w = { .out = stdout };

	json__begin(&w, "kernel");
	json__put_num(&w, "schema_version", 1);
	json__put_text(&w, "release", k->release);
	json__put_text(&w, "machine", k->machine);
	json__put_bool(&w, "pid_namespace_can_hang", k->exit_blocks_rcu_tasks);
	json__put_bool(&w, "block_direct_io_seen", k->bios_pin);
	json__end(&w);
	for (size_t i = 0; i < plan->nr_rows; i++)
		print_row_json(&w, &plan->rows[i]);
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
