/* SPDX-License-Identifier: GPL-2.0 */
/* Arrays that grow up to a bound: what is kept in detail must not grow with what is fed. */
#ifndef PINACCT_BOUNDED_LIST_H
#define PINACCT_BOUNDED_LIST_H

#include <stdbool.h>
#include <stddef.h>

/*
 * Room for one more behind the `nr` elements of *at, of which there may be `max`. False = there is
 * none, and the array is as it was; *no_memory is set when that is for want of memory.
 */
bool bounded_list__grow(void **at, size_t *cap, size_t nr, size_t max, size_t elem_sz,
			bool *no_memory);

#endif
