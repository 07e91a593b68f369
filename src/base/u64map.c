// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <stdlib.h>
#include "base/hash.h"
#include "base/u64map.h"

#define CAP_FIRST 64

/* cap is 1 << n: the upper n bits of the hash. */
static size_t home(const struct u64map *m, u64 key)
{
	return hash__u64(m->seed, key) >> (__builtin_clzll(m->cap) + 1);
}

static size_t find(const struct u64map *m, u64 key)
{
	size_t i = home(m, key);

	while (m->slots[i].key && m->slots[i].key != key)
		i = (i + 1) & (m->cap - 1);
	return i;
}

u64 *u64map__get(const struct u64map *m, u64 key)
{
	struct u64map_slot *slot;

	if (!key || !m->cap)
		return NULL;
	slot = &m->slots[find(m, key)];
	return slot->key ? &slot->value : NULL;
}

static int grow(struct u64map *m)
{
	struct u64map bigger = { .cap = m->cap ? 2 * m->cap : CAP_FIRST,
				 .nr = m->nr,
				 .seed = m->seed ? m->seed : hash__seed() };

	bigger.slots = calloc(bigger.cap, sizeof(*bigger.slots));
	if (!bigger.slots)
		return -ENOMEM;
	for (size_t i = 0; i < m->cap; i++)
		if (m->slots[i].key)
			bigger.slots[find(&bigger, m->slots[i].key)] = m->slots[i];
	free(m->slots);
	*m = bigger;
	return 0;
}

int u64map__set(struct u64map *m, u64 key, u64 value)
{
	struct u64map_slot *slot;

	if (!key)
		return 0;
	if (m->nr >= m->cap / 2 && !u64map__get(m, key) && grow(m))
		return -ENOMEM;
	slot = &m->slots[find(m, key)];
	m->nr += !slot->key;
	*slot = (struct u64map_slot){ key, value };
	return 0;
}

/* What lies behind the hole, and would be looked for across it, moves up. */
void u64map__del(struct u64map *m, u64 key)
{
	size_t hole, i;

	if (!u64map__get(m, key))
		return;
	hole = i = find(m, key);
	for (;;) {
		i = (i + 1) & (m->cap - 1);
		if (!m->slots[i].key)
			break;
		if (((i - home(m, m->slots[i].key)) & (m->cap - 1)) >=
		    ((i - hole) & (m->cap - 1))) {
			m->slots[hole] = m->slots[i];
			hole = i;
		}
	}
	m->slots[hole].key = 0;
	m->nr--;
}

void u64map__deinit(struct u64map *m)
{
	free(m->slots);
	*m = (struct u64map){ 0 };
}
