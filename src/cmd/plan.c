// SPDX-License-Identifier: GPL-2.0
#include <stdio.h>
#include "base/exit_status.h"
#include "base/log.h"
#include "base/out.h"
#include "record/names.h"
#include "capture/attach.h"
#include "cmd/plan.h"

int print_plan(enum gets gets, bool page_ref)
{
	struct attach_plan plan = {};
	struct kernel k;
	char why[512];

	if (kernel__probe(&k, why, sizeof(why))) {
		log_error("%s", why);
		return EXIT_UNSUPPORTED;
	}
	if (attach_plan__init(&plan, &k, gets, page_ref)) {
		kernel__deinit(&k);
		return EXIT_TOOL_FAILED;
	}
	out__printf(stdout, "would attach on %s:\n", k.release);
	for (size_t i = 0; i < plan.nr_rows; i++) {
		const struct hook_plan *row = &plan.rows[i];

		if (!row->wanted)
			continue;
		out__printf(stdout, "  %-36s %-9s %s\n", row->hook->symbol,
			    hook_role__name(row->hook->role),
			    row->exists ? text_hook_mech(row->mech) : "not in this kernel");
	}
	attach_plan__deinit(&plan);
	kernel__deinit(&k);
	return 0;
}
