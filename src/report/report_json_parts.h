/* SPDX-License-Identifier: GPL-2.0 */
/* What several lines of the JSON report are made of; its schema is src/man/pinacct.schema.json. */
#ifndef PINACCT_REPORT_JSON_PARTS_H
#define PINACCT_REPORT_JSON_PARTS_H

#include "ledger/stacks.h"
#include "record/event.h"
#include "report/json_writer.h"

/* The task that pinned, and what became of it. */
struct json_holder {
	const struct event_task *task;
	bool kthread, exited, mm_gone, workload;
};

void json__put_holder(struct json_writer *w, const struct json_holder *h);
/* Nothing for id 0; without frames when the stack was not recorded. */
void json__put_stack(struct json_writer *w, const char *key, const struct stacks *stacks, u64 id);
/* "api" and "flags": the hook's number and PIN_F_* bits. */
void json__put_call(struct json_writer *w, u16 api, u16 flags);
/* "file" and "iterator", as far as they are known. */
void json__put_file(struct json_writer *w, const struct event_file *file);

#endif
