/* SPDX-License-Identifier: GPL-2.0 */
/*
 * One run, live or replayed: takes the record stream, keeps the ledger, the
 * stacks, the losses and the witness samples. Live and replay differ only in
 * who calls session__feed().
 */
#ifndef PINACCT_SESSION_H
#define PINACCT_SESSION_H

#include "audit/audit.h"
#include "audit/get_sites.h"
#include "ledger/ledger.h"
#include "ledger/stacks.h"
#include "record/owner_index.h"

struct session;

/* NULL and errno = ENOMEM. META, once seen, replaces opts->preexisting_pages. */
struct session *session__new(const struct ledger_opts *opts);
void session__free(struct session *s);
/* One record as it came. 0, -ENOMEM, or -EBADMSG with a reason from session__error(). */
int session__feed(struct session *s, const struct rec_hdr *rec, size_t avail);
const char *session__error(const struct session *s);

/*
 * All borrowed; NULL when the stream had none. Ledger and stacks are never NULL; a META record
 * brings a new ledger, so ask again after feeding. Of several samples the first start and the
 * last end are kept. Losses saturate.
 */
const struct ledger *session__ledger(const struct session *s);
struct stacks *session__stacks(struct session *s);
const struct audit *session__audit(const struct session *s);
const struct get_sites *session__get_sites(const struct session *s);
/* Who held pages at the start (PAGE_PHASE_START), or holds them at the end. Never NULL. */
struct owner_index *session__owners(struct session *s, enum page_phase phase);
const struct rec_meta *session__meta(const struct session *s);
const struct rec_vmstat *session__vmstat(const struct session *s, unsigned phase);
const struct rec_mark *session__mark(const struct session *s,
				     enum mark_kind kind); /* the last one */
/*
 * Was I/O in flight at the end, on device `dev` as pins name it, that may be of pages pinned at
 * ts_ns?
 */
bool session__in_flight(const struct session *s, u32 dev, u64 ts_ns);
u64 session__lost(const struct session *s, enum loss_reason reason);
/* NULL = not told: no such stacks, or a recording that was cut off. */
const struct rec_stack_use *session__stack_use(const struct session *s);
/* Hook rows as reported by the stream, in order; NULL past the end. */
const struct rec_hook *session__hook(const struct session *s, size_t idx);

#endif
