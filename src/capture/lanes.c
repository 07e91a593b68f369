// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>
#include <pinacct/bpf_shared.h>
#include "capture/lanes.h"

#define LANE_BITS_MIN 4
#define LANE_BITS_MAX 20

struct lanes {
	union lane_entry *entries;
	size_t bytes; /* of the mapping */
	unsigned nr, bits;
	u64 next[]; /* entry of each lane that is to be read next */
};

unsigned lanes__bits(u64 bytes)
{
	unsigned bits = LANE_BITS_MIN;

	while (bits < LANE_BITS_MAX && (sizeof(union lane_entry) << (bits + 1)) <= bytes)
		bits++;
	return bits;
}

u64 lanes__entries(unsigned nr, unsigned bits)
{
	return (u64)nr << bits;
}

struct lanes *lanes__new(int map_fd, unsigned nr, unsigned bits)
{
	struct lanes *l = calloc(1, sizeof(*l) + nr * sizeof(l->next[0]));
	long page = sysconf(_SC_PAGESIZE);

	if (!l)
		return errno = ENOMEM, NULL;
	l->nr = nr;
	l->bits = bits;
	l->bytes = lanes__entries(nr, bits) * sizeof(union lane_entry);
	l->bytes = (l->bytes + page - 1) / page * page;
	l->entries = mmap(NULL, l->bytes, PROT_READ | PROT_WRITE, MAP_SHARED, map_fd, 0);
	if (l->entries == MAP_FAILED) {
		free(l);
		return NULL;
	}
	return l;
}

void lanes__free(struct lanes *l)
{
	if (!l)
		return;
	munmap(l->entries, l->bytes);
	free(l);
}

int lanes__drain(struct lanes *l, record_fn fn, void *arg)
{
	u64 mask = (1ull << l->bits) - 1;

	for (unsigned lane = 0; lane < l->nr; lane++) {
		for (;;) {
			union lane_entry *e =
				&l->entries[((u64)lane << l->bits) + (l->next[lane] & mask)];
			u32 sz = __atomic_load_n(&e->h.sz, __ATOMIC_ACQUIRE);
			int err;

			if (!sz || sz == LANE_TAKEN)
				break;
			if (sz > sizeof(*e))
				return -EBADMSG;
			err = fn(arg, &e->h);
			if (err)
				return err;
			__atomic_store_n(&e->h.sz, 0, __ATOMIC_RELEASE);
			l->next[lane]++;
		}
	}
	return 0;
}
