/* SPDX-License-Identifier: GPL-2.0 */
/* The rules, as their table knows them. */
#ifndef PINACCT_RULES_IMPL_H
#define PINACCT_RULES_IMPL_H

#include "judge/open_pin.h"

/* An open pin. 1 = this rule takes it, 0 = it does not, or negative errno. */
typedef int (*open_rule_fn)(const struct eval *e, const struct open_pin *pin);
int is_partial_release(const struct eval *e, const struct open_pin *pin);
int is_orphan(const struct eval *e, const struct open_pin *pin);
int is_leak(const struct eval *e, const struct open_pin *pin);
int is_long_held(const struct eval *e, const struct open_pin *pin);
int is_missing_longterm(const struct eval *e, const struct open_pin *pin);
int is_longterm_file(const struct eval *e, const struct open_pin *pin);

/* Pins of a site that have ended: does the rule want them? */
typedef bool (*site_rule_fn)(const struct eval *e, const struct ledger_site *site);
bool was_longterm_file(const struct eval *e, const struct ledger_site *site);
bool was_long_held(const struct eval *e, const struct ledger_site *site);
bool was_missing_longterm(const struct eval *e, const struct ledger_site *site);

/* Over the whole run. 0 or -ENOMEM. */
typedef int (*run_rule_fn)(struct eval *e);
int find_unmatched(struct eval *e);
int find_unreconciled(struct eval *e);
int find_vanished(struct eval *e);
int find_writeback(struct eval *e);
int find_extract_mode(struct eval *e);
int find_get_for_data(struct eval *e);

/* Asks every rule of the table. 0 or -ENOMEM. */
int rules__ask(struct eval *e);

#endif
