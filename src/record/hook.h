/* SPDX-License-Identifier: GPL-2.0 */
/* The table of include/pinacct/hooks.h as data, for all who print or look up hooks. No libbpf. */
#ifndef PINACCT_HOOK_H
#define PINACCT_HOOK_H

#include <stdbool.h>
#include <stddef.h>
#include <pinacct/types.h>
#include <pinacct/hooks.h>

struct hook {
	enum hook_id id;
	const char *symbol;
	enum hook_by by;
	enum hook_role role;
	enum hook_family family;
	enum hook_need need;
	bool in_vmstat; /* moves nr_foll_pin_* */
	const char *since;
};

extern const struct hook hooks[];
extern const size_t hooks_cnt;

/* NULL when there is no such row. */
const struct hook *hook__by_id(unsigned id);
const char *hook_role__name(enum hook_role role);
/* What an unattached row costs, for `probe`: one clause. */
const char *hook__cost(const struct hook *h);

#endif
