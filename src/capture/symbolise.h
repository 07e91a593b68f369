/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Names for the addresses in stacks, given when a stack is first seen, so that they travel in the
 * record file: module and process addresses mean nothing on another boot.
 */
#ifndef PINACCT_SYMBOLISE_H
#define PINACCT_SYMBOLISE_H

#include <stdbool.h>
#include "record/ns_pids.h"
#include "record/sink.h"

struct symboliser;
struct ksyms;

/*
 * *ks is borrowed, and replaced by a newer table when a module came later. When it is NULL the
 * table is read beside everything else when the first kernel stack comes, and kernel stacks wait
 * for it. `pids`: the numbers by which /proc has processes, borrowed; NULL = those of the records.
 */
struct symboliser *symboliser__new(struct ksyms **ks, bool user_stacks, const struct ns_pids *pids);
void symboliser__free(struct symboliser *s);
/*
 * Hands fn a REC_SYM for each address not named before, then the stack without our own frames (BPF
 * programs, trampolines) and without the task that an interrupt happened to interrupt. Now, or in a
 * later symboliser__poll().
 */
int symboliser__stack(struct symboliser *s, const struct rec_stack *st, record_fn fn, void *arg);
/*
 * Hands fn the names of a user stack's addresses. To be called as soon as the stack comes in, as
 * its process may be gone when its turn comes (symboliser__stack()). 0 or what fn returned.
 */
int symboliser__name_user(struct symboliser *s, const struct rec_stack *st, record_fn fn,
			  void *arg);
/*
 * Hands on the stacks that waited, if the table is there by now; `last` waits for it. Without a
 * table they have no names.
 */
int symboliser__poll(struct symboliser *s, bool last, record_fn fn, void *arg);

#endif
