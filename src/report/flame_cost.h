/* SPDX-License-Identifier: GPL-2.0 */
/* What each site of a report costs, in one of the units of flame.h. */
#ifndef PINACCT_FLAME_COST_H
#define PINACCT_FLAME_COST_H

#include "report/flame.h"

/*
 * One number a site, in the order of r->sites. The array is the caller's to free(). 0 or -ENOMEM.
 */
int flame_cost__sites(const struct report *r, const struct flame_opts *o, u64 **costs);

#endif
