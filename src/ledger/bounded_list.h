/* SPDX-License-Identifier: GPL-2.0 */
/* Arrays that grow up to a bound: what is kept in detail must not grow with what is fed. */
#ifndef PINACCT_BOUNDED_LIST_H
#define PINACCT_BOUNDED_LIST_H

#include <stdbool.h>
#include <stddef.h>

/*
 * Room for one more behind the `nr` elements of *at, of which there may be `max`. False = there is
 * none, or no memory; the array is as it was.
 */
bool bounded_list__grow(void **at, size_t *cap, size_t nr, size_t max, size_t elem_sz);

#endif
