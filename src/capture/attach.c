// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include "capture/attach.h"
#include "capture/attach_target.h"
#include "base/log.h"
#include "record/names.h"

/*
 * Prefixes of program names by mechanism. The exit program is attached first: an entry that is seen
 * has its exit seen, too.
 */
static const char *const prefixes[][2] = {
	[HOOK_MECH_NONE] = { NULL, NULL },
	[HOOK_MECH_FENTRY] = { "fexit_", "fentry_" },
	[HOOK_MECH_FEXIT] = { "fexit_", "fentry_" },
	[HOOK_MECH_KPROBE] = { "kretprobe_", "kprobe_" },
	[HOOK_MECH_TP] = { "tp_", NULL },
};

/*
 * Where a function has a first and a second program (bpf/second.bpf.h): their prefixes, and that of
 * the map through which the second tail-calls the first.
 */
#define FIRST_PREFIX  "first_"
#define SECOND_PREFIX "second_"
#define FIRST_MAP     "first_of_"
/* In place of fentry_ when references are traced. */
#define OP_PREFIX "op_"
/* The trampoline of 6.1 on x86 takes no more (KERNEL.md 1.3); later ones do. */
#define TRAMPOLINE_ARGS_MAX 6

static struct bpf_program *find_program(struct bpf_object *obj, const char *prefix,
					const struct hook *h)
{
	char name[128];

	if (!prefix)
		return NULL;
	snprintf(name, sizeof(name), "%s%s", prefix, h->symbol);
	return bpf_object__find_program_by_name(obj, name);
}

/* The two programs of a row: i is 0 or 1. NULL where there is none. */
static struct bpf_program *program(struct bpf_object *obj, const struct hook_plan *row,
				   enum hook_mech mech, int i)
{
	bool at_entry = i == 1 && (mech == HOOK_MECH_FENTRY || mech == HOOK_MECH_FEXIT);
	struct bpf_program *op =
		at_entry && row->op ? find_program(obj, OP_PREFIX, row->hook) : NULL;
	struct bpf_program *prog = op ? op : find_program(obj, prefixes[mech][i], row->hook),
			   *first = NULL;

	if (prog && row->second && mech != HOOK_MECH_KPROBE)
		first = find_program(obj, FIRST_PREFIX, row->hook);
	return first ? first : prog;
}

/*
 * Can the function be called while its own program runs? By an interrupt, or by a task that
 * preempts another there.
 */
static bool can_be_nested(const struct hook *h, const struct kernel *k)
{
	/* page_ref tracepoints are evidence for findings: a call that is missed changes no count */
	if (h->role == HOOK_ROLE_REF)
		return false;
	/* where bios hold references, it puts them: these are not counted either */
	if (h->id == HOOK_BIO_RELEASE_PAGES && !k->bios_pin)
		return false;
	return h->by == HOOK_BY_IRQ || h->id == HOOK_MM_PAGE_FREE ||
	       k->preemption != PREEMPTION_NONE;
}

static bool is_wanted(const struct hook *h, enum gets gets, bool page_ref)
{
	if (h->role == HOOK_ROLE_REF)
		return page_ref;
	if (h->id == HOOK_BIO_IOV_ITER_BOUNCE)
		return gets;
	return gets ||
	       (h->role != HOOK_ROLE_GET && h->role != HOOK_ROLE_PUT && h->role != HOOK_ROLE_OP);
}

static void plan_row(struct hook_plan *row, const struct kernel *k, enum gets gets, bool page_ref)
{
	const struct hook *h = row->hook;

	row->wanted = is_wanted(h, gets, page_ref);
	row->second = can_be_nested(h, k);
	row->op = h->id == HOOK_BIO_RELEASE_PAGES ? !k->bios_pin : gets != GETS_OFF;
	if (h->by == HOOK_BY_TP) {
		row->exists = kernel__has_tracepoint(k, h->symbol);
		row->mech = row->exists ? HOOK_MECH_TP : HOOK_MECH_NONE;
	} else {
		row->exists = kernel__has_symbol(k, h->symbol);
		row->traceable = kernel__has_func(k, h->symbol);
		if (h->role == HOOK_ROLE_ITER) /* lib/ has no fentry sites: KERNEL.md 1.1 */
			row->traceable = false;
		if (row->traceable)
			row->mech = h->role == HOOK_ROLE_ACQUIRE || h->role == HOOK_ROLE_GET
					    ? HOOK_MECH_FEXIT
					    : HOOK_MECH_FENTRY;
		else if (row->exists)
			row->mech = HOOK_MECH_KPROBE;
		row->probeable =
			!row->traceable || kernel__nr_args(k, h->symbol) > TRAMPOLINE_ARGS_MAX;
	}
	if (!row->exists)
		row->state = HOOK_STATE_MISSING;
}

int attach_plan__init(struct attach_plan *p, const struct kernel *k, enum gets gets, bool page_ref)
{
	p->nr_rows = hooks_cnt;
	p->rows = calloc(hooks_cnt, sizeof(*p->rows));
	if (!p->rows)
		return -ENOMEM;
	for (size_t i = 0; i < hooks_cnt; i++) {
		p->rows[i].hook = &hooks[i];
		plan_row(&p->rows[i], k, gets, page_ref);
	}
	return 0;
}

void attach_plan__without_second(struct attach_plan *p)
{
	for (size_t i = 0; i < p->nr_rows; i++)
		p->rows[i].second = false;
}

int attach_plan__without(struct attach_plan *p, const char *symbol)
{
	for (size_t i = 0; i < p->nr_rows; i++) {
		if (!strcmp(p->rows[i].hook->symbol, symbol)) {
			p->rows[i].wanted = false;
			return 0;
		}
	}
	return -ENOENT;
}

/* A program whose function libbpf does not find stays out; attaching then reports the hook. */
static void autoload_one(const struct kernel *k, const struct hook_plan *row, enum hook_mech mech,
			 struct bpf_program *prog)
{
	if (prog && (mech != HOOK_MECH_FENTRY || !attach_target__find(k, prog, row->hook->symbol)))
		bpf_program__set_autoload(prog, true);
}

static void autoload(const struct kernel *k, struct bpf_object *obj, const struct hook_plan *row,
		     enum hook_mech mech)
{
	for (int i = 0; i < 2; i++)
		autoload_one(k, row, mech, program(obj, row, mech, i));
	if (row->second && mech != HOOK_MECH_KPROBE)
		autoload_one(k, row, mech, find_program(obj, SECOND_PREFIX, row->hook));
}

/* All programs are optional in the object (SEC("?...")): only those wanted here are loaded. */
void attach_plan__apply(const struct attach_plan *p, const struct kernel *k, struct bpf_object *obj)
{
	for (size_t i = 0; i < p->nr_rows; i++) {
		const struct hook_plan *row = &p->rows[i];

		if (!row->wanted || !row->exists)
			continue;
		if (row->hook->by == HOOK_BY_TP)
			autoload(k, obj, row, HOOK_MECH_TP);
		if (row->traceable)
			autoload(k, obj, row, HOOK_MECH_FENTRY);
		if (row->probeable)
			autoload(k, obj, row, HOOK_MECH_KPROBE);
	}
}

/*
 * Does the program use a per-CPU stack, which nested calls would overwrite? Its machine code shows
 * it: `add r9, gs:...` (bpf_jit_comp.c, emit_private_frame_ptr()). TWICE in bpf/program.bpf.h
 * prevents it; should a kernel do it all the same, the hook is refused and not run.
 */
static bool has_own_stack(int fd)
{
#ifdef __x86_64__
	static const u8 add_gs[] = { 0x65, 0x4c, 0x03, 0x0c, 0x25 };
	static u8 code[128 << 10];
	struct bpf_prog_info info = { .jited_prog_insns = (u64)code,
				      .jited_prog_len = sizeof(code) };
	u32 sz = sizeof(info);

	return !bpf_obj_get_info_by_fd(fd, &info, &sz) && info.jited_prog_len <= sizeof(code) &&
	       memmem(code, info.jited_prog_len, add_gs, sizeof(add_gs));
#else
	return false;
#endif
}

/*
 * Lets the second program tail-call the first. 0, also where the pair has no tail call, or -errno.
 */
static int connect_first(const struct hook_plan *row, struct bpf_object *obj)
{
	struct bpf_program *first = find_program(obj, FIRST_PREFIX, row->hook);
	u32 key = 0, fd;
	char name[128];

	if (!first || !bpf_program__autoload(first))
		return 0;
	fd = bpf_program__fd(first);
	if (has_own_stack(fd))
		return -ENOTSUP;
	snprintf(name, sizeof(name), FIRST_MAP "%s", row->hook->symbol);
	return bpf_map_update_elem(bpf_object__find_map_fd_by_name(obj, name), &key, &fd, 0)
		       ? -errno
		       : 0;
}

static void detach_row(struct hook_plan *row)
{
	while (row->nr_links)
		bpf_link__destroy(row->links[--row->nr_links]);
}

static int attach_program(struct hook_plan *row, struct bpf_program *prog)
{
	struct bpf_link *link;

	if (!prog)
		return 0;
	link = bpf_program__attach(prog);
	if (!link)
		return -errno;
	row->links[row->nr_links++] = link;
	return 0;
}

static int attach_mech(struct hook_plan *row, struct bpf_object *obj, enum hook_mech mech)
{
	struct bpf_program *second = NULL;
	int err = 0;

	if (row->second && mech != HOOK_MECH_KPROBE) {
		second = find_program(obj, SECOND_PREFIX, row->hook);
		err = connect_first(row, obj);
	}
	/*
	 * what is attached to a trampoline last runs first (kernel/bpf/trampoline.c puts it at the
	 * head of its list)
	 */
	if (!err && mech != HOOK_MECH_TP)
		err = attach_program(row, second);
	for (int i = 0; i < 2 && !err; i++)
		err = attach_program(row, program(obj, row, mech, i));
	/* and to a tracepoint, last (kernel/tracepoint.c keeps the order) */
	if (!err && mech == HOOK_MECH_TP)
		err = attach_program(row, second);
	if (!err && !row->nr_links)
		err = -ENOTSUP; /* we have no program of this kind for it */
	if (err) {
		detach_row(row);
		return err;
	}
	row->mech = mech;
	row->state = HOOK_STATE_ATTACHED;
	return 0;
}

static void attach_row(struct hook_plan *row, struct bpf_object *obj)
{
	enum hook_mech mech = row->mech;

	row->error = attach_mech(row, obj, mech);
	if (row->error && row->probeable && mech != HOOK_MECH_KPROBE) {
		log_debug("%s: %s refused (%d), trying kprobe", row->hook->symbol,
			  text_hook_mech(mech), row->error);
		row->error = attach_mech(row, obj, HOOK_MECH_KPROBE);
	}
	if (row->error) {
		row->state = HOOK_STATE_FAILED;
		log_debug("%s: not attached: error %d", row->hook->symbol, row->error);
	}
}

int attach_plan__attach(struct attach_plan *p, struct bpf_object *obj)
{
	int missing = 0;

	for (size_t i = 0; i < p->nr_rows; i++) {
		struct hook_plan *row = &p->rows[i];

		if (!row->wanted) {
			row->state = HOOK_STATE_UNUSED;
			continue;
		}
		if (row->exists)
			attach_row(row, obj);
		if (row->state == HOOK_STATE_ATTACHED)
			continue;
		if (row->hook->need == HOOK_NEED_MUST ||
		    (row->hook->need == HOOK_NEED_SOME && row->state == HOOK_STATE_FAILED))
			missing++;
	}
	return missing;
}

void attach_plan__deinit(struct attach_plan *p)
{
	for (size_t i = 0; i < p->nr_rows; i++)
		detach_row(&p->rows[i]);
	free(p->rows);
	p->rows = NULL;
	p->nr_rows = 0;
}
