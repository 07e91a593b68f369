// SPDX-License-Identifier: GPL-2.0
/* Holders and sites: equal ones are kept once. */
#include <string.h>
#include "ledger/ledger_impl.h"

/* Flags of one record of a call, not of the call. */
#define CHUNK_FLAGS (PIN_F_MORE | PIN_F_NEXT)

static u64 comm_word(const char *comm)
{
	u64 words[2];

	memcpy(words, comm, sizeof(words));
	return words[0] ^ hash_mix(words[1]);
}

/* Holders that stand for others have no tid to be found by. */
static u64 tid_key(const struct event_task *task, bool past)
{
	return past ? comm_word(task->comm) ^ task->cgroup_id : task->tid;
}

static u64 tid_key_of(const void *elem)
{
	const struct holder *h = elem;

	return tid_key(&h->pub.task, h->past);
}

static u64 mm_key_of(const void *elem)
{
	return ((const struct holder *)elem)->pub.task.mm;
}

static u64 site_key(u32 holder, const struct ledger_site *s)
{
	u64 key = hash_mix(s->stack_id) + holder;

	key = hash_mix(key) + ((u64)s->api << 16 | s->flags);
	key = hash_mix(key) + s->file.ino;
	return hash_mix(key) + s->file.ustack_id;
}

static u64 site_key_of(const void *elem)
{
	const struct site *s = elem;

	return site_key(s->holder, &s->pub);
}

int intern__init(struct ledger *l)
{
	int err = pool__init(&l->holders, sizeof(struct holder));

	l->holder_limit = HOLDER_LIMIT;
	l->site_limit = SITE_LIMIT;
	if (!err)
		err = pool__init(&l->sites, sizeof(struct site));
	if (!err)
		err = table__init(&l->holder_by_tid, &l->holders, offsetof(struct holder, tid_next),
				  tid_key_of);
	if (!err)
		err = table__init(&l->holder_by_mm, &l->holders, offsetof(struct holder, mm_next),
				  mm_key_of);
	if (!err)
		err = table__init(&l->site_by_key, &l->sites, offsetof(struct site, next),
				  site_key_of);
	return err;
}

void intern__deinit(struct ledger *l)
{
	table__deinit(&l->site_by_key);
	table__deinit(&l->holder_by_mm);
	table__deinit(&l->holder_by_tid);
	pool__deinit(&l->sites);
	pool__deinit(&l->holders);
}

static bool same_task(const struct event_task *a, const struct event_task *b)
{
	return a->tid == b->tid && a->tgid == b->tgid && a->mm == b->mm &&
	       a->cgroup_id == b->cgroup_id && !memcmp(a->comm, b->comm, sizeof(a->comm));
}

/* Not when it, or its address space, was gone by then: the numbers are used again. */
static bool lived_at(const struct ledger_holder *h, u64 ts_ns)
{
	return (!h->exited_ns || ts_ns <= h->exited_ns) &&
	       (!h->mm_gone_ns || ts_ns <= h->mm_gone_ns);
}

/* The end of one who ended before the ledger heard of him: the first after ts_ns. */
static u64 end_after(const struct death *deaths, u64 what, u64 ts_ns)
{
	u64 end = 0;

	for (unsigned i = 0; i < DEATHS; i++)
		if (deaths[i].what == what && what && deaths[i].ts_ns >= ts_ns &&
		    (!end || deaths[i].ts_ns < end))
			end = deaths[i].ts_ns;
	return end;
}

static u32 holder_new(struct ledger *l, const struct event_task *task, bool past)
{
	u32 idx = pool__alloc(&l->holders);
	struct holder *h;

	if (!idx)
		return 0;
	h = holder_at(l, idx);
	h->pub.task = *task;
	h->used = true;
	h->past = past;
	if (task->tgid)
		h->process = process__get(l, task->tgid);
	if (task->tgid && !h->process) {
		pool__free(&l->holders, idx);
		return 0;
	}
	table__add(&l->holder_by_tid, tid_key(task, past), idx);
	table__add(&l->holder_by_mm, task->mm, idx);
	return idx;
}

u32 intern__holder(struct ledger *l, const struct event_task *task, u64 ts_ns)
{
	struct holder *h;
	u32 idx;

	for (idx = table__first(&l->holder_by_tid, task->tid); idx; idx = h->tid_next) {
		h = holder_at(l, idx);
		if (same_task(&h->pub.task, task) && !h->past && lived_at(&h->pub, ts_ns))
			break;
	}
	if (!idx) {
		idx = holder_new(l, task, false);
		if (!idx)
			return 0;
		h = holder_at(l, idx);
		h->first_ns = ts_ns;
		h->pub.exited_ns = end_after(l->exits, task->tid, ts_ns);
		h->pub.mm_gone_ns = end_after(l->mms_gone, task->mm, ts_ns);
	}
	h = holder_at(l, idx);
	if (ts_ns < h->first_ns)
		h->first_ns = ts_ns;
	return idx;
}

u32 intern__past(struct ledger *l, const struct ledger_holder *like)
{
	struct event_task task = { .cgroup_id = like->task.cgroup_id };
	struct holder *h;
	u32 idx;

	memcpy(task.comm, like->task.comm, sizeof(task.comm));
	for (idx = table__first(&l->holder_by_tid, tid_key(&task, true)); idx; idx = h->tid_next) {
		h = holder_at(l, idx);
		if (h->past && same_task(&h->pub.task, &task) && h->pub.workload == like->workload)
			break;
	}
	if (!idx)
		idx = holder_new(l, &task, true);
	if (!idx)
		return 0;
	h = holder_at(l, idx);
	h->pub.workload = like->workload;
	if (like->exited_ns > h->pub.exited_ns)
		h->pub.exited_ns = like->exited_ns;
	return idx;
}

void intern__del_holder(struct ledger *l, u32 idx)
{
	struct holder *h = holder_at(l, idx);

	table__del(&l->holder_by_tid, tid_key_of(h), idx);
	table__del(&l->holder_by_mm, h->pub.task.mm, idx);
	process__put(l, h->process);
	pool__free(&l->holders, idx);
}

static bool same_file(const struct event_file *a, const struct event_file *b)
{
	return a->ustack_id == b->ustack_id && a->ino == b->ino && a->dev == b->dev &&
	       a->fs_hook == b->fs_hook && a->iter_kind == b->iter_kind &&
	       a->iter_dir == b->iter_dir && !strncmp(a->fs, b->fs, sizeof(a->fs));
}

u32 intern__site_of(struct ledger *l, u32 holder, const struct ledger_site *like)
{
	u64 key = site_key(holder, like);
	struct site *s;
	u32 idx;

	for (idx = table__first(&l->site_by_key, key); idx; idx = s->next) {
		s = site_at(l, idx);
		if (s->holder == holder && s->pub.stack_id == like->stack_id &&
		    s->pub.api == like->api && s->pub.flags == like->flags &&
		    same_file(&s->pub.file, &like->file))
			return idx;
	}
	idx = pool__alloc(&l->sites);
	if (!idx)
		return 0;
	s = site_at(l, idx);
	s->holder = holder;
	s->pub = (struct ledger_site){ .holder = &holder_at(l, holder)->pub,
				       .stack_id = like->stack_id,
				       .file = like->file,
				       .api = like->api,
				       .flags = like->flags };
	holder_at(l, holder)->sites++;
	table__add(&l->site_by_key, key, idx);
	return idx;
}

void intern__del_site(struct ledger *l, u32 idx)
{
	struct site *s = site_at(l, idx);

	holder_at(l, s->holder)->sites--;
	table__del(&l->site_by_key, site_key_of(s), idx);
	pool__free(&l->sites, idx);
}

/* Where this call's site is if it was seen lately. */
static u32 *recent_site(struct ledger *l, const struct event_call *call)
{
	u64 key = call->stack_id ^ (u64)call->task.tid << 32 ^ call->api;

	return &l->recent_sites[hash_mix(key) >> (64 - RECENT_SITES_BITS)];
}

/* Is this the site that the tables would find? A free one has no holder. */
static bool is_site_of(const struct ledger *l, u32 idx, const struct event *e)
{
	const struct event_call *call = &e->pin.call;
	const struct site *s = site_at(l, idx);
	const struct holder *h = holder_at(l, s->holder);

	return s->holder && s->pub.stack_id == call->stack_id && s->pub.api == call->api &&
	       s->pub.flags == (call->flags & ~CHUNK_FLAGS) && !h->past &&
	       h->first_ns <= e->ts_ns && lived_at(&h->pub, e->ts_ns) &&
	       same_task(&h->pub.task, &call->task) && same_file(&s->pub.file, &e->pin.file);
}

u32 intern__site(struct ledger *l, const struct event *e)
{
	const struct event_call *call = &e->pin.call;
	u32 *recent = recent_site(l, call);
	struct ledger_site like = { .stack_id = call->stack_id,
				    .file = e->pin.file,
				    .api = call->api,
				    .flags = call->flags & ~CHUNK_FLAGS };
	u32 holder;

	if (*recent && is_site_of(l, *recent, e))
		return *recent;
	if (pool__live(&l->holders) > l->holder_limit || pool__live(&l->sites) > l->site_limit)
		intern__fold(l);
	holder = intern__holder(l, &call->task, e->ts_ns);
	*recent = holder ? intern__site_of(l, holder, &like) : 0;
	return *recent;
}

void intern__exit(struct ledger *l, u32 tid, u64 ts_ns)
{
	struct holder *h;

	for (u32 idx = table__first(&l->holder_by_tid, tid); idx; idx = h->tid_next) {
		h = holder_at(l, idx);
		if (h->pub.task.tid == tid && !h->past && !h->pub.exited_ns && h->first_ns <= ts_ns)
			h->pub.exited_ns = ts_ns;
	}
	l->exits[l->nr_exits++ % DEATHS] = (struct death){ tid, ts_ns };
}

void intern__mm_gone(struct ledger *l, u64 mm, u64 ts_ns)
{
	struct holder *h;

	if (!mm)
		return;
	for (u32 idx = table__first(&l->holder_by_mm, mm); idx; idx = h->mm_next) {
		h = holder_at(l, idx);
		if (h->pub.task.mm == mm && !h->pub.mm_gone_ns && h->first_ns <= ts_ns)
			h->pub.mm_gone_ns = ts_ns;
	}
	l->mms_gone[l->nr_mms_gone++ % DEATHS] = (struct death){ mm, ts_ns };
}
