// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "capture/frames.h"
#include "capture/merge.h"
#include "kernel/ksyms.h"
#include "kernel/ksyms_later.h"
#include "base/log.h"
#include "capture/symbolise.h"
#include "kernel/usyms.h"

#define MODULES_PATH "/proc/modules"

/* The addresses named so far: an open-addressed set of (tgid, address). */
struct seen {
	u64 *keys; /* 0 = free */
	size_t cap, cnt;
};

struct symboliser {
	struct ksyms **ks; /* borrowed; replaced when something may have been loaded since */
	struct ksyms_later *later;
	bool asked;	       /* for the table */
	struct merge *waiting; /* stacks, for the table to be read */
	struct usyms *us;
	const struct ns_pids *pids; /* borrowed; NULL: /proc has the numbers that records have */
	u64 modules;		    /* hash_of_modules() when the table was read last */
	struct seen seen;
};

struct symboliser *symboliser__new(struct ksyms **ks, bool user_stacks, const struct ns_pids *pids)
{
	struct symboliser *s = calloc(1, sizeof(*s));

	if (!s)
		return errno = ENOMEM, NULL;
	s->ks = ks;
	s->pids = pids;
	s->waiting = merge__new(1);
	if (user_stacks)
		s->us = usyms__new();
	if (s->waiting && (s->us || !user_stacks))
		return s;
	symboliser__free(s);
	return errno = ENOMEM, NULL;
}

void symboliser__free(struct symboliser *s)
{
	if (!s)
		return;
	usyms__free(s->us);
	ksyms_later__free(s->later);
	merge__free(s->waiting);
	free(s->seen.keys);
	free(s);
}

static int seen__grow(struct seen *set)
{
	size_t cap = set->cap ? set->cap * 2 : 4096;
	u64 *keys = calloc(cap, sizeof(*keys));

	if (!keys)
		return -ENOMEM;
	for (size_t i = 0; i < set->cap; i++) {
		size_t at = set->keys[i] & (cap - 1);

		if (!set->keys[i])
			continue;
		while (keys[at])
			at = (at + 1) & (cap - 1);
		keys[at] = set->keys[i];
	}
	free(set->keys);
	set->keys = keys;
	set->cap = cap;
	return 0;
}

/* 1 = was there, 0 = is new, -ENOMEM. */
static int seen__add(struct seen *set, u32 tgid, u64 addr)
{
	u64 key = (addr ^ (u64)tgid << 40) * 0x9e3779b97f4a7c15ULL | 1;
	size_t at;

	if (set->cnt * 2 >= set->cap && seen__grow(set))
		return -ENOMEM;
	for (at = key & (set->cap - 1); set->keys[at]; at = (at + 1) & (set->cap - 1))
		if (set->keys[at] == key)
			return 1;
	set->keys[at] = key;
	set->cnt++;
	return 0;
}

/* Changes when a module comes or goes; 0 = not to be read. */
static u64 hash_of_modules(void)
{
	FILE *f = fopen(MODULES_PATH, "re");
	u64 hash = 0xcbf29ce484222325ULL;
	char line[4096], what[160], name[64], address[32];

	if (!f)
		return 0;
	while (fgets(line, sizeof(line), f)) {
		/* what is between the two changes with every use */
		if (sscanf(line, "%63s %*s %*s %*s %*s %31s", name, address) != 2)
			continue;
		snprintf(what, sizeof(what), "%s %s\n", name, address);
		for (const char *c = what; *c; c++)
			hash = (hash ^ (u8)*c) * 0x100000001b3ULL;
	}
	fclose(f);
	return hash;
}

/*
 * Reads the symbols again if a module came or went since. At once, not now and then: it may be gone
 * soon, and then nobody can name it.
 */
static void reload(struct symboliser *s)
{
	u64 modules = hash_of_modules();
	struct ksyms *ks;

	if (modules == s->modules)
		return;
	s->modules = modules;
	ks = ksyms__load(KSYMS_PATH, NULL, 0);
	if (!ks)
		return;
	ksyms__free(*s->ks);
	*s->ks = ks;
}

static const char *kernel_name(struct symboliser *s, u64 addr, const char **module, u64 *off)
{
	const char *name;

	if (*s->ks && !ksyms__find(*s->ks, addr, &name, module, off))
		return name;
	return NULL;
}

/* Outside of our PID namespace there is nobody in its /proc. */
static u32 number_in_proc(const struct symboliser *s, u32 tgid)
{
	return s->pids && s->pids->by_tid.nr ? ns_pids__find(s->pids, tgid) : tgid;
}

static int name_address(struct symboliser *s, u32 tgid, u64 addr, record_fn fn, void *arg)
{
	struct rec_sym sym = {
		.h = { .sz = sizeof(sym), .kind = REC_SYM },
		.addr = addr,
		.tgid = tgid,
	};
	const char *name, *module = "";
	int seen = seen__add(&s->seen, tgid, addr);

	if (seen)
		return seen < 0 ? seen : 0;
	if (tgid) {
		if (!s->us || usyms__resolve(s->us, number_in_proc(s, tgid), addr, &sym))
			return 0;
		sym.h = (struct rec_hdr){ .sz = sizeof(sym), .kind = REC_SYM };
		sym.addr = addr;
		sym.tgid = tgid;
	} else {
		name = kernel_name(s, addr, &module, &sym.off);
		if (!name)
			return 0;
		if (frames__hidden_caller(name)) {
			name = frames__hidden_caller(name);
			sym.off = 0;
		}
		strncpy(sym.name, name, sizeof(sym.name) - 1);
		strncpy(sym.module, module, sizeof(sym.module) - 1);
	}
	return fn(arg, &sym.h);
}

static u16 clean_kernel_stack(struct symboliser *s, u64 *ips, u16 nr)
{
	if (frames__any_unknown(*s->ks, ips, nr))
		reload(s);
	return frames__keep_kernel(*s->ks, ips, nr);
}

/*
 * Without frame pointers the kernel's walk of a user stack goes astray, and takes any word for a
 * return address. One that lies in no code ends the stack. (The leaf is where the task itself was.)
 */
static u16 clean_user_stack(struct symboliser *s, u32 tgid, const u64 *ips, u16 nr)
{
	u16 kept = 0;

	while (kept < nr && ips[kept] &&
	       (!s->us || usyms__may_be_code(s->us, number_in_proc(s, tgid), ips[kept])))
		kept++;
	return kept;
}

static int name_stack(struct symboliser *s, const struct rec_stack *st, record_fn fn, void *arg)
{
	struct {
		struct rec_stack st;
		u64 ips[REC_STACK_MAX_FRAMES];
	} out = { .st = *st };
	u16 nr = st->nr;

	if (nr > REC_STACK_MAX_FRAMES)
		nr = REC_STACK_MAX_FRAMES;
	memcpy(out.ips, st + 1, nr * sizeof(u64));
	if (st->type == STACK_USER)
		nr = clean_user_stack(s, st->tgid, out.ips, nr);
	else if (*s->ks)
		nr = clean_kernel_stack(s, out.ips, nr);
	while (nr && !out.ips[nr - 1]) /* where a chain of frame pointers ended */
		nr--;
	for (u16 i = 0; i < nr; i++) {
		int err =
			name_address(s, st->type == STACK_USER ? st->tgid : 0, out.ips[i], fn, arg);

		if (err)
			return err;
	}
	out.st.nr = nr;
	out.st.h.sz = sizeof(out.st) + nr * sizeof(u64);
	return fn(arg, &out.st.h);
}

/* Once, and only if nobody had it read already. 0 or negative errno. */
static int ask_for_table(struct symboliser *s)
{
	if (*s->ks || s->asked)
		return 0;
	s->asked = true;
	s->modules = hash_of_modules();
	s->later = ksyms_later__start();
	return s->later ? 0 : -errno;
}

int symboliser__stack(struct symboliser *s, const struct rec_stack *st, record_fn fn, void *arg)
{
	int err;

	if (st->type != STACK_KERNEL)
		return name_stack(s, st, fn, arg);
	err = ask_for_table(s);
	if (err)
		return err;
	return s->later ? merge__add(s->waiting, 0, &st->h) : name_stack(s, st, fn, arg);
}

int symboliser__name_user(struct symboliser *s, const struct rec_stack *st, record_fn fn, void *arg)
{
	const u64 *ips = (const u64 *)(st + 1);
	int err = 0;
	u16 nr;

	/* its NS_PID record is still in another ring: when the stack's turn comes it is not */
	if (!number_in_proc(s, st->tgid))
		return 0;
	nr = clean_user_stack(s, st->tgid, ips, st->nr);
	for (u16 i = 0; s->us && i < nr; i++)
		usyms__open(s->us, number_in_proc(s, st->tgid), ips[i]);
	for (u16 i = 0; i < nr && !err; i++)
		err = name_address(s, st->tgid, ips[i], fn, arg);
	return err;
}

struct sink {
	struct symboliser *s;
	record_fn fn;
	void *arg;
};

static int name_waiting(void *arg, const struct rec_hdr *rec)
{
	struct sink *sink = arg;

	return name_stack(sink->s, (const struct rec_stack *)rec, sink->fn, sink->arg);
}

int symboliser__poll(struct symboliser *s, bool last, record_fn fn, void *arg)
{
	struct sink sink = { s, fn, arg };
	struct ksyms *ks;

	if (!s->later || !ksyms_later__get(s->later, last && merge__pending(s->waiting), &ks))
		return 0;
	if (!ks)
		log_warn("kernel addresses get no names: " KSYMS_PATH ": %s", strerror(errno));
	*s->ks = ks;
	ksyms_later__free(s->later);
	s->later = NULL;
	return merge__emit(s->waiting, UINT64_MAX, name_waiting, &sink);
}
