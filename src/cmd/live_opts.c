// SPDX-License-Identifier: GPL-2.0
#include "cmd/live_opts.h"

struct run_opts live_opts(const struct opts *o, const char *record_path)
{
	return (struct run_opts){
		.cmd = o->cmd,
		.record_path = record_path,
		.age_ns = o->age_ns,
		.no_scan = o->no_scan,
		.capture = {
			.stacks = o->stacks,
			.user_stacks = o->user_stacks,
			.gets = o->gets,
			.page_ref = o->page_ref,
			.second = o->second,
			.ring_bytes = o->ring_bytes,
			.table_entries = o->table_entries,
			.without_hook = o->without_hook,
		},
	};
}
