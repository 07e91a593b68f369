/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The few symbols of the running kernel that the start needs: the functions of the hooks, some
 * variables, the borders of its text. Asked by name where the kernel is quick at that, else from
 * the table of all (ksyms.h).
 */
#ifndef PINACCT_KERNEL_SYMS_H
#define PINACCT_KERNEL_SYMS_H

#include <stdbool.h>
#include <stddef.h>
#include <pinacct/bpf_shared.h>

struct ksyms;

struct kernel_syms {
	struct named_addr *names; /* NULL when `all` came instead */
	u32 nr;
	struct ksyms *all; /* NULL while nobody needed it; whoever reads kallsyms may put it here */
};

/* 0, or negative errno with one line in err: see ksyms__load(). */
int kernel_syms__init(struct kernel_syms *s, char *err, size_t err_sz);
void kernel_syms__deinit(struct kernel_syms *s);
/* Does vmlinux or a module have a function `name`? Where it begins goes to *addr, unless NULL. */
bool kernel_syms__function(const struct kernel_syms *s, const char *name, u64 *addr);
/* Where one of the variables is that ksyms.h lists; 0 = not in this kernel. */
u64 kernel_syms__variable(const struct kernel_syms *s, const char *name);
/* vmlinux's [_stext, _etext) */
void kernel_syms__text_range(const struct kernel_syms *s, u64 *start, u64 *end);
/* Puts the name of the module that addr is in into buf; false: vmlinux, or nowhere. */
bool kernel_syms__module(const struct kernel_syms *s, u64 addr, char *buf, size_t sz);

#endif
