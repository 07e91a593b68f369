/* SPDX-License-Identifier: GPL-2.0 */
/* A report made by hand, for the tests of the renderers. */
#ifndef REPORT_WORLD_H
#define REPORT_WORLD_H

#include "report/report.h"
#include "record/names.h"

#define SEC UINT64_C(1000000000)

/* A run of io_uring that leaves 64 pages pinned, and what belongs to it. */
struct world {
	struct session *session;
	struct stacks *stacks;
	struct ledger_holder holder, other;
	struct ledger_site sites[3];
	const struct ledger_site *site_ptrs[3];
	struct finding findings[3];
	struct report r;
	struct render_opts o;
};

/* For cmocka: *state is a struct world without findings; its findings[0] is a leak. */
int world_set_up(void **state);
int world_tear_down(void **state);
/* Makes the leak count. */
void world_one_leak(struct world *w);
/* The whole output; the caller frees it. */
char *world_render(struct world *w, const char *format);
void world_assert_text(struct world *w, const char *format, const char *want);
void world_assert_has(struct world *w, const char *format, const char *part);

#define world_test(fn) cmocka_unit_test_setup_teardown(fn, world_set_up, world_tear_down)

#endif
