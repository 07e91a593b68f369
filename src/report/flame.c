// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include "audit/subsystem.h"
#include "base/format.h"
#include "base/out.h"
#include "record/names.h"
#include "report/flame.h"
#include "report/flame_cost.h"

#define FRAME_BYTES 256

static const char *const cost_names[] = {
	[FLAME_HELD] = "held",
	[FLAME_PAGES] = "pages",
	[FLAME_PAGE_SECONDS] = "page-seconds",
	[FLAME_PINS] = "pins",
};

static const char *const cost_units[] = {
	[FLAME_HELD] = "bytes",
	[FLAME_PAGES] = "pages",
	[FLAME_PAGE_SECONDS] = "page-milliseconds",
	[FLAME_PINS] = "pins",
};

const char *flame_cost__name(enum flame_cost cost)
{
	return cost < FLAME_COST_CNT ? cost_names[cost] : NULL;
}

const char *flame_cost__unit(enum flame_cost cost)
{
	return cost < FLAME_COST_CNT ? cost_units[cost] : NULL;
}

const char *flame__cost_text(const struct flame *f, u64 cost, char buf[static FLAME_COST_BYTES])
{
	char num[TEXT_NUM_BYTES];

	switch (f->opts.cost) {
	case FLAME_HELD:
		snprintf(buf, FLAME_COST_BYTES, "%s", text_bytes(cost, num));
		break;
	case FLAME_PAGE_SECONDS:
		snprintf(buf, FLAME_COST_BYTES, "%" PRIu64 ".%03u page-seconds", cost / 1000,
			 (unsigned)(cost % 1000));
		break;
	case FLAME_PAGES:
		text_count(cost, "page", buf, FLAME_COST_BYTES);
		break;
	default:
		text_count(cost, "pin", buf, FLAME_COST_BYTES);
		break;
	}
	return buf;
}

/*
 * A row is a path: for each of its nodes a letter for the kind, the name, and a newline, which no
 * clean name has. Rows that are sorted as text come in the order of the tree.
 */
struct row {
	char *path;
	u64 cost, base;
};

struct rows {
	struct row *at;
	size_t nr;
};

static void put_node(FILE *out, enum flame_kind kind, const char *name)
{
	char clean[FRAME_BYTES];

	text_clean(name, clean, sizeof(clean));
	out__printf(out, "%c%s\n", 'a' + kind, clean);
}

static void put_frame(FILE *out, const struct stacks *stacks, const struct event_stack *st,
		      unsigned frame)
{
	bool user = st->type == STACK_USER;
	const struct symbol *sym = stacks__sym(stacks, user ? st->tgid : 0, st->ips[frame]);
	char name[FRAME_BYTES];

	if (*sym->name)
		snprintf(name, sizeof(name), "%s", sym->name);
	else if (*sym->module)
		snprintf(name, sizeof(name), "[%s]", sym->module);
	else
		snprintf(name, sizeof(name), "0x%" PRIx64, st->ips[frame]);
	put_node(out, user ? FLAME_USER : FLAME_KERNEL, name);
}

static void put_stack(FILE *out, const struct stacks *stacks, u64 id)
{
	const struct event_stack *st = stacks__get(stacks, id);

	if (!st)
		return;
	if (st->flags & STACK_F_TRUNCATED)
		put_node(out, st->type == STACK_USER ? FLAME_USER : FLAME_KERNEL, "[truncated]");
	for (unsigned i = st->nr; i-- > 0;)
		put_frame(out, stacks, st, i);
}

static void put_group(FILE *out, const struct report *r, const struct ledger_site *site,
		      enum flame_by by)
{
	char name[FRAME_BYTES];

	switch (by) {
	case FLAME_BY_SUBSYSTEM:
		put_node(out, FLAME_GROUP, subsystem__name(r->stacks, site->stack_id));
		break;
	case FLAME_BY_CGROUP:
		snprintf(name, sizeof(name), "cgroup %" PRIu64, site->holder->task.cgroup_id);
		put_node(out, FLAME_GROUP, name);
		break;
	case FLAME_BY_FS:
		put_node(out, FLAME_GROUP, *site->file.fs ? site->file.fs : "no file system");
		break;
	default:
		break;
	}
}

/*
 * Threads of a process are one. Without the number where two runs are compared, in which it is not
 * the same; and what stands for exited processes has none.
 */
static void put_process(FILE *out, const struct event_task *task, bool with_pid)
{
	char name[FRAME_BYTES];

	if (task->tgid && with_pid)
		snprintf(name, sizeof(name), "%s [%u]", task->comm, task->tgid);
	else
		snprintf(name, sizeof(name), "%s", *task->comm ? task->comm : "[no name]");
	put_node(out, FLAME_PROCESS, name);
}

static char *make_path(const struct report *r, const struct ledger_site *site,
		       const struct flame *f)
{
	char *text = NULL;
	size_t sz;
	FILE *out = open_memstream(&text, &sz);

	if (!out)
		return NULL;
	put_group(out, r, site, f->opts.by);
	put_process(out, &site->holder->task, !f->differential);
	put_stack(out, r->stacks, site->file.ustack_id);
	put_stack(out, r->stacks, site->stack_id);
	if (!stacks__get(r->stacks, site->stack_id))
		put_node(out, FLAME_KERNEL, text_hook(site->api));
	if (!fclose(out))
		return text;
	free(text);
	return NULL;
}

/* Of `r` the costs are a row's own, of the recording compared with its base. */
static int add_rows(struct rows *rows, const struct flame *f, const struct report *r, bool base)
{
	struct row *more = reallocarray(rows->at, rows->nr + r->nr_sites + 1, sizeof(*more));
	u64 *costs;
	int err;

	if (!more)
		return -ENOMEM;
	rows->at = more;
	err = flame_cost__sites(r, &f->opts, &costs);
	if (err)
		return err;
	for (size_t i = 0; i < r->nr_sites && !err; i++) {
		struct row row = { .cost = base ? 0 : costs[i], .base = base ? costs[i] : 0 };

		if (!costs[i])
			continue;
		row.path = make_path(r, r->sites[i], f);
		if (row.path)
			rows->at[rows->nr++] = row;
		else
			err = -ENOMEM;
	}
	free(costs);
	return err;
}

static int by_path(const void *a, const void *b)
{
	const struct row *x = a, *y = b;

	return strcmp(x->path, y->path);
}

static struct flame_node *new_node(enum flame_kind kind, const char *name, size_t len)
{
	struct flame_node *n = malloc(sizeof(*n) + len + 1);

	if (!n)
		return NULL;
	memcpy(n + 1, name, len);
	((char *)(n + 1))[len] = '\0';
	*n = (struct flame_node){ .name = (char *)(n + 1), .kind = kind };
	return n;
}

static bool is_node(const struct flame_node *n, enum flame_kind kind, const char *name, size_t len)
{
	return n && n->kind == kind && strlen(n->name) == len && !memcmp(n->name, name, len);
}

/*
 * The tree's right edge: what was added last at each depth. Rows are sorted, so a row's path begins
 * along that edge and the rest of it is new.
 */
struct edge {
	struct flame_node *at[FLAME_DEPTH_MAX];
	size_t depth;
};

static struct flame_node *step(struct edge *e, size_t depth, enum flame_kind kind, const char *name,
			       size_t len)
{
	struct flame_node *last = depth < e->depth ? e->at[depth] : NULL, *n;

	if (is_node(last, kind, name, len))
		return last;
	n = new_node(kind, name, len);
	if (!n)
		return NULL;
	if (last)
		last->next = n;
	else
		e->at[depth - 1]->children = n;
	e->at[depth] = n;
	e->depth = depth + 1;
	return n;
}

static int add_path(struct edge *e, const struct row *row)
{
	struct flame_node *n = e->at[0];
	const char *at = row->path;

	n->total += row->cost;
	n->base_total += row->base;
	for (size_t depth = 1; *at && depth < FLAME_DEPTH_MAX; depth++) {
		size_t len = strcspn(at + 1, "\n");

		n = step(e, depth, *at - 'a', at + 1, len);
		if (!n)
			return -ENOMEM;
		n->total += row->cost;
		n->base_total += row->base;
		at += len + 2;
	}
	n->self += row->cost;
	return 0;
}

static int build(struct flame *f, const struct rows *rows)
{
	struct edge *e = calloc(1, sizeof(*e));
	int err = 0;

	f->root = new_node(FLAME_ALL, "all", 3);
	if (!e || !f->root) {
		free(e);
		return -ENOMEM;
	}
	e->at[0] = f->root;
	e->depth = 1;
	for (size_t i = 0; i < rows->nr && !err; i++)
		err = add_path(e, &rows->at[i]);
	free(e);
	return err;
}

static void make_title(struct flame *f, const struct report *r)
{
	static const char *const what[] = {
		[FLAME_HELD] = "memory held by pins",
		[FLAME_PAGES] = "pages pinned",
		[FLAME_PAGE_SECONDS] = "page-seconds pinned",
		[FLAME_PINS] = "pin calls",
	};
	char release[sizeof(r->meta->release) * 4] = "";

	if (r->meta)
		text_clean(r->meta->release, release, sizeof(release));
	snprintf(f->title, sizeof(f->title), "%s %s%s%.80s", what[f->opts.cost],
		 f->opts.scope == FLAME_RUN ? "over the run" : "at the end",
		 *release ? ", Linux " : "", release);
}

struct flame *flame__new(const struct report *r, const struct report *base,
			 const struct flame_opts *opts)
{
	struct flame *f = calloc(1, sizeof(*f));
	struct rows rows = { 0 };
	int err = f ? 0 : -ENOMEM;

	if (f)
		*f = (struct flame){ .opts = *opts, .differential = base };
	if (!err)
		err = add_rows(&rows, f, r, false);
	if (!err && base)
		err = add_rows(&rows, f, base, true);
	if (!err && rows.nr)
		qsort(rows.at, rows.nr, sizeof(*rows.at), by_path);
	if (!err)
		err = build(f, &rows);
	for (size_t i = 0; i < rows.nr; i++)
		free(rows.at[i].path);
	free(rows.at);
	if (!err) {
		make_title(f, r);
		return f;
	}
	flame__free(f);
	errno = -err;
	return NULL;
}

static void free_nodes(struct flame_node *n)
{
	while (n) {
		struct flame_node *next = n->next;

		free_nodes(n->children);
		free(n);
		n = next;
	}
}

void flame__free(struct flame *f)
{
	if (!f)
		return;
	free_nodes(f->root);
	free(f);
}

static int walk(const struct flame_node **path, size_t depth, const struct flame_node *n,
		flame_path_fn fn, void *arg)
{
	int err = 0;

	for (; n && !err; n = n->next) {
		path[depth] = n;
		if (n->self)
			err = fn(path, depth + 1, arg);
		if (!err && depth + 1 < FLAME_DEPTH_MAX)
			err = walk(path, depth + 1, n->children, fn, arg);
	}
	return err;
}

int flame__for_each_leaf(const struct flame *f, flame_path_fn fn, void *arg)
{
	const struct flame_node **path = calloc(FLAME_DEPTH_MAX, sizeof(*path));
	int err = path ? walk(path, 0, f->root->children, fn, arg) : -ENOMEM;

	free(path);
	return err;
}
