// SPDX-License-Identifier: GPL-2.0
/*
 * Two hash tables of pointers (stacks by id, symbols by address) and one of strings, all growing
 * with what is added. Values stay where they are, so borrowed pointers outlive a growing table.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "base/format.h"
#include "base/hash.h"
#include "ledger/stacks.h"

struct slot {
	u64 key;
	u32 sub;
	void *val; /* NULL = free */
};

struct table {
	struct slot *slots;
	size_t cap; /* a power of two */
	size_t cnt;
};

/* The ips follow. */
struct stack {
	struct event_stack ev;
	u64 ips[];
};

struct stacks {
	struct table by_id, by_addr, strings;
	u64 seed;
	size_t nr_kernel, nr_user;
};

/*
 * The finalizer of splitmix64 (Steele, Lea, Flood 2014): every input bit reaches every output bit.
 */
static u64 mix(u64 x)
{
	x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9ull;
	x = (x ^ (x >> 27)) * 0x94d049bb133111ebull;
	return x ^ (x >> 31);
}

/* Ids and addresses may come from a made-up file; the seed keeps it from aiming at one slot. */
static struct slot *table_slot(const struct table *t, u64 seed, u64 key, u32 sub)
{
	size_t at = mix(mix(key ^ seed) + sub) & (t->cap - 1);

	while (t->slots[at].val && (t->slots[at].key != key || t->slots[at].sub != sub))
		at = (at + 1) & (t->cap - 1);
	return &t->slots[at];
}

static void *table_get(const struct table *t, u64 seed, u64 key, u32 sub)
{
	return t->cap ? table_slot(t, seed, key, sub)->val : NULL;
}

static int table_grow(struct table *t, u64 seed)
{
	struct table bigger = { .cap = t->cap ? t->cap * 2 : 64, .cnt = t->cnt };

	bigger.slots = calloc(bigger.cap, sizeof(*bigger.slots));
	if (!bigger.slots)
		return -ENOMEM;
	for (size_t i = 0; i < t->cap; i++)
		if (t->slots[i].val)
			*table_slot(&bigger, seed, t->slots[i].key, t->slots[i].sub) = t->slots[i];
	free(t->slots);
	*t = bigger;
	return 0;
}

/* The key must not be there yet. */
static int table_add(struct table *t, u64 seed, u64 key, u32 sub, void *val)
{
	if (t->cnt + 1 > t->cap / 4 * 3) {
		int err = table_grow(t, seed);

		if (err)
			return err;
	}
	*table_slot(t, seed, key, sub) = (struct slot){ key, sub, val };
	t->cnt++;
	return 0;
}

static void table_deinit(struct table *t)
{
	for (size_t i = 0; i < t->cap; i++)
		free(t->slots[i].val);
	free(t->slots);
}

struct stacks *stacks__new(void)
{
	struct stacks *s = calloc(1, sizeof(*s));

	if (!s)
		return NULL;
	s->seed = hash__seed();
	return s;
}

void stacks__free(struct stacks *s)
{
	if (!s)
		return;
	table_deinit(&s->by_id);
	table_deinit(&s->by_addr);
	table_deinit(&s->strings);
	free(s);
}

#define HASH_START 0xcbf29ce484222325ull

/* FNV-1a, for strings and for the hash that must be the same everywhere. */
static u64 hash_bytes(u64 hash, const void *data, size_t sz)
{
	const unsigned char *at = data;

	while (sz--)
		hash = (hash ^ *at++) * 0x100000001b3ull;
	return hash;
}

/* The string with its end, so that "ab" + "c" is not "a" + "bc". */
static u64 hash_string(u64 hash, const char *str)
{
	return hash_bytes(hash, str, strlen(str) + 1);
}

/*
 * One copy of each string. Strings that collide in 64 bits and in length get the next number as
 * key; a made-up file can so make a chain, hence its limit: beyond it the string is left out.
 */
#define STRING_CHAIN_MAX 16

static int intern(struct stacks *s, const char *str, const char **out)
{
	size_t len = strlen(str);
	u64 key = hash_bytes(HASH_START ^ s->seed, str, len);
	char *copy;
	int err;

	*out = "";
	if (!len)
		return 0;
	for (int i = 0; i < STRING_CHAIN_MAX; i++, key++) {
		const char *known = table_get(&s->strings, s->seed, key, (u32)len);

		if (known && strcmp(known, str))
			continue;
		if (known) {
			*out = known;
			return 0;
		}
		copy = strdup(str);
		if (!copy)
			return -ENOMEM;
		err = table_add(&s->strings, s->seed, key, (u32)len, copy);
		if (err)
			free(copy);
		else
			*out = copy;
		return err;
	}
	return 0;
}

int stacks__add(struct stacks *s, const struct event_stack *st)
{
	struct stack *new;
	int err;

	if (!st->id || table_get(&s->by_id, s->seed, st->id, 0))
		return 0;
	new = malloc(sizeof(*new) + st->nr * sizeof(new->ips[0]));
	if (!new)
		return -ENOMEM;
	new->ev = *st;
	new->ev.ips = new->ips;
	if (st->nr)
		memcpy(new->ips, st->ips, st->nr * sizeof(new->ips[0]));
	err = table_add(&s->by_id, s->seed, st->id, 0, new);
	if (err) {
		free(new);
		return err;
	}
	s->nr_kernel += st->type == STACK_KERNEL;
	s->nr_user += st->type == STACK_USER;
	return 0;
}

static int fill_symbol(struct stacks *s, const struct rec_sym *sym, struct symbol *out)
{
	int err;

	err = intern(s, sym->name, &out->name);
	if (!err)
		err = intern(s, sym->module, &out->module);
	if (!err)
		err = intern(s, sym->file, &out->file);
	out->line = sym->line;
	out->off = sym->off;
	return err;
}

int stacks__add_sym(struct stacks *s, const struct rec_sym *sym)
{
	struct symbol *old = table_get(&s->by_addr, s->seed, sym->addr, sym->tgid);
	struct symbol filled, *new;
	int err;

	/* A name may still come for an address that had none, never another name. */
	if (old && (*old->name || !*sym->name))
		return 0;
	err = fill_symbol(s, sym, &filled);
	if (err)
		return err;
	if (old) {
		*old = filled;
		return 0;
	}
	new = malloc(sizeof(*new));
	if (!new)
		return -ENOMEM;
	*new = filled;
	err = table_add(&s->by_addr, s->seed, sym->addr, sym->tgid, new);
	if (err)
		free(new);
	return err;
}

const struct event_stack *stacks__get(const struct stacks *s, u64 id)
{
	const struct stack *st = id ? table_get(&s->by_id, s->seed, id, 0) : NULL;

	return st ? &st->ev : NULL;
}

const struct symbol *stacks__sym(const struct stacks *s, u32 tgid, u64 addr)
{
	static const struct symbol unknown = { .name = "", .module = "", .file = "" };
	const struct symbol *sym = table_get(&s->by_addr, s->seed, addr, tgid);

	return sym ? sym : &unknown;
}

size_t stacks__cnt(const struct stacks *s, u8 type)
{
	if (type == STACK_KERNEL)
		return s->nr_kernel;
	return type == STACK_USER ? s->nr_user : 0;
}

static const struct symbol *frame_sym(const struct stacks *s, const struct event_stack *st,
				      unsigned frame)
{
	return stacks__sym(s, st->type == STACK_USER ? st->tgid : 0, st->ips[frame]);
}

const char *stacks__frame_text(const struct stacks *s, const struct event_stack *st, unsigned frame,
			       char *buf, size_t sz)
{
	const struct symbol *sym;

	if (frame >= st->nr)
		return text_frame("?", "", 0, buf, sz);
	sym = frame_sym(s, st, frame);
	return text_frame(sym->name, sym->module, *sym->name ? sym->off : st->ips[frame], buf, sz);
}

u64 stacks__name_hash(const struct stacks *s, u64 id)
{
	const struct event_stack *st = stacks__get(s, id);
	u64 hash = HASH_START;

	if (!st)
		return 0;
	for (unsigned i = 0; i < st->nr; i++) {
		const struct symbol *sym = frame_sym(s, st, i);

		hash = hash_string(hash, sym->name);
		if (*sym->name)
			hash = hash_string(hash, sym->module);
		else
			hash = hash_bytes(hash, &st->ips[i], sizeof(st->ips[i]));
	}
	return hash;
}
