// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "base/name_index.h"

static u32 bucket_of(const struct name_index *idx, const char *name)
{
	u32 hash = 0;

	for (; *name; name++)
		hash = (hash ^ (unsigned char)*name) * 0x9e3779b1u;
	return (hash ^ hash >> 15) & idx->mask;
}

int name_index__init(struct name_index *idx, u32 nr)
{
	u32 buckets = 1;

	while (buckets < nr && buckets < 1u << 31)
		buckets *= 2;
	idx->mask = buckets - 1;
	idx->buckets = malloc(buckets * sizeof(*idx->buckets));
	idx->next = malloc((nr ?: 1) * sizeof(*idx->next));
	if (!idx->buckets || !idx->next) {
		name_index__deinit(idx);
		return -ENOMEM;
	}
	memset(idx->buckets, 0xff, buckets * sizeof(*idx->buckets));
	return 0;
}

void name_index__deinit(struct name_index *idx)
{
	free(idx->buckets);
	free(idx->next);
	*idx = (struct name_index){ 0 };
}

void name_index__add(struct name_index *idx, const char *name, u32 number)
{
	u32 *bucket = &idx->buckets[bucket_of(idx, name)];

	idx->next[number] = *bucket;
	*bucket = number;
}

u32 name_index__first(const struct name_index *idx, const char *name)
{
	return idx->buckets[bucket_of(idx, name)];
}
