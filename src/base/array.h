/* SPDX-License-Identifier: GPL-2.0 */
/* Arrays that grow: `T *at; size_t nr, cap;`, where cap elements have room and nr are in use. */
#ifndef PINACCT_ARRAY_H
#define PINACCT_ARRAY_H

#include <stddef.h>

/*
 * Room for one more element behind the nr that are there, by doubling. `at` is the array: it moves,
 * so pointers into it are gone. 0, or -ENOMEM and nothing changed.
 *
 *	if (ARRAY_GROW(list->at, list->nr, list->cap))
 *		return -ENOMEM;
 *	list->at[list->nr++] = element;
 */
#define ARRAY_GROW(at, nr, cap) ((nr) < (cap) ? 0 : array__grow(&(at), &(cap), sizeof(*(at))))

/* `at` points to the pointer to the array. Use ARRAY_GROW(). */
int array__grow(void *at, size_t *cap, size_t elem_sz);

#endif
