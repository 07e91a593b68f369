// SPDX-License-Identifier: GPL-2.0
/* Bare records through a session to a report. What a report promises is held to its word. */
#include <stdlib.h>
#include <string.h>
#include "judge/rules.h"

int LLVMFuzzerTestOneInput(const u8 *data, size_t sz);

static void feed(struct session *s, const char *buf, size_t sz)
{
	for (size_t pos = 0; sz - pos >= sizeof(struct rec_hdr);) {
		const struct rec_hdr *rec = (const void *)(buf + pos);
		u32 len = rec->sz;

		session__feed(s, rec, sz - pos);
		if (len < sizeof(*rec) || len % 8 || len > sz - pos)
			return;
		pos += len;
	}
}

static void check(const struct report *r)
{
	u64 account_losses = 0;

	for (size_t i = 0; i < r->nr_findings; i++) {
		const struct finding *f = &r->findings[i];

		if (f->id >= FINDING_CNT || !memchr(f->evidence, '\0', sizeof(f->evidence)) ||
		    !*f->evidence)
			abort();
		if (i && finding_defs[f[-1].id].severity > finding_defs[f->id].severity)
			abort();
	}
#define X(id, number, class, ...) LOSS_IS_##class(r->verdict.lost_by[number])
#define LOSS_IS_ACCOUNT(n)	  account_losses |= (n);
#define LOSS_IS_DETAIL(n)	  (void)(n);
	PINACCT_LOSSES(X)
#undef X
	if ((account_losses || !r->verdict.vmstat_explained) &&
	    verdict__exit_status(&r->verdict, 0) != 24)
		abort();
	if (r->verdict.kind == VERDICT_INCONCLUSIVE && !*r->verdict.why)
		abort();
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t sz)
{
	struct session *s = session__new(NULL);
	struct rules_opts opts = { .age_ns = 1, .grace_ns = 1, .fail_on_risk = true };
	char *copy = malloc(sz + !sz);
	struct report r;

	if (s && copy) {
		memcpy(copy, data, sz);
		feed(s, copy, sz);
		for (int i = 0; i < 2; i++) {
			opts.workload_only = i;
			if (rules__evaluate(s, &opts, &r))
				continue;
			check(&r);
			report__deinit(&r);
		}
	}
	session__free(s);
	free(copy);
	return 0;
}
