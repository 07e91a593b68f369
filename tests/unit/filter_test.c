// SPDX-License-Identifier: GPL-2.0
/* What --pid, --comm, --cgroup, --fs and --longterm let through. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include "audit/filter.h"

static const struct ledger_holder holder = {
	.task = { .tid = 12, .tgid = 10, .ns_tgid = 3, .comm = "fio-job", .cgroup_id = 77 },
};
static const struct ledger_site site = {
	.holder = &holder,
	.file = { .fs = "ext4" },
	.flags = PIN_F_LONGTERM,
};
static const struct ledger_site short_term = { .holder = &holder };
static const struct ledger_unmatched release = { .task = { .tgid = 10, .comm = "fio-job" } };
static const struct ledger_unmatched in_irq = {
	.task = { .tgid = 10, .comm = "fio-job" },
	.flags = PIN_F_IRQ,
};

/* Each filter against: a long-term pin on ext4, one of neither, a reference, a release, one of an
 * interrupt. */
static const struct {
	struct filter filter;
	bool site, short_term, get, release, in_irq;
} cases[] = {
	{ { .tgid = 0 }, true, true, true, true, true },
	{ { .tgid = 10 }, true, true, true, true, false },
	{ { .tgid = 3 }, true, true, true, false, false },     /* by its number in the container */
	{ { .tgid = 12 }, false, false, false, false, false }, /* a thread's is no process */
	{ { .comm = "fio*" }, true, true, true, true, false },
	{ { .comm = "fio" }, false, false, false, false, false },
	{ { .cgroup_id = 77 }, true, true, true, false, false },
	{ { .cgroup_id = 78 }, false, false, false, false, false },
	{ { .fs = "ext4" }, true, false, false, false, false },
	{ { .fs = "ext" }, false, false, false, false, false },
	{ { .longterm = true }, true, false, false, false, false },
	{ { .tgid = 10, .comm = "dd" }, false, false, false, false, false },
	{ { .min_pages = 5 }, true, true, true, true, true }, /* of rows, not of pins */
};

static void test_filters(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct filter *f = &cases[i].filter;

		if (filter__site(f, &site) != cases[i].site ||
		    filter__site(f, &short_term) != cases[i].short_term ||
		    filter__get(f, &holder.task) != cases[i].get ||
		    filter__release(f, &release) != cases[i].release ||
		    filter__release(f, &in_irq) != cases[i].in_irq)
			fail_msg("case %zu", i);
		assert_int_equal(filter__is_off(f), !i || f->min_pages);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_filters),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
