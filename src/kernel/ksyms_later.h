/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The table of all kernel symbols, read by a thread of its own while others have better things to
 * do: it costs as much as a fifth of the tool's start, and is not needed before there is a stack to
 * be named.
 */
#ifndef PINACCT_KSYMS_LATER_H
#define PINACCT_KSYMS_LATER_H

#include <stdbool.h>

struct ksyms;
struct ksyms_later;

/* Begins to read, at a low priority. NULL and errno when there can be no thread. */
struct ksyms_later *ksyms_later__start(void);
/*
 * True when it has been read, or `wait` for that: *ks is then the caller's, or NULL when it could
 * not be, and errno says why. Not to be called again after that, but freed.
 */
bool ksyms_later__get(struct ksyms_later *l, bool wait, struct ksyms **ks);
/*
 * NULL does nothing. A table that nobody got is dropped, whenever it will have been read: this does
 * not wait.
 */
void ksyms_later__free(struct ksyms_later *l);

#endif
