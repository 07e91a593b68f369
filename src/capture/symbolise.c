// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include "capture/merge.h"
#include "kernel/ksyms.h"
#include "kernel/ksyms_later.h"
#include "base/log.h"
#include "capture/symbolise.h"
#include "kernel/usyms.h"

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
	time_t reloaded;
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

/* A module may have been loaded since: read the symbols again, once a second at most. */
static void reload(struct symboliser *s)
{
	time_t now = time(NULL);
	struct ksyms *ks;

	if (now == s->reloaded)
		return;
	s->reloaded = now;
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
		strncpy(sym.name, name, sizeof(sym.name) - 1);
		strncpy(sym.module, module, sizeof(sym.module) - 1);
	}
	return fn(arg, &sym.h);
}

/*
 * Where an interrupt came in: the entry stubs (arch/x86/entry: asm_common_interrupt, asm_sysvec_*).
 * Below them is a task that has nothing to do with the release.
 */
static bool is_interrupt_entry(struct symboliser *s, u64 addr)
{
	const char *module, *name = kernel_name(s, addr, &module, NULL);

	return name && (!strncmp(name, "asm_sysvec_", 11) || !strcmp(name, "asm_common_interrupt"));
}

static u16 clean_kernel_stack(struct symboliser *s, u64 *ips, u16 nr)
{
	u16 kept = 0;

	for (u16 i = 0; i < nr; i++) {
		const char *module;

		if (!kernel_name(s, ips[i], &module, NULL) && ksyms__is_bpf(*s->ks, ips[i]))
			reload(s);
		if (ksyms__is_bpf(*s->ks, ips[i]))
			continue;
		ips[kept++] = ips[i];
		if (is_interrupt_entry(s, ips[i]))
			break;
	}
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
	if (st->type == STACK_KERNEL && *s->ks)
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
