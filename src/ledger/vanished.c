// SPDX-License-Identifier: GPL-2.0
#include <stdlib.h>
#include "ledger/bounded_list.h"
#include "ledger/vanished.h"

void vanished__deinit(struct vanished *v)
{
	free(v->list);
}

u64 vanished__bytes(const struct vanished *v)
{
	return v->cap * sizeof(*v->list);
}

void vanished__add(struct vanished *v, const struct ledger_vanished *one)
{
	if (!bounded_list__grow((void **)&v->list, &v->cap, v->nr, VANISHED_MAX, sizeof(*v->list),
				v->no_memory)) {
		v->dropped++;
		return;
	}
	v->list[v->nr++] = *one;
}

int vanished__for_each(const struct vanished *v,
		       int (*fn)(const struct ledger_vanished *one, void *arg), void *arg)
{
	for (size_t i = 0; i < v->nr; i++) {
		struct ledger_vanished one = v->list[i];
		int err;

		one.site.holder = &one.holder; /* the ledger's own may be gone or another by now */
		err = fn(&one, arg);
		if (err)
			return err;
	}
	return 0;
}
