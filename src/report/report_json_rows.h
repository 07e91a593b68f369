/* SPDX-License-Identifier: GPL-2.0 */
/* Lines of the JSON report that have a file of their own; their schema is on top of report_json.c.
 */
#ifndef PINACCT_REPORT_JSON_ROWS_H
#define PINACCT_REPORT_JSON_ROWS_H

#include "audit/audit.h"
#include "audit/inventory.h"
#include "ledger/stacks.h"
#include "report/json_writer.h"

void json__audit_row(struct json_writer *w, const struct stacks *stacks,
		     const struct audit_row *row);
void json__inventory_row(struct json_writer *w, const struct stacks *stacks,
			 const struct inventory_row *row);

#endif
