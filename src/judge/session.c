// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include "record/decode.h"
#include "judge/session.h"
#include "record/ns_pids.h"

/* A row a hook, and as many again for a hook that was tried twice. */
#define HOOK_ROWS_MAX (2 * HOOK_ID_MAX)
#define VMSTAT_PHASES (VMSTAT_END + 1)
#define MARK_KINDS    MARK_KIND_MAX
#define DEVICES_MAX   64
#define MINOR_BITS    20

/* A device with I/O in flight at the end. */
struct busy_device {
	u32 dev;
	u64 idle_ns; /* all I/O of before is done */
};

struct session {
	struct ledger_opts opts;
	struct ledger *ledger;
	bool ledger_used; /* an event that it accounts was fed */
	struct stacks *stacks;
	struct audit *audit;
	struct get_sites *get_sites;
	struct ns_pids ns_pids;
	bool have_meta;
	struct rec_meta meta;
	bool have_vmstat[VMSTAT_PHASES];
	struct rec_vmstat vmstat[VMSTAT_PHASES];
	bool have_mark[MARK_KINDS];
	struct rec_mark mark[MARK_KINDS];
	struct busy_device busy[DEVICES_MAX];
	size_t nr_busy;
	struct owner_index owners_at_start, owners_at_end;
	u64 lost[LOSS_MAX];
	bool have_stack_use;
	struct rec_stack_use stack_use;
	size_t nr_hooks;
	struct rec_hook hooks[HOOK_ROWS_MAX];
	char error[160];
};

struct session *session__new(const struct ledger_opts *opts)
{
	struct session *s = calloc(1, sizeof(*s));

	if (!s)
		return NULL;
	if (opts)
		s->opts = *opts;
	s->stacks = stacks__new();
	s->audit = audit__new();
	s->get_sites = get_sites__new();
	s->opts.ended = audit__ended;
	s->opts.ended_arg = s->audit;
	s->ledger = ledger__new(&s->opts);
	if (!s->ledger || !s->stacks || !s->audit || !s->get_sites) {
		session__free(s);
		errno = ENOMEM;
		return NULL;
	}
	return s;
}

void session__free(struct session *s)
{
	if (!s)
		return;
	ledger__free(s->ledger);
	stacks__free(s->stacks);
	audit__free(s->audit);
	get_sites__free(s->get_sites);
	ns_pids__deinit(&s->ns_pids);
	owner_index__deinit(&s->owners_at_start);
	owner_index__deinit(&s->owners_at_end);
	free(s);
}

static int refuse(struct session *s, const char *why)
{
	snprintf(s->error, sizeof(s->error), "%s", why);
	return -EBADMSG;
}

/*
 * The ledger must know how many pins predate the hooks before it judges the
 * first release, and only META tells: it gets a new ledger.
 */
static int take_meta(struct session *s, const struct rec_meta *meta)
{
	struct ledger_opts opts = s->opts;
	struct ledger *ledger;

	if (s->have_meta)
		return refuse(s, "a second meta record");
	if (s->ledger_used)
		return refuse(s, "a meta record behind accounted ones");
	/*
	 * Below zero: folio_add_pin() is not counted as acquired, its release
	 * is counted as released (6.12 gup.c:218), so legacy direct I/O pulls
	 * the difference down. How many pins there were cannot be known then.
	 */
	opts.preexisting_pages = meta->preexisting_pages;
	if ((s64)meta->preexisting_pages < 0)
		opts.preexisting_pages = UINT64_MAX;
	ledger = ledger__new(&opts);
	if (!ledger)
		return -ENOMEM;
	ledger__free(s->ledger);
	s->ledger = ledger;
	s->opts = opts;
	s->meta = *meta;
	s->have_meta = true;
	return 0;
}

/* The run is what lies between the first start and the last end. */
static void take_vmstat(struct session *s, const struct rec_vmstat *vmstat)
{
	if (vmstat->phase == VMSTAT_START && s->have_vmstat[VMSTAT_START])
		return;
	s->vmstat[vmstat->phase] = *vmstat;
	s->have_vmstat[vmstat->phase] = true;
}

/* Saturates: a sum that wraps to 0 would say that nothing was lost. */
static void take_lost(struct session *s, const struct rec_lost *lost)
{
	if (__builtin_add_overflow(s->lost[lost->reason], lost->count, &s->lost[lost->reason]))
		s->lost[lost->reason] = UINT64_MAX;
}

/* The audit comes first: it must know a pin when the ledger says that it has ended. */
static int feed_ledger(struct session *s, const struct event *e)
{
	int err = audit__feed(s->audit, e);

	if (err)
		return err;
	s->ledger_used = true;
	return ledger__feed(s->ledger, e);
}

static int take_busy_device(struct session *s, const struct rec_mark *mark)
{
	unsigned major, minor;

	if (sscanf(mark->text, "%u:%u", &major, &minor) != 2 || minor >> MINOR_BITS)
		return refuse(s, "an in-flight mark without MAJOR:MINOR");
	if (s->nr_busy == DEVICES_MAX)
		return refuse(s, "in-flight marks of more devices than are told apart");
	s->busy[s->nr_busy++] = (struct busy_device){
		.dev = major << MINOR_BITS | minor,
		.idle_ns = mark->value,
	};
	return 0;
}

static int take_mark(struct session *s, const struct event *e)
{
	s->mark[e->mark->mark] = *e->mark;
	s->have_mark[e->mark->mark] = true;
	if (e->mark->mark == MARK_IN_FLIGHT)
		return take_busy_device(s, e->mark);
	return feed_ledger(s, e);
}

static int take_hook(struct session *s, const struct rec_hook *hook)
{
	if (s->nr_hooks == HOOK_ROWS_MAX)
		return refuse(s, "more hook records than there are hooks");
	s->hooks[s->nr_hooks++] = *hook;
	return 0;
}

/* What is asked at the end counts for open pins; what was there before was asked at the start. */
static int take_owner(struct session *s, const struct rec_owner *rec, const struct rec_run *runs)
{
	return owner_index__add_record(rec->phase == PAGE_PHASE_START ? &s->owners_at_start
								      : &s->owners_at_end,
				       rec, runs);
}

static int take(struct session *s, const struct event *e)
{
	switch (e->kind) {
	case EVENT_META:
		return take_meta(s, e->meta);
	case EVENT_HOOK:
		return take_hook(s, e->hook);
	case EVENT_STACK:
		return stacks__add(s->stacks, &e->stack);
	case EVENT_SYM:
		return stacks__add_sym(s->stacks, e->sym);
	case EVENT_VMSTAT:
		take_vmstat(s, &e->vmstat);
		return 0;
	case EVENT_STACK_USE:
		s->stack_use = *e->stack_use;
		s->have_stack_use = true;
		return 0;
	case EVENT_LOST:
		take_lost(s, e->lost);
		return 0;
	case EVENT_MARK:
		return take_mark(s, e);
	case EVENT_NS_PID:
		return ns_pids__add(&s->ns_pids, e->ns_pid);
	case EVENT_PIN:
	case EVENT_UNPIN:
	case EVENT_PUT:
	case EVENT_FORK:
	case EVENT_EXIT:
	case EVENT_MM_GONE:
		return feed_ledger(s, e);
	case EVENT_PAGE:
	case EVENT_WRITEBACK:
		return feed_ledger(s, e);
	case EVENT_OWNER:
		return take_owner(s, e->owner.rec, e->owner.runs);
	case EVENT_GET:
	case EVENT_IO:
		return audit__feed(s->audit, e) ?: get_sites__feed(s->get_sites, e);
	case EVENT_NONE:
	case EVENT_SKIPPED:
		break;
	}
	return 0;
}

static void name_task(const struct session *s, struct event *e)
{
	if (e->kind == EVENT_PIN || e->kind == EVENT_GET || e->kind == EVENT_IO)
		ns_pids__name(&s->ns_pids, &e->pin.call.task);
	else if (e->kind == EVENT_UNPIN || e->kind == EVENT_PUT)
		ns_pids__name(&s->ns_pids, &e->unpin.call.task);
}

int session__feed(struct session *s, const struct rec_hdr *rec, size_t avail)
{
	const char *why = NULL;
	struct event e;
	int err;

	s->error[0] = '\0';
	err = decode(rec, avail, &e, &why);
	if (err < 0)
		return refuse(s, why ? why : "a malformed record");
	name_task(s, &e);
	return take(s, &e);
}

const char *session__error(const struct session *s)
{
	return s->error;
}

const struct ledger *session__ledger(const struct session *s)
{
	return s->ledger;
}

struct stacks *session__stacks(struct session *s)
{
	return s->stacks;
}

const struct audit *session__audit(const struct session *s)
{
	return s->audit;
}

const struct get_sites *session__get_sites(const struct session *s)
{
	return s->get_sites;
}

struct owner_index *session__owners(struct session *s, enum page_phase phase)
{
	return phase == PAGE_PHASE_START ? &s->owners_at_start : &s->owners_at_end;
}

const struct rec_meta *session__meta(const struct session *s)
{
	return s->have_meta ? &s->meta : NULL;
}

const struct rec_vmstat *session__vmstat(const struct session *s, unsigned phase)
{
	return phase < VMSTAT_PHASES && s->have_vmstat[phase] ? &s->vmstat[phase] : NULL;
}

const struct rec_mark *session__mark(const struct session *s, enum mark_kind kind)
{
	return (unsigned)kind < MARK_KINDS && s->have_mark[kind] ? &s->mark[kind] : NULL;
}

bool session__in_flight(const struct session *s, u32 dev, u64 ts_ns)
{
	for (size_t i = 0; i < s->nr_busy; i++)
		if (s->busy[i].dev == dev)
			return ts_ns > s->busy[i].idle_ns;
	return false;
}

u64 session__lost(const struct session *s, enum loss_reason reason)
{
	return (unsigned)reason < LOSS_MAX ? s->lost[reason] : 0;
}

const struct rec_stack_use *session__stack_use(const struct session *s)
{
	return s->have_stack_use ? &s->stack_use : NULL;
}

const struct rec_hook *session__hook(const struct session *s, size_t idx)
{
	return idx < s->nr_hooks ? &s->hooks[idx] : NULL;
}
