// SPDX-License-Identifier: GPL-2.0
#include <sys/random.h>
#include "base/hash.h"

u64 hash__seed(void)
{
	u64 seed;

	/* Early in boot there may be no random bytes: where the stack is, is not known outside
	 * either. */
	if (getrandom(&seed, sizeof(seed), GRND_NONBLOCK) != sizeof(seed))
		seed = (uintptr_t)&seed * 0x9e3779b97f4a7c15ull;
	return seed | 1;
}
