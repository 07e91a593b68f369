// SPDX-License-Identifier: GPL-2.0
/*
 * Open calls by their call_id. Pins and releases do not ask for it: only who
 * reports does (ledger__for_each_run()), and a later chunk of a call whose
 * earlier one is no longer at hand. So the index is made when first asked for,
 * and kept up from then on; a replay never pays for it until its end.
 *
 * Open addressing, linear probing; an entry is the index of a call, which has
 * the key. Removal moves what follows up, so that there are no tombstones.
 */
#include <errno.h>
#include <stdlib.h>
#include "ledger/ledger_impl.h"

#define IDS_MIN_BITS 8
#define IDS_MAX_BITS 31
/* Calls with chunks to come: a CPU has one at a time, nested interrupts aside. */
#define CHUNKED_BITS 6

struct call_ids {
	u32 *slots; /* NULL = not asked for so far */
	u32 bits;
	u32 cnt;
	u32 chunked[1 << CHUNKED_BITS];
};

int ids__init(struct ledger *l)
{
	l->ids = calloc(1, sizeof(*l->ids));
	return l->ids ? 0 : -ENOMEM;
}

void ids__deinit(struct ledger *l)
{
	if (l->ids)
		free(l->ids->slots);
	free(l->ids);
}

u64 ids__bytes(const struct ledger *l)
{
	const struct call_ids *ids = l->ids;

	return sizeof(*ids) + (ids->slots ? sizeof(*ids->slots) << ids->bits : 0);
}

static u32 home(const struct call_ids *ids, u64 call_id)
{
	return hash_mix(call_id) >> (64 - ids->bits);
}

static u32 behind(const struct call_ids *ids, u32 slot)
{
	return (slot + 1) & (((u32)1 << ids->bits) - 1);
}

static void put(const struct ledger *l, u32 call)
{
	struct call_ids *ids = l->ids;
	u32 i = home(ids, call_at(l, call)->call_id);

	while (ids->slots[i])
		i = behind(ids, i);
	ids->slots[i] = call;
	ids->cnt++;
}

/* All calls anew, with room for as many again. Without memory there is no index. */
static void rebuild(const struct ledger *l)
{
	struct call_ids *ids = l->ids;

	free(ids->slots);
	for (ids->bits = IDS_MIN_BITS; (u64)1 << ids->bits < 2 * l->t.open_calls + 2;)
		ids->bits++;
	ids->cnt = 0;
	ids->slots = NULL;
	if (ids->bits <= IDS_MAX_BITS)
		ids->slots = calloc((size_t)1 << ids->bits, sizeof(*ids->slots));
	for (u32 i = 1; ids->slots && i < l->calls.top; i++)
		if (call_at(l, i)->site)
			put(l, i);
}

static u32 find_slowly(const struct ledger *l, u64 call_id, u32 after)
{
	for (u32 i = after + 1; i < l->calls.top; i++)
		if (call_at(l, i)->site && call_at(l, i)->call_id == call_id)
			return i;
	return 0;
}

u32 ids__find(const struct ledger *l, u64 call_id, u32 after)
{
	struct call_ids *ids = l->ids;
	bool passed = !after;
	u32 i;

	if (!ids->slots)
		rebuild(l);
	if (!ids->slots)
		return find_slowly(l, call_id, after);
	for (i = home(ids, call_id); ids->slots[i]; i = behind(ids, i)) {
		if (passed && call_at(l, ids->slots[i])->call_id == call_id)
			return ids->slots[i];
		passed = passed || ids->slots[i] == after;
	}
	return 0;
}

/* The call is counted in open_calls already. */
void ids__add(struct ledger *l, u32 call)
{
	struct call_ids *ids = l->ids;

	if (!ids->slots)
		return;
	if (4 * ((u64)ids->cnt + 1) > (u64)3 << ids->bits)
		rebuild(l);
	else
		put(l, call);
}

void ids__del(struct ledger *l, u32 call)
{
	struct call_ids *ids = l->ids;
	u32 mask, i, hole;

	if (!ids->slots)
		return;
	mask = ((u32)1 << ids->bits) - 1;
	for (hole = home(ids, call_at(l, call)->call_id); ids->slots[hole] != call;)
		hole = behind(ids, hole);
	for (i = behind(ids, hole); ids->slots[i]; i = behind(ids, i)) {
		u32 at_home = home(ids, call_at(l, ids->slots[i])->call_id);

		if (((i - at_home) & mask) < ((i - hole) & mask))
			continue; /* it would lie before its home */
		ids->slots[hole] = ids->slots[i];
		hole = i;
	}
	ids->slots[hole] = 0;
	ids->cnt--;
}

void ids__expect_chunk(struct ledger *l, u32 call)
{
	l->ids->chunked[hash_mix(call_at(l, call)->call_id) >> (64 - CHUNKED_BITS)] = call;
}

u32 ids__chunk(const struct ledger *l, u64 call_id)
{
	u32 call = l->ids->chunked[hash_mix(call_id) >> (64 - CHUNKED_BITS)];

	if (call && call_at(l, call)->site && call_at(l, call)->call_id == call_id)
		return call;
	return ids__find(l, call_id, 0);
}
