// SPDX-License-Identifier: GPL-2.0
#include <assert.h>
#include <string.h>
#include "ledger/open_calls.h"

static const u8 family_of[HOOK_ID_MAX] = {
#define X(id, number, symbol, by, role, family, ...) [number] = HOOK_FAMILY_##family,
	PINACCT_HOOKS(X)
#undef X
};

u8 open_calls__family(u16 api)
{
	return api < HOOK_ID_MAX ? family_of[api] : (u8)HOOK_FAMILY_NONE;
}

static struct last_release *release_at(const struct open_calls *c, u32 idx)
{
	return POOL_ELEM(&c->releases, idx, struct last_release);
}

static u64 call_of(const void *elem)
{
	return ((const struct last_release *)elem)->call;
}

static u64 contested_call_of(const void *elem)
{
	return ((const struct contested *)elem)->call;
}

int open_calls__init(struct open_calls *c)
{
	int err = pool__init(&c->pool, sizeof(struct pin_call));

	if (!err)
		err = pool__init(&c->releases, sizeof(struct last_release));
	if (!err)
		err = table__init(&c->release_by_call, &c->releases,
				  offsetof(struct last_release, next), call_of);
	if (!err)
		err = pool__init(&c->contested, sizeof(struct contested));
	if (!err)
		err = table__init(&c->contested_by_call, &c->contested,
				  offsetof(struct contested, next), contested_call_of);
	return err;
}

void open_calls__deinit(struct open_calls *c)
{
	u64map__deinit(&c->unfinished);
	table__deinit(&c->contested_by_call);
	pool__deinit(&c->contested);
	table__deinit(&c->release_by_call);
	pool__deinit(&c->releases);
	pool__deinit(&c->pool);
}

u64 open_calls__bytes(const struct open_calls *c)
{
	return pool__bytes(&c->pool) + pool__bytes(&c->releases) + pool__bytes(&c->contested) +
	       table__bytes(&c->release_by_call) + table__bytes(&c->contested_by_call) +
	       c->unfinished.cap * sizeof(*c->unfinished.slots);
}

u32 open_calls__add(struct open_calls *c, const struct event *pin, u32 site)
{
	const struct event_call *call = &pin->pin.call;
	u32 idx = pool__take(&c->pool);

	assert(idx);
	*open_calls__at(c, idx) = (struct pin_call){ .own.family = open_calls__family(call->api),
						     .call_id = call->call_id,
						     .ts_ns = pin->ts_ns,
						     .bio = call->bio,
						     .site = site };
	return idx;
}

u32 open_calls__of_chunk(const struct open_calls *c, u64 call_id)
{
	const u64 *idx = u64map__get(&c->unfinished, call_id);

	return idx ? (u32)*idx : 0;
}

void open_calls__expect_chunk(struct open_calls *c, u32 call, bool more)
{
	u64 call_id = open_calls__at(c, call)->call_id;

	if (!more)
		u64map__del(&c->unfinished, call_id);
	else if (u64map__set(&c->unfinished, call_id, call))
		u64map__del(&c->unfinished,
			    call_id); /* no memory: the chunk is a call of its own */
}

/* Its index in the pool of releases; 0 = none. */
static u32 find_release(const struct open_calls *c, u32 call)
{
	u32 idx;

	if (!open_calls__at(c, call)->own.worst)
		return 0;
	idx = table__first(&c->release_by_call, call);
	while (idx && release_at(c, idx)->call != call)
		idx = release_at(c, idx)->next;
	return idx;
}

static struct contested *contested_at(const struct open_calls *c, u32 idx)
{
	return POOL_ELEM(&c->contested, idx, struct contested);
}

/* Its index in the pool; 0 = none. */
static u32 find_contested(const struct open_calls *c, u32 call)
{
	u32 idx = pool__live(&c->contested) ? table__first(&c->contested_by_call, call) : 0;

	while (idx && contested_at(c, idx)->call != call)
		idx = contested_at(c, idx)->next;
	return idx;
}

const struct ledger_contested *open_calls__contested(const struct open_calls *c, u32 call)
{
	u32 idx = find_contested(c, call);

	return idx ? &contested_at(c, idx)->c : NULL;
}

void open_calls__note_contested(struct open_calls *c, u32 call, const struct release *r,
				const struct event_task *other, u64 pages, enum ledger_match match)
{
	u32 idx = find_contested(c, call);
	struct contested *one;

	if (!idx) {
		idx = pool__alloc(&c->contested);
		if (!idx)
			return; /* evidence only */
		contested_at(c, idx)->call = call;
		table__add(&c->contested_by_call, call, idx);
	}
	one = contested_at(c, idx);
	if (one->c.tid != r->task->tid || one->c.api != r->api ||
	    one->c.other.tgid != other->tgid) {
		one->c = (struct ledger_contested){ .ts_ns = r->ts_ns,
						    .stack_id = r->stack_id,
						    .api = r->api,
						    .tid = r->task->tid,
						    .match = match,
						    .other = *other };
		memcpy(one->c.comm, r->task->comm, sizeof(one->c.comm));
	}
	one->c.ts_ns = r->ts_ns;
	one->c.pages += pages;
}

void open_calls__del(struct open_calls *c, u32 call)
{
	u32 release = find_release(c, call), contested = find_contested(c, call);

	if (release) {
		table__del(&c->release_by_call, call, release);
		pool__free(&c->releases, release);
	}
	if (contested) {
		table__del(&c->contested_by_call, call, contested);
		pool__free(&c->contested, contested);
	}
	if (c->unfinished.nr && open_calls__of_chunk(c, open_calls__at(c, call)->call_id) == call)
		u64map__del(&c->unfinished, open_calls__at(c, call)->call_id);
	open_calls__at(c, call)->site = 0;
	pool__give(&c->pool, call);
}

const struct last_release *open_calls__last_release(const struct open_calls *c, u32 call)
{
	u32 idx = find_release(c, call);

	return idx ? release_at(c, idx) : NULL;
}

static struct last_release *note(struct open_calls *c, u32 call, const struct release *r, u32 pages)
{
	u32 idx = find_release(c, call);
	struct last_release *last;

	if (!idx) {
		idx = pool__alloc(&c->releases);
		if (!idx)
			return NULL; /* evidence only */
		release_at(c, idx)->call = call;
		table__add(&c->release_by_call, call, idx);
	}
	last = release_at(c, idx);
	if (last->call_id != r->call_id || last->r.ts_ns != r->ts_ns) {
		*last = (struct last_release){ .call_id = r->call_id,
					       .call = call,
					       .next = last->next,
					       .r = { .ts_ns = r->ts_ns,
						      .stack_id = r->stack_id,
						      .tid = r->task->tid,
						      .api = r->api,
						      .flags = r->flags } };
		memcpy(last->r.comm, r->task->comm, sizeof(last->r.comm));
	}
	last->r.pages += pages;
	return last;
}

void open_calls__note_release(struct open_calls *c, u32 call, const struct release *r, u32 pages)
{
	note(c, call, r, pages);
}

/*
 * A page that lost a pin's reference lacks it at each later drop, too: the first one is to blame.
 */
static bool is_known_short(const struct open_calls *c, u32 call)
{
	const struct last_release *last = open_calls__last_release(c, call);

	return last && last->r.put && hook_is_ref(last->r.api);
}

void open_calls__note_put(struct open_calls *c, u32 call, const struct release *r, u32 pages)
{
	struct last_release *last;

	if (hook_is_ref(r->api) && is_known_short(c, call))
		return;
	last = note(c, call, r, pages);
	if (!last)
		return;
	last->r.put = true;
	if (!open_calls__at(c, call)->own.worst) /* find_release() asks this before the table */
		open_calls__at(c, call)->own.worst = LEDGER_MATCH_ONLY;
}
