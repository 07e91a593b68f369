// SPDX-License-Identifier: GPL-2.0
/* Whose pin it is: the command's family, somebody else's, or a kernel thread's for either. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "judge/owners.h"
#include "rules_case.h"
#include "scenario.h"

#define START_NS 1001000000ull

/* Kernel threads, without an address space and with a borrowed one. */
#define THREAD	       " tid=50 tgid=50 comm=kworker flags=kthread "
#define FOR_CMD	       " tid=51 tgid=51 mm=0x100 comm=iou-cmd flags=kthread "
#define FOR_OTHER      " tid=52 tgid=52 mm=0x900 comm=iou-other flags=kthread "
#define FOR_UNKNOWN    " tid=53 tgid=53 mm=0x777 comm=iou-else flags=kthread "
#define PIN(who, call) "pin ts=1200ms" who "api=pin_user_pages call=" call " runs=" call "00+1\n"

/* The site of this comm, by a walk. */
struct wanted {
	const char *comm;
	const struct ledger_site *site;
};

static int take_site(const struct ledger_site *site, void *arg)
{
	struct wanted *w = arg;

	if (!strcmp(site->holder->task.comm, w->comm))
		w->site = site;
	return 0;
}

static const struct ledger_site *site_of(const struct session *s, const char *comm)
{
	struct wanted w = { .comm = comm };

	assert_int_equal(ledger__for_each_site(session__ledger(s), take_site, &w), 0);
	assert_non_null(w.site);
	return w.site;
}

static bool is_workload(const char *script, const char *comm, u64 ts_ns)
{
	struct session *s = scenario__new(script);
	struct owners o;
	bool is;

	assert_int_equal(owners__init(&o, session__ledger(s), START_NS), 0);
	is = owners__is_workload(&o, site_of(s, comm), ts_ns);
	owners__deinit(&o);
	session__free(s);
	return is;
}

static void family(void **state)
{
	static const char all[] =
		RUN_START FORK_CHILD PIN(CMD, "1") PIN(CHILD, "2") PIN(OTHER, "3");

	(void)state;
	assert_true(is_workload(all, "cmd", START_NS + 1));
	assert_true(is_workload(all, "child", START_NS + 1));
	assert_false(is_workload(all, "other", START_NS + 1));
	/* when counts for kernel threads only */
	assert_true(is_workload(all, "cmd", START_NS - 1));
}

static void kernel_threads(void **state)
{
	static const char all[] = RUN_START PIN(CMD, "1") PIN(OTHER, "2") PIN(THREAD, "3")
		PIN(FOR_CMD, "4") PIN(FOR_OTHER, "5") PIN(FOR_UNKNOWN, "6");

	(void)state;
	/* it does not say for whom: a leak of the command's must not hide there */
	assert_true(is_workload(all, "kworker", START_NS + 1));
	assert_true(is_workload(all, "kworker", UINT64_MAX));
	assert_false(is_workload(all, "kworker", START_NS - 1));
	assert_true(is_workload(all, "iou-cmd", START_NS));
	assert_false(is_workload(all, "iou-cmd", START_NS - 1));
	assert_false(is_workload(all, "iou-other", START_NS + 1));
	assert_true(is_workload(all, "iou-else", START_NS + 1));
}

static void nobody_pinned(void **state)
{
	struct session *s = scenario__new(RUN_START);
	struct owners o;

	(void)state;
	assert_int_equal(owners__init(&o, session__ledger(s), START_NS), 0);
	assert_int_equal(o.workload.nr, 0);
	assert_int_equal(o.others.nr, 0);
	owners__deinit(&o);
	session__free(s);
}

static void who_is_the_kernel(void **state)
{
	struct session *s = scenario__new(RUN_START PIN(CMD, "1") PIN(THREAD, "2") PIN(FOR_CMD, "3")
						  PIN(" tid=60 tgid=60 comm=no-mm ", "4"));

	(void)state;
	assert_false(owners__is_kernel(site_of(s, "cmd")));
	assert_true(owners__is_kernel(site_of(s, "kworker")));
	assert_true(owners__is_kernel(site_of(s, "iou-cmd")));
	assert_true(owners__is_kernel(site_of(s, "no-mm")));
	session__free(s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(family),
		cmocka_unit_test(kernel_threads),
		cmocka_unit_test(nobody_pinned),
		cmocka_unit_test(who_is_the_kernel),
	};

	return cmocka_run_group_tests_name("owners", tests, NULL, NULL);
}
