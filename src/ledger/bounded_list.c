// SPDX-License-Identifier: GPL-2.0
#include <stdlib.h>
#include "ledger/bounded_list.h"

bool bounded_list__grow(void **at, size_t *cap, size_t nr, size_t max, size_t elem_sz,
			bool *no_memory)
{
	size_t more = *cap ? 2 * *cap : 16;
	void *grown;

	if (nr < *cap)
		return true;
	if (more > max)
		more = max;
	if (nr >= more)
		return false;
	grown = realloc(*at, more * elem_sz);
	if (!grown) {
		*no_memory = true;
		return false;
	}
	*at = grown;
	*cap = more;
	return true;
}
