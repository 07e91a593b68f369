// SPDX-License-Identifier: GPL-2.0
#include "base/log.h"
#include "cmd/recording.h"
#include "cmd/replay.h"
#include "cmd/show.h"

int recording__init(struct recording *r, const char *path, const struct opts *o)
{
	struct rules_opts ro;
	bool incomplete;

	r->session = replay(path, NULL, &incomplete);
	if (!r->session)
		return -1;
	ro = show__rules_opts(o, session__mark(r->session, MARK_CMD_START) != NULL, incomplete,
			      NULL);
	if (!rules__evaluate(r->session, &ro, &r->report))
		return 0;
	log_error("out of memory");
	return -1;
}

void recording__deinit(struct recording *r)
{
	report__deinit(&r->report);
	session__free(r->session);
}
