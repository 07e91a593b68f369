// SPDX-License-Identifier: GPL-2.0
#include "ledger/page_map.h"

#define WORD_BITS 64

/* The bits of [first, last] that lie in a word. */
static u64 in_word(u32 word, u32 first, u32 last)
{
	u32 low = first / WORD_BITS == word ? first % WORD_BITS : 0;
	u32 high = last / WORD_BITS == word ? last % WORD_BITS : WORD_BITS - 1;

	return ~(u64)0 >> (WORD_BITS - 1 - high) & ~(u64)0 << low;
}

void page_map__add(struct page_map *map, u32 off, u32 len)
{
	u32 last = off + len - 1;

	/* Only a run that breaks the rules of wire.h is longer than a block. */
	if (len > BLOCK_PAGES || last >= BLOCK_PAGES) {
		map->gave_up = true;
		return;
	}
	for (u32 i = off / WORD_BITS; i <= last / WORD_BITS; i++) {
		u64 bits = in_word(i, off, last);

		if (map->bits[i] & bits)
			map->gave_up = true;
		map->bits[i] |= bits;
	}
}

void page_map__del(struct page_map *map, u32 off, u32 len)
{
	u32 last = off + len - 1;

	for (u32 i = off / WORD_BITS; i <= last / WORD_BITS; i++)
		map->bits[i] &= ~in_word(i, off, last);
}

u32 page_map__next(const struct page_map *map, u32 off)
{
	for (u32 i = off / WORD_BITS; i < BLOCK_PAGES / WORD_BITS; i++) {
		u64 bits = map->bits[i] & in_word(i, off, BLOCK_PAGES - 1);

		if (bits)
			return i * WORD_BITS + __builtin_ctzll(bits);
	}
	return BLOCK_PAGES;
}
