// SPDX-License-Identifier: GPL-2.0
#include "base/exit_status.h"
#include "cmd/cmd_end.h"
#include "cmd/show.h"

int cmd__end(struct run *r, const struct opts *o, bool workload_only, int status)
{
	if (!status)
		status = run__stop(r);
	if (!status)
		status = show(r->session, o, workload_only, false);
	/* nothing to report: the command's own end is the news, or that we were interrupted */
	if (r->interrupted && (!status || status == EXIT_INCONCLUSIVE))
		status = EXIT_SIGNAL + r->signal;
	else if (!status)
		status = run__cmd_exit_status(r);
	run__deinit(r);
	return status;
}
