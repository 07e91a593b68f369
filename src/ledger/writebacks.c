// SPDX-License-Identifier: GPL-2.0
#include <stdlib.h>
#include "ledger/bounded_list.h"
#include "ledger/writebacks.h"

void writebacks__deinit(struct writebacks *w)
{
	free(w->list);
}

u64 writebacks__bytes(const struct writebacks *w)
{
	return w->cap * sizeof(*w->list);
}

static bool is_same(const struct ledger_writeback *w, const struct site *site,
		    const struct rec_writeback *wb)
{
	return w->first.dev == wb->dev && w->first.ino == wb->ino &&
	       w->site.stack_id == site->pub.stack_id && w->site.api == site->pub.api &&
	       w->site.flags == site->pub.flags &&
	       w->holder.task.tgid == site->pub.holder->task.tgid;
}

/* NULL = no room: it is a risk, not a fault, and one of a thousand. */
static struct ledger_writeback *find_or_add(struct writebacks *w, const struct rec_writeback *wb,
					    const struct pin_call *oldest,
					    const struct sites *sites)
{
	const struct site *site = sites__at(sites, oldest->site);
	struct holder *holder = holders__at(sites->holders, site->holder);

	for (size_t i = 0; i < w->nr; i++)
		if (is_same(&w->list[i], site, wb))
			return &w->list[i];
	if (!bounded_list__grow((void **)&w->list, &w->cap, w->nr, WRITEBACKS_MAX, sizeof(*w->list),
				w->no_memory))
		return NULL;
	holders__refresh_one(sites->holders, holder);
	w->list[w->nr] = (struct ledger_writeback){ .site = site->pub,
						    .holder = holder->pub,
						    .pin_ts_ns = oldest->ts_ns,
						    .bio = oldest->bio,
						    .first = *wb };
	return &w->list[w->nr++];
}

void writebacks__add(struct writebacks *w, const struct rec_writeback *wb, u64 pins,
		     const struct pin_call *oldest, const struct sites *sites)
{
	struct ledger_writeback *one = find_or_add(w, wb, oldest, sites);

	if (!one)
		return;
	one->pages += pins;
	one->times++;
}

int writebacks__for_each(const struct writebacks *w,
			 int (*fn)(const struct ledger_writeback *one, void *arg), void *arg)
{
	for (size_t i = 0; i < w->nr; i++) {
		struct ledger_writeback one = w->list[i];
		int err;

		one.site.holder = &one.holder; /* the ledger's own may be gone or another by now */
		err = fn(&one, arg);
		if (err)
			return err;
	}
	return 0;
}
