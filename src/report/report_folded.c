// SPDX-License-Identifier: GPL-2.0
/*
 * Input for flamegraph.pl and its kin: "comm;root;...;leaf cost", nothing else. User frames come
 * first, then the kernel's with "_[k]" behind the name. Cost is pages: open ones, of the findings
 * in the mismatches view, pinned over the run in the holders view. o->top does not apply: a graph
 * of some of the stacks would look like all of them.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include "base/array.h"
#include "report/report.h"
#include "base/format.h"
#include "base/out.h"

#define FRAME_BYTES 256

struct row {
	char *stack;
	u64 cost;
};

struct folder {
	const struct report *r;
	struct row *rows;
	size_t cnt, cap;
};

/* ';' ends a frame and the last blank of a line ends the stack. */
static void print_name(FILE *out, const char *name)
{
	char copy[FRAME_BYTES];

	snprintf(copy, sizeof(copy), "%s", name);
	for (char *at = copy; *at; at++)
		if (*at == ';' || *at == ' ')
			*at = '_';
	out__line_start(out, copy);
}

static void print_frame(FILE *out, const struct stacks *stacks, const struct event_stack *st,
			unsigned frame)
{
	bool user = st->type == STACK_USER;
	const struct symbol *sym = stacks__sym(stacks, user ? st->tgid : 0, st->ips[frame]);

	fputc(';', out);
	if (*sym->name) {
		print_name(out, sym->name);
	} else if (*sym->module) {
		fputc('[', out);
		print_name(out, sym->module);
		fputc(']', out);
	} else {
		out__printf(out, "0x%" PRIx64, st->ips[frame]);
	}
	if (!user)
		fputs("_[k]", out);
}

static void print_stack(FILE *out, const struct stacks *stacks, const struct event_stack *st)
{
	if (!st)
		return;
	if (st->flags & STACK_F_TRUNCATED)
		fputs(";[truncated]", out);
	for (unsigned i = st->nr; i-- > 0;)
		print_frame(out, stacks, st, i);
}

static char *fold(const struct report *r, const char *comm, u64 stack_id, u64 ustack_id)
{
	const struct event_stack *kernel = stacks__get(r->stacks, stack_id);
	const struct event_stack *user = stacks__get(r->stacks, ustack_id);
	char *text = NULL;
	size_t sz;
	FILE *out = open_memstream(&text, &sz);

	if (!out)
		return NULL;
	if (*comm)
		print_name(out, comm);
	else
		fputs("[no_name]", out);
	print_stack(out, r->stacks, user);
	print_stack(out, r->stacks, kernel);
	if (!user && !kernel)
		fputs(";[no_stack]", out);
	if (!fclose(out))
		return text;
	free(text);
	return NULL;
}

static int add_row(struct folder *f, const char *comm, u64 stack_id, u64 ustack_id, u64 cost)
{
	char *stack;

	if (!cost)
		return 0;
	if (ARRAY_GROW(f->rows, f->cnt, f->cap))
		return -ENOMEM;
	stack = fold(f->r, comm, stack_id, ustack_id);
	if (!stack)
		return -ENOMEM;
	f->rows[f->cnt++] = (struct row){ stack, cost };
	return 0;
}

static int add_sites(struct folder *f, enum report_view view)
{
	int err = 0;

	for (size_t i = 0; i < f->r->nr_sites && !err; i++) {
		const struct ledger_site *site = f->r->sites[i];

		err = add_row(f, site->holder->task.comm, site->stack_id, site->file.ustack_id,
			      view == VIEW_HOLDERS ? site->pinned_pages : site->open_pages);
	}
	return err;
}

static int add_findings(struct folder *f, const struct render_opts *o)
{
	const struct finding **findings;
	size_t cnt;
	int err;

	err = report__pick_findings(f->r, o, &findings, &cnt);
	if (err)
		return err;
	for (size_t i = 0; i < cnt && !err; i++)
		err = add_row(f, findings[i]->holder.comm, findings[i]->stack_id,
			      findings[i]->ustack_id, findings[i]->pages);
	free(findings);
	return err;
}

static int cmp_row(const void *a, const void *b)
{
	const struct row *x = a, *y = b;

	return strcmp(x->stack, y->stack);
}

static void print_rows(const struct folder *f, FILE *out)
{
	u64 cost = 0;

	for (size_t i = 0; i < f->cnt; i++) {
		cost += f->rows[i].cost;
		if (i + 1 < f->cnt && !strcmp(f->rows[i].stack, f->rows[i + 1].stack))
			continue;
		out__printf(out, "%s %" PRIu64 "\n", f->rows[i].stack, cost);
		cost = 0;
	}
}

static int render_folded(const struct report *r, const struct render_opts *o, FILE *out)
{
	struct folder f = { .r = r };
	int err;

	err = o->view == VIEW_MISMATCHES ? add_findings(&f, o) : add_sites(&f, o->view);
	if (!err) {
		report__begin(out);
		if (f.cnt)
			qsort(f.rows, f.cnt, sizeof(*f.rows), cmp_row);
		print_rows(&f, out);
		err = report__finish(out);
	}
	for (size_t i = 0; i < f.cnt; i++)
		free(f.rows[i].stack);
	free(f.rows);
	return err;
}

const struct renderer renderer_folded = { .name = "folded", .render = render_folded };
