// SPDX-License-Identifier: GPL-2.0
/*
 * Each fuzzer's input is given so much processor time a byte. libFuzzer's own -timeout is one for
 * inputs of all sizes, and lets a hundred bytes take seconds.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define GRACE_S	   1.0
#define S_PER_BYTE 0.001

/* The fuzzer's, renamed by the Makefile. */
int fuzz_one_input(const uint8_t *data, size_t sz);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t sz);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t sz)
{
	clock_t start = clock();
	int ret = fuzz_one_input(data, sz);
	double took_s = (double)(clock() - start) / CLOCKS_PER_SEC;

	if (took_s <= GRACE_S + S_PER_BYTE * sz)
		return ret;
	fprintf(stderr, "%zu bytes took %.1f s\n", sz, took_s);
	abort();
}
