/* SPDX-License-Identifier: GPL-2.0 */
/*
 * References (FOLL_GET) added up by who took them, from where and of what; the ledger keeps pins
 * only.
 */
#ifndef PINACCT_GET_SITES_H
#define PINACCT_GET_SITES_H

#include "record/event.h"

struct get_sites;

struct get_site {
	struct event_task task; /* of the first call */
	u64 stack_id;
	u64 pages;
	u16 flags;	       /* PIN_F_* of the backing */
	char fs[PIN_FS_BYTES]; /* of the pages' file */
};

struct get_sites *get_sites__new(void); /* NULL and errno = ENOMEM */
void get_sites__free(struct get_sites *g);
/* GET is used. 0 or -ENOMEM. */
int get_sites__feed(struct get_sites *g, const struct event *e);
/* Whatever but 0 fn returns ends the walk and is returned. */
int get_sites__for_each(const struct get_sites *g,
			int (*fn)(const struct get_site *site, void *arg), void *arg);

#endif
