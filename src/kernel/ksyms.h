/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Kernel functions by address and by name, as /proc/kallsyms had them when it was loaded. A module
 * or a BPF program that came later is not in it: load again.
 */
#ifndef PINACCT_KSYMS_H
#define PINACCT_KSYMS_H

#include <stdbool.h>
#include <stddef.h>
#include <pinacct/types.h>

struct ksyms;

#define KSYMS_PATH "/proc/kallsyms"
/* Of the text: several times what a kernel with everything built in shows. */
#define KSYMS_TEXT_MAX_BYTES (128u << 20)

/*
 * NULL and errno; err (if not NULL) gets one line. Where the kernel shows zeroes in place of
 * addresses (kernel.kptr_restrict) they are asked for by a BPF iterator; EPERM: it has none (before
 * 6.0), or lets us not. Memory is bounded whatever the file holds.
 */
struct ksyms *ksyms__load(const char *path, char *err, size_t err_sz);
/* The same over memory, for tests and fuzzing; `name` is for messages. Nothing of text is kept. */
struct ksyms *ksyms__parse(const char *text, size_t sz, const char *name, char *err, size_t err_sz);
void ksyms__free(struct ksyms *ks);

size_t ksyms__cnt(const struct ksyms *ks);
/*
 * 0 or -ENOENT. Strings are borrowed from ks; *module is "" for vmlinux. Any out-pointer may be
 * NULL. Of several names for one address it is the one that the kernel itself would print.
 */
int ksyms__find(const struct ksyms *ks, u64 addr, const char **name, const char **module, u64 *off);
/*
 * Where the function `name` begins: 0, -ENOENT, or -ENOTUNIQ when functions at several addresses
 * have this name (*addr is then the lowest). BPF programs and trampolines are no functions.
 */
int ksyms__addr(const struct ksyms *ks, const char *name, u64 *addr);
/* Where one of the few variables that ksyms.c lists is; 0 = not in this kernel. */
u64 ksyms__variable(const struct ksyms *ks, const char *name);
/* Their names, from i = 0 on; NULL = no more. */
const char *ksyms__variable_name(size_t i);
bool ksyms__has_function(const struct ksyms *ks, const char *name);
/*
 * True for code that the kernel made at run time: BPF programs, BPF and ftrace trampolines, kprobe
 * slots; that is, every address outside the text of vmlinux and of the modules, whether it has a
 * name or not (net.core.bpf_jit_kallsyms may hide it). What is nearer to the leaf
 * than the last such frame of a stack is the tool's own work.
 */
bool ksyms__is_bpf(const struct ksyms *ks, u64 addr);
/* vmlinux's [_stext, _etext) */
void ksyms__text_range(const struct ksyms *ks, u64 *start, u64 *end);

#endif
