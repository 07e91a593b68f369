/* SPDX-License-Identifier: GPL-2.0 */
/*
 * From where, on what. Owns the sites, and the totals of each: calls of equal holder, stack, api,
 * flags and file are one site. Promises that a site stays where it is until sites__del().
 */
#ifndef PINACCT_SITES_H
#define PINACCT_SITES_H

#include "ledger/holders.h"

struct site {
	struct ledger_site pub;
	u64 key;
	u32 holder; /* index; 0 = a free element */
	u32 next;
};

#define RECENT_SITES_BITS 8

struct sites {
	struct pool pool;
	struct table by_key;
	u32 recent[1 << RECENT_SITES_BITS]; /* asked before the tables are */
	struct holders *holders;
};

/* 0 or -ENOMEM. */
int sites__init(struct sites *s, struct holders *holders);
void sites__deinit(struct sites *s);
u64 sites__bytes(const struct sites *s);

static inline struct site *sites__at(const struct sites *s, u32 idx)
{
	return POOL_ELEM(&s->pool, idx, struct site);
}

/* The site of this pin when it was seen lately, which is cheap to ask; else 0. */
u32 sites__recent(const struct sites *s, const struct event *pin);
/* The site of this pin; it and its holder are made when there is none. 0 = no memory. */
u32 sites__get(struct sites *s, const struct event *pin);
/* The site of that holder that is like `like` in all but the holder. 0 = no memory. */
u32 sites__get_like(struct sites *s, u32 holder, const struct ledger_site *like);
/* It has no open calls. */
void sites__del(struct sites *s, u32 idx);

#endif
