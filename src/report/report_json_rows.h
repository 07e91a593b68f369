/* SPDX-License-Identifier: GPL-2.0 */
/* Lines of the JSON report that have a file of their own. */
#ifndef PINACCT_REPORT_JSON_ROWS_H
#define PINACCT_REPORT_JSON_ROWS_H

#include "audit/audit.h"
#include "report/json_writer.h"
#include "report/report.h"

void json__audit_row(struct json_writer *w, const struct stacks *stacks,
		     const struct audit_row *row);
void json__inventory_row(struct json_writer *w, const struct report *r,
			 const struct inventory_row *row);

#endif
