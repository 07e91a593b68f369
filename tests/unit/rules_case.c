// SPDX-License-Identifier: GPL-2.0
#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "rules_case.h"
#include "scenario.h"
#include "judge/suppress.h"

static void say_findings(const struct report *r, char *buf, size_t sz)
{
	size_t len = 0;

	buf[0] = '\0';
	for (size_t i = 0; i < r->nr_findings && len < sz; i++) {
		const struct finding *f = &r->findings[i];

		len += snprintf(buf + len, sz - len, "%s%s %" PRIu64 "/%" PRIu64 " %s%s",
				i ? "; " : "", finding_defs[f->id].id, f->pages, f->calls,
				*f->holder.comm ? f->holder.comm : "-",
				f->suppressed ? " suppressed" : "");
	}
}

static void say_verdict(const struct verdict *v, char *buf, size_t sz)
{
	switch (v->kind) {
	case VERDICT_CLEAN:
		snprintf(buf, sz, "clean");
		break;
	case VERDICT_FINDINGS:
		snprintf(buf, sz, "findings %zu", v->nr_findings);
		break;
	case VERDICT_INCONCLUSIVE:
		snprintf(buf, sz, "inconclusive: %s", v->why);
		break;
	}
}

void rules_case__check(void **state)
{
	const struct rules_case *c = *state;
	struct rules_opts opts = c->opts;
	struct session *s = scenario__new(c->script);
	struct report r;
	char said[1024], err[200];

	if (c->suppress)
		opts.suppress = suppressions__parse(c->suppress, "test", err, sizeof(err));
	assert_true(!c->suppress || opts.suppress);
	assert_int_equal(rules__evaluate(s, &opts, &r), 0);
	say_findings(&r, said, sizeof(said));
	assert_string_equal(said, c->findings);
	say_verdict(&r.verdict, said, sizeof(said));
	assert_string_equal(said, c->verdict);
	if (c->evidence)
		assert_string_equal(r.findings[0].evidence, c->evidence);
	report__deinit(&r);
	suppressions__free(opts.suppress);
	session__free(s);
}

int rules_cases__run(const char *group, const struct rules_case *cases, size_t cnt)
{
	struct CMUnitTest *tests = calloc(cnt, sizeof(*tests));
	int failed;

	if (!tests)
		return 1;
	for (size_t i = 0; i < cnt; i++)
		tests[i] = (struct CMUnitTest){
			.name = cases[i].name,
			.test_func = rules_case__check,
			.initial_state = (void *)&cases[i],
		};
	/* What cmocka_run_group_tests_name() stands for, with a count instead of an array. */
	failed = _cmocka_run_group_tests(group, tests, cnt, NULL, NULL);
	free(tests);
	return failed;
}
