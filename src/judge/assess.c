// SPDX-License-Identifier: GPL-2.0
#include <string.h>
#include "judge/assess.h"
#include "judge/open_pin.h"

static bool is_pending(const struct ledger_open *open, void *arg)
{
	const struct eval *e = arg;
	const struct open_pin pin = open_pin__of(e, open);

	return open_pin__is_pending(e, &pin);
}

static int take_audit(struct eval *e)
{
	const char *fs = e->filter.fs;
	size_t nr, kept = 0;
	const struct audit_open open = { e->ledger, is_pending, e };
	int err = audit__rows(session__audit(e->session), session__stacks(e->session), &open,
			      &e->audit, &nr);

	if (err)
		return err;
	for (size_t i = 0; i < nr; i++)
		if (!fs || !strcmp(fs, e->audit[i].fs))
			e->audit[kept++] = e->audit[i];
	e->nr_audit = kept;
	return 0;
}

static bool nothing_tried(const struct eval *e)
{
	for (size_t i = 0; i < e->nr_audit; i++)
		if (e->audit[i].verdict != AUDIT_NOT_TRIED)
			return false;
	return e->nr_audit;
}

int eval__assess(struct eval *e)
{
	int err = take_audit(e);

	if (!err)
		trust__assess(&e->trust, e->session, e->opts->incomplete, nothing_tried(e));
	return err;
}
