// SPDX-License-Identifier: GPL-2.0
#include <string.h>
#include "ledger/sites.h"

/* Flags of one record of a call, not of the call. */
#define CHUNK_FLAGS (PIN_F_MORE | PIN_F_NEXT)

static u64 key_of(const void *elem)
{
	return ((const struct site *)elem)->key;
}

int sites__init(struct sites *s, struct holders *holders)
{
	int err = pool__init(&s->pool, sizeof(struct site));

	s->holders = holders;
	if (!err)
		err = table__init(&s->by_key, &s->pool, offsetof(struct site, next), key_of);
	return err;
}

void sites__deinit(struct sites *s)
{
	table__deinit(&s->by_key);
	pool__deinit(&s->pool);
}

u64 sites__bytes(const struct sites *s)
{
	return pool__bytes(&s->pool) + table__bytes(&s->by_key);
}

static u64 site_key(const struct sites *s, u32 holder, const struct ledger_site *site)
{
	u64 seed = s->by_key.seed, key;

	key = hash__add(seed, holder, site->stack_id);
	key = hash__add(seed, key, (u64)site->api << 16 | site->flags);
	key = hash__add(seed, key, site->file.ino);
	key = hash__add(seed, key, site->file.ustack_id);
	/* Not the file system's name: few inodes have one number on many file systems. */
	return hash__add(seed, key, site->file.dev);
}

static bool same_file(const struct event_file *a, const struct event_file *b)
{
	return a->ustack_id == b->ustack_id && a->ino == b->ino && a->dev == b->dev &&
	       a->fs_hook == b->fs_hook && a->iter_kind == b->iter_kind &&
	       a->iter_dir == b->iter_dir && !strncmp(a->fs, b->fs, sizeof(a->fs));
}

u32 sites__get_like(struct sites *s, u32 holder, const struct ledger_site *like)
{
	u64 key = site_key(s, holder, like);
	struct site *site;
	u32 idx;

	for (idx = table__first(&s->by_key, key); idx; idx = site->next) {
		site = sites__at(s, idx);
		if (site->key == key && site->holder == holder &&
		    site->pub.stack_id == like->stack_id && site->pub.api == like->api &&
		    site->pub.flags == like->flags && same_file(&site->pub.file, &like->file))
			return idx;
	}
	idx = pool__alloc(&s->pool);
	if (!idx)
		return 0;
	site = sites__at(s, idx);
	site->holder = holder;
	site->key = key;
	site->pub = (struct ledger_site){ .holder = &holders__at(s->holders, holder)->pub,
					  .stack_id = like->stack_id,
					  .file = like->file,
					  .api = like->api,
					  .flags = like->flags };
	holders__at(s->holders, holder)->sites++;
	table__add(&s->by_key, key, idx);
	return idx;
}

void sites__del(struct sites *s, u32 idx)
{
	struct site *site = sites__at(s, idx);

	holders__at(s->holders, site->holder)->sites--;
	table__del(&s->by_key, site->key, idx);
	pool__free(&s->pool, idx);
}

/* Where this call's site is if it was seen lately. */
static u32 recent_slot(const struct sites *s, const struct event_call *call)
{
	u64 key = call->stack_id ^ (u64)call->task.tid << 32 ^ call->api;

	return hash__u64(s->by_key.seed, key) >> (64 - RECENT_SITES_BITS);
}

u32 sites__recent(const struct sites *s, const struct event *pin)
{
	const struct event_call *call = &pin->pin.call;
	u32 idx = s->recent[recent_slot(s, call)];
	const struct site *site = sites__at(s, idx);

	if (!idx || !site->holder || site->pub.stack_id != call->stack_id ||
	    site->pub.api != call->api || site->pub.flags != (call->flags & ~CHUNK_FLAGS) ||
	    !holders__is(holders__at(s->holders, site->holder), &call->task, pin->ts_ns) ||
	    !same_file(&site->pub.file, &pin->pin.file))
		return 0;
	return idx;
}

u32 sites__get(struct sites *s, const struct event *pin)
{
	const struct event_call *call = &pin->pin.call;
	struct ledger_site like = { .stack_id = call->stack_id,
				    .file = pin->pin.file,
				    .api = call->api,
				    .flags = call->flags & ~CHUNK_FLAGS };
	u32 holder = holders__get(s->holders, &call->task, pin->ts_ns), idx;

	idx = holder ? sites__get_like(s, holder, &like) : 0;
	s->recent[recent_slot(s, call)] = idx;
	return idx;
}
