// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include "base/array.h"

#define CAP_FIRST 16

/* The pointer is of any type, and read and written as bytes for that. */
int array__grow(void *at, size_t *cap, size_t elem_sz)
{
	size_t more = *cap ? 2 * *cap : CAP_FIRST;
	void *array, *grown;

	if (*cap > SIZE_MAX / 2 || more > SIZE_MAX / elem_sz)
		return -ENOMEM;
	memcpy(&array, at, sizeof(array));
	grown = realloc(array, more * elem_sz);
	if (!grown)
		return -ENOMEM;
	memcpy(at, &grown, sizeof(grown));
	*cap = more;
	return 0;
}
