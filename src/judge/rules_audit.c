// SPDX-License-Identifier: GPL-2.0
/* The audit's rows that are findings, by the table of audit_rows.c. */
#include <stdio.h>
#include <string.h>
#include "judge/rules_impl.h"

static int add_row(struct eval *e, const struct audit_row *row, enum finding_id id)
{
	const struct audit_side *side =
		row->pin.pages && id == FINDING_EXTRACT_MODE ? &row->pin : &row->get;
	struct finding one = {
		.id = id,
		.pages = side->crossed ? side->crossed : side->pages,
		.calls = row->ops,
		.first_ns = side->ts_ns,
		.age_ns = eval__since(e, side->ts_ns),
		.holder = side->task,
		.api = side->api,
		.flags = side->flags,
		.stack_id = side->stack_id,
		.release_stack_id = side->release_stack_id,
		.file.iter_dir = row->dir,
		.file.iter_kind = row->iter_kinds ? __builtin_ctz(row->iter_kinds) : 0,
		.doc_case = 1,
	};
	struct finding *oldest;
	int err;

	memcpy(one.file.fs, row->fs, sizeof(one.file.fs));
	err = grouping__add(&e->found, &one, 0, &oldest);
	if (oldest)
		snprintf(oldest->evidence, sizeof(oldest->evidence), "%s of %s by %s: %s",
			 audit_op__name(row->dir), row->fs, audit_way__name(row->way, row->dir),
			 row->reason);
	return err;
}

static int find_rows(struct eval *e, enum audit_fault fault, enum finding_id id)
{
	for (size_t i = 0; i < e->nr_audit; i++) {
		const struct audit_row *row = &e->audit[i];
		int err = 0;

		if (row->fault == fault)
			err = add_row(e, row, id);
		if (err)
			return err;
	}
	return 0;
}

int find_extract_mode(struct eval *e)
{
	return find_rows(e, AUDIT_FAULT_EXTRACT_MODE, FINDING_EXTRACT_MODE);
}

int find_get_for_data(struct eval *e)
{
	return find_rows(e, AUDIT_FAULT_GET_FOR_DATA, FINDING_GET_FOR_DATA);
}
