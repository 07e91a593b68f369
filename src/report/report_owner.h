/* SPDX-License-Identifier: GPL-2.0 */
/* Who holds pages, in reports. */
#ifndef PINACCT_REPORT_OWNER_H
#define PINACCT_REPORT_OWNER_H

#include "judge/earlier_pins.h"
#include "report/json_writer.h"

/* The text of a report: what was pinned before the start, at most `top` holders (0 = all). */
void report__print_earlier(const struct earlier_pins *p, u64 page_bytes, u64 top, FILE *out);

/* An owner as a member of an object; nothing for NULL and OWNER_NONE. */
void json__put_owner(struct json_writer *w, const char *key, const struct rec_owner *owner);
/* An array of holders. */
void json__put_earlier(struct json_writer *w, const char *key, const struct earlier_pins *p,
		       u64 page_bytes);

#endif
