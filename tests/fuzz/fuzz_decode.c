// SPDX-License-Identifier: GPL-2.0
/* decode() over arbitrary bytes. What an event promises is held to its word. */
#include <stdlib.h>
#include <string.h>
#include "fuzz_event.h"

int LLVMFuzzerTestOneInput(const u8 *data, size_t sz);

int LLVMFuzzerTestOneInput(const u8 *data, size_t sz)
{
	/* An exact copy: aligned as in a ring, and the sanitizer watches its end. */
	char *copy = malloc(sz + !sz);
	struct event e;
	size_t pos = 0;
	int len;

	memcpy(copy, data, sz);
	while ((len = fuzz_decode(copy + pos, sz - pos, &e)) > 0)
		pos += len;
	free(copy);
	return 0;
}
