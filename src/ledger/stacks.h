/* SPDX-License-Identifier: GPL-2.0 */
/* Stacks by id and names by address: what renderers need to print a stack. No kernel access. */
#ifndef PINACCT_STACKS_H
#define PINACCT_STACKS_H

#include <stddef.h>
#include "record/event.h"

struct stacks;

/* A name; tgid 0 = kernel. Strings are borrowed, live as long as the table; never NULL. */
struct symbol {
	const char *name;   /* "" = not known */
	const char *module; /* "" = vmlinux or not known */
	const char *file;   /* "" = not known */
	u32 line;
	u64 off;
};

struct stacks *stacks__new(void);
void stacks__free(struct stacks *s);
/* Copies. Adding a known id or address again is harmless. 0 or -ENOMEM. */
int stacks__add(struct stacks *s, const struct event_stack *st);
int stacks__add_sym(struct stacks *s, const struct rec_sym *sym);
/* NULL when the id is 0 or not known. */
const struct event_stack *stacks__get(const struct stacks *s, u64 id);
/* Never NULL: an unknown address gives an empty name. */
const struct symbol *stacks__sym(const struct stacks *s, u32 tgid, u64 addr);
size_t stacks__cnt(const struct stacks *s, u8 type);

/*
 * "name+0x12 [module]" for people; "0xffffffff81234567" when there is no name. buf is always
 * terminated; returns buf. Names are as they came: clean them before a terminal sees them (text.h).
 */
const char *stacks__frame_text(const struct stacks *s, const struct event_stack *st, unsigned frame,
			       char *buf, size_t sz);
/*
 * A 64-bit hash of the stack's names and modules without offsets, and of the address where there is
 * no name: the same on every boot of a kernel when all have names. 0 when the id is not known.
 */
u64 stacks__name_hash(const struct stacks *s, u64 id);

#endif
