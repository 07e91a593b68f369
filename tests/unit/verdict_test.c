// SPDX-License-Identifier: GPL-2.0
/* When a run can be judged, what counts, and with which exit status it ends. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "rules_case.h"
#include "scenario.h"
#include "judge/suppress.h"

#define LEAK   "pin ts=1200ms" CMD "api=pin_user_pages cgroup=7 fs=ext4 call=1 runs=100+8\n"
#define LEAKED CMD_GONE CMD_END VM(8, 0) RUN_END

static const struct rules_case cases[] = {
	{
		.name = "a lost record: a leak is listed and does not count",
		.script = RUN_START LEAK "lost reason=ring-unpin count=3\n" LEAKED,
		.findings = "orphan 8/1 cmd",
		.verdict = "inconclusive: 3 records lost (ring-unpin 3)",
		.evidence = "uncertain: records were lost; the holder's address space went away "
			    "2.1 s before the end",
	},
	{
		.name = "several losses, those of detail left out",
		.script = RUN_START "lost reason=ring-pin count=1\nlost reason=stack count=9\n"
				    "lost reason=recursion count=2\n" CMD_GONE CMD_END VM(1, 0)
					    RUN_END,
		.findings = "",
		.verdict = "inconclusive: 3 records lost (ring-pin 1, recursion 2)",
	},
	{
		.name = "lost stacks cost names, not the verdict",
		.script = RUN_START "lost reason=stack count=9\n" CMD_GONE CMD_END VM(0, 0) RUN_END,
		.findings = "",
		.verdict = "clean",
	},
	{
		.name = "vmstat saw pins that no hook saw",
		.script = RUN_START CMD_GONE CMD_END
		"vmstat ts=4s end acquired=512 flags=quiet\n" RUN_END,
		.findings = "unreconciled 512/1 -",
		.verdict = "inconclusive: vmstat's net is +512 pages, the hooks saw +0",
		.evidence =
			"vmstat: acquired 512, released 0, net +512; hooks: acquired 0, released "
			"0, net +0",
	},
	{
		.name = "or the other way, while pins went on",
		.script = RUN_START CMD_GONE CMD_END
		"vmstat ts=4s end acquired=5 released=9 seen=5/6\n" RUN_END,
		.findings = "unreconciled 3/1 -",
		.verdict = "inconclusive: vmstat's net is -4 pages, the hooks saw -1",
		.evidence =
			"vmstat: acquired 5, released 9, net -4; hooks: acquired 5, released 6, net "
			"-1; pins went on while vmstat was read",
	},
	{
		.name = "within what others may have had in progress: nothing seen to be wrong, not clean",
		.script = RUN_START CMD_GONE CMD_END
		"vmstat ts=4s end acquired=9 released=5 seen=5/5 slack=4\n" RUN_END,
		.findings = "",
		.verdict =
			"inconclusive: others pinned without a pause, so that vmstat is known to within "
			"4 pages only",
	},
	{
		.name = "a fault stands all the same",
		.script = RUN_START LEAK CMD_GONE CMD_END
		"vmstat ts=4s end acquired=10 seen=8/0 slack=2\n" RUN_END,
		.findings = "orphan 8/1 cmd",
		.verdict =
			"inconclusive: others pinned without a pause, so that vmstat is known to within "
			"2 pages only",
	},
	{
		.name = "slack at the end makes vmstat's net too large, never too small",
		.script = RUN_START CMD_GONE CMD_END
		"vmstat ts=4s end acquired=5 released=9 seen=5/6 slack=4\n" RUN_END,
		.findings = "unreconciled 3/1 -",
		.verdict = "inconclusive: vmstat's net is -4 pages, the hooks saw -1",
	},
	{
		.name = "and more than the slack is more",
		.script = RUN_START CMD_GONE CMD_END
		"vmstat ts=4s end acquired=10 released=5 seen=5/5 slack=4\n" RUN_END,
		.findings = "unreconciled 5/1 -",
		.verdict = "inconclusive: vmstat's net is +5 pages, the hooks saw +0",
	},
	{
		.name = "a gross difference that is the same on both sides is explained",
		.script = RUN_START CMD_GONE CMD_END
		"vmstat ts=4s end acquired=700 released=700 seen=10/10 flags=quiet\n" RUN_END,
		.findings = "",
		.verdict = "clean",
	},
	{
		.name = "pins that vmstat does not count (legacy direct I/O)",
		.script = RUN_START CMD_GONE CMD_END
		"vmstat ts=4s end acquired=1 released=3 seen=3/3 added=2 flags=quiet\n" RUN_END,
		.findings = "",
		.verdict = "clean",
	},
	{
		.name = "not quiet, but equal",
		.script = RUN_START CMD_GONE CMD_END
		"vmstat ts=4s end acquired=5 released=5 seen=5/5\n" RUN_END,
		.findings = "",
		.verdict = "clean",
	},
	{
		.name = "what vmstat had before the start does not count",
		.script =
			"meta\nmark ts=1s start\n"
			"vmstat ts=1s start acquired=1000 released=900 seen=7/6 flags=quiet\n"
			"vmstat ts=4s end acquired=1008 released=908 seen=15/14 flags=quiet\n" RUN_END,
		.findings = "",
		.verdict = "clean",
	},
	{
		.name = "no sample at the end",
		.script = RUN_START CMD_GONE CMD_END RUN_END,
		.findings = "",
		.verdict = "inconclusive: no vmstat sample",
	},
	{
		.name = "a hook that must be there is missing",
		.script = "meta\nhook unpin_user_page missing none\n"
			  "mark ts=1s start\nvmstat ts=1s start flags=quiet\n" VM(0, 0) RUN_END,
		.findings = "",
		.verdict = "inconclusive: hook 'unpin_user_page' is missing",
	},
	{
		.name = "hooks that exist and did not attach",
		.script = "meta\nhook unpin_folio failed fentry error=-22\n"
			  "hook unpin_user_folio failed fentry error=-22\n"
			  "mark ts=1s start\nvmstat ts=1s start flags=quiet\n" VM(0, 0) RUN_END,
		.findings = "",
		.verdict =
			"inconclusive: hook 'unpin_folio' could not be attached (error -22), and 1 "
			"more",
	},
	{
		.name = "hooks that this kernel has no function for, and those for attribution",
		.script =
			"meta\nhook pin_user_page missing none\nhook unpin_user_page attached fentry\n"
			"hook bio_iov_iter_get_pages failed fentry error=-22\n"
			"mark ts=1s start\nvmstat ts=1s start flags=quiet\n" VM(0, 0) RUN_END,
		.findings = "",
		.verdict = "clean",
	},
	{
		.name = "numbers that overflow",
		.script = RUN_START CMD_GONE CMD_END
		"vmstat ts=4s end acquired=0x8000000000000000 seen=0/1\n" RUN_END,
		.findings = "unreconciled 9223372036854775807/1 -",
		.verdict =
			"inconclusive: vmstat's net is -9223372036854775808 pages, the hooks saw -1",
	},
	{
		.name = "filter: this pid",
		.script = RUN_START LEAK LEAKED,
		.opts = { .filter = { .tgid = 100 } },
		.findings = "orphan 8/1 cmd",
		.verdict = "findings 1",
	},
	{
		.name = "filter: another pid",
		.script = RUN_START LEAK LEAKED,
		.opts = { .filter = { .tgid = 101 } },
		.findings = "",
		.verdict = "clean",
	},
	{
		.name = "filter: comm is a glob",
		.script = RUN_START LEAK LEAKED,
		.opts = { .filter = { .comm = "c?d" } },
		.findings = "orphan 8/1 cmd",
		.verdict = "findings 1",
	},
	{
		.name = "filter: another comm",
		.script = RUN_START LEAK LEAKED,
		.opts = { .filter = { .comm = "c?" } },
		.findings = "",
		.verdict = "clean",
	},
	{
		.name = "filter: cgroup and file system match",
		.script = RUN_START LEAK LEAKED,
		.opts = { .filter = { .cgroup_id = 7, .fs = "ext4" } },
		.findings = "orphan 8/1 cmd",
		.verdict = "findings 1",
	},
	{
		.name = "filter: another cgroup",
		.script = RUN_START LEAK LEAKED,
		.opts = { .filter = { .cgroup_id = 8 } },
		.findings = "",
		.verdict = "clean",
	},
	{
		.name = "filter: another file system",
		.script = RUN_START LEAK LEAKED,
		.opts = { .filter = { .fs = "ext" } },
		.findings = "",
		.verdict = "clean",
	},
	{
		.name = "filter: FOLL_LONGTERM",
		.script = RUN_START LEAK LEAKED,
		.opts = { .filter = { .longterm = true } },
		.findings = "",
		.verdict = "clean",
	},
	{
		.name = "filter: pages, per finding",
		.script = RUN_START LEAK LEAKED,
		.opts = { .filter = { .min_pages = 9 } },
		.findings = "",
		.verdict = "clean",
	},
	{
		.name = "filter: age",
		.script = RUN_START LEAK LEAKED,
		.opts = { .min_age_ns = 2900000001 },
		.findings = "",
		.verdict = "clean",
	},
	{
		.name = "filter: a release in an interrupt is nobody's",
		.script = RUN_START
		"unpin ts=1300ms flags=irq" OTHER "api=unpin_user_page call=2 runs=100+1\n"
		"unpin ts=1301ms" OTHER
		"api=unpin_user_page call=3 runs=200+2\n" CMD_GONE CMD_END VM(0, 3) RUN_END,
		.opts = { .filter = { .tgid = 900 } },
		.findings = "unpin-unmatched 2/1 other",
		.verdict = "findings 1",
	},
	{
		.name = "no filter hides that the books do not balance",
		.script = RUN_START CMD_GONE CMD_END "vmstat ts=4s end acquired=2\n" RUN_END,
		.opts = { .filter = { .tgid = 1, .comm = "x", .fs = "x", .min_pages = 100 } },
		.findings = "unreconciled 2/1 -",
		.verdict = "inconclusive: vmstat's net is +2 pages, the hooks saw +0",
	},
	{
		.name = "suppressed",
		.script = RUN_START LEAK LEAKED,
		.suppress = "orphan:comm=cm*  # known\n",
		.findings = "orphan 8/1 cmd suppressed",
		.verdict = "clean",
	},
	{
		.name = "no suppression hides that the books do not balance",
		.script = RUN_START CMD_GONE CMD_END "vmstat ts=4s end acquired=2\n" RUN_END,
		.suppress = "*:comm=*  # all\n*:*  # all\n",
		.findings = "unreconciled 2/1 -",
		.verdict = "inconclusive: vmstat's net is +2 pages, the hooks saw +0",
	},
};

static struct report evaluate(struct session *s, const struct rules_opts *opts)
{
	struct report r;

	assert_int_equal(rules__evaluate(s, opts, &r), 0);
	return r;
}

static void figures_of_a_run(void **state)
{
	const struct rules_opts opts = { .workload_only = true };
	struct session *s = scenario__new(
		"meta page=16384\nmark ts=1s start\nvmstat ts=1s start acquired=50 flags=quiet\n"
		"mark ts=1001ms cmd-start value=100\n"
		"stack kernel id=1 0xffffffff81000010\nstack user id=2 tgid=100 0x400010\n" LEAK
		"pin ts=1300ms" OTHER "api=pin_user_pages call=2 runs=200+5\n"
		"pin ts=1301ms" OTHER "api=pin_user_pages call=3 runs=300+7\n"
		"unpin ts=1302ms" OTHER "api=unpin_user_pages call=4 runs=300+7\n"
		"lost reason=stack count=2\nlost reason=context count=1\n" CMD_GONE
		"mark ts=2s cmd-end value=256\nmark ts=4s settled value=1\n"
		"vmstat ts=4s end acquired=70 released=7 seen=23/7 added=3 flags=quiet\n"
		"mark ts=4100ms end value=1\n");
	struct report r = evaluate(s, &opts);
	const struct verdict *v = &r.verdict;

	(void)state;
	assert_int_equal(v->kind, VERDICT_FINDINGS);
	assert_int_equal(v->count[FINDING_ORPHAN], 1);
	assert_int_equal(v->pinned_pages, 20);
	assert_int_equal(v->released_pages, 7);
	assert_int_equal(v->open_pages, 13);
	assert_int_equal(v->others_open_pages, 5);
	assert_int_equal(v->lost, 3);
	assert_int_equal(v->lost_by[LOSS_STACK], 2);
	assert_int_equal(v->stacks, 1);
	assert_true(v->have_vmstat && v->vmstat_explained);
	assert_int_equal(v->vm_acquired, 20);
	assert_int_equal(v->seen_acquired, 20); /* without those that vmstat does not count */
	assert_int_equal(v->net_pages, 13);
	assert_true(v->have_cmd && v->interrupted);
	assert_int_equal(v->cmd_status, 256);
	assert_string_equal(v->why, "");
	assert_int_equal(r.findings[0].bytes, 8 * 16384);
	assert_int_equal(r.start_ns, 1000000000);
	assert_int_equal(r.end_ns, 4100000000);
	assert_int_equal(r.nr_sites, 2);
	assert_int_equal(r.sites[0]->open_pages, 8);
	report__deinit(&r);
	session__free(s);
}

static void all_of_a_finding(void **state)
{
	const struct rules_opts opts = { 0 };
	struct session *s = scenario__new(
		RUN_START
		"pin ts=1300ms" CMD
		"api=pin_user_pages flags=write stack=1 ustack=9 call=2 runs=200+5\n"
		"pin ts=1200ms" CMD
		"api=pin_user_pages flags=write stack=1 ustack=9 fs=xfs dev=8:1 ino=3"
		" ctx=0xb10 call=1 runs=100+8\n"
		"unpin ts=1700ms tid=7 tgid=7 comm=put api=unpin_user_page stack=4 call=3 runs=100+1\n" CMD_GONE
			CMD_END VM(13, 1) RUN_END);
	struct report r = evaluate(s, &opts);
	const struct finding *f;

	(void)state;
	assert_int_equal(r.nr_findings, 2);
	f = &r.findings[0];
	assert_int_equal(f->id, FINDING_PARTIAL_RELEASE);
	assert_int_equal(f->pages, 7);
	assert_int_equal(f->first_ns, 1200000000);
	assert_int_equal(f->age_ns, 2900000000);
	assert_true(f->holder_exited && f->mm_gone && f->workload);
	assert_int_equal(f->api, HOOK_PIN_USER_PAGES);
	assert_true(f->flags & PIN_F_WRITE);
	assert_int_equal(f->stack_id, 1);
	assert_int_equal(f->ustack_id, 9);
	assert_string_equal(f->file.fs, "xfs");
	assert_int_equal(f->release_api, HOOK_UNPIN_USER_PAGE);
	assert_int_equal(f->release_stack_id, 4);
	assert_int_equal(f->release_ts_ns, 1700000000);
	assert_int_equal(f->release_tid, 7);
	assert_string_equal(f->release_comm, "put");
	assert_int_equal(f->doc_case, 1);
	assert_int_equal(f->sample.pfn, 101);
	assert_int_equal(f->sample.pages, 7);
	assert_int_equal(r.findings[1].id, FINDING_ORPHAN);
	assert_int_equal(r.findings[1].doc_case, 5);
	assert_int_not_equal(f->key, r.findings[1].key);
	report__deinit(&r);
	session__free(s);
}

/* The stream is not in order of time: rings of several CPUs. */
static void oldest_call_speaks_for_all(void **state)
{
	static const char *const pins[] = {
		"pin ts=1200ms" CMD "api=pin_user_pages cgroup=1 fs=a call=1 runs=100+1\n",
		"pin ts=1100ms" CMD "api=pin_user_pages cgroup=1 fs=b call=2 runs=200+2\n",
		"pin ts=1300ms" CMD "api=pin_user_pages cgroup=1 fs=c call=3 runs=300+4\n",
	};
	const struct rules_opts opts = { 0 };

	(void)state;
	for (int first = 0; first < 3; first++) {
		struct session *s = scenario__new(RUN_START);
		struct report r;

		for (int i = 0; i < 3; i++)
			assert_int_equal(scenario__feed(s, pins[(first + i) % 3]), 0);
		assert_int_equal(scenario__feed(s, CMD_GONE CMD_END VM(7, 0) RUN_END), 0);
		r = evaluate(s, &opts);
		assert_int_equal(r.nr_findings, 1);
		assert_int_equal(r.findings[0].pages, 7);
		assert_int_equal(r.findings[0].calls, 3);
		assert_int_equal(r.findings[0].first_ns, 1100000000);
		assert_int_equal(r.findings[0].age_ns, 3000000000);
		assert_string_equal(r.findings[0].file.fs, "b");
		assert_int_equal(r.findings[0].sample.pfn, 200);
		report__deinit(&r);
		session__free(s);
	}
}

/* Whatever the renderers print: a finding that may have another explanation is not counted. */
static void what_counts_under_doubt(void **state)
{
	static const struct {
		const char *more;
		size_t nr_findings;
		enum verdict_kind kind;
	} cases[] = {
		{ VM(8, 0), 1, VERDICT_FINDINGS },
		{ "", 1, VERDICT_INCONCLUSIVE }, /* no sample: seen all the same */
		{ VM(8, 0) "lost reason=ring-unpin count=1\n", 0, VERDICT_INCONCLUSIVE },
		{ VM(9, 0) "vmstat ts=4s end acquired=9 seen=8/0\n", 0, VERDICT_INCONCLUSIVE },
		{ VM(8, 0) "hook unpin_user_page missing none\n", 0, VERDICT_INCONCLUSIVE },
	};
	const struct rules_opts opts = { 0 };

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct session *s = scenario__new(RUN_START LEAK CMD_GONE CMD_END);
		struct report r;

		assert_int_equal(scenario__feed(s, cases[i].more), 0);
		assert_int_equal(scenario__feed(s, RUN_END), 0);
		r = evaluate(s, &opts);
		assert_int_equal(r.verdict.kind, cases[i].kind);
		assert_int_equal(r.verdict.nr_findings, cases[i].nr_findings);
		assert_int_equal(r.verdict.count[FINDING_ORPHAN], 1);
		report__deinit(&r);
		session__free(s);
	}
}

static void double_unpin_names_both_stacks(void **state)
{
	const struct rules_opts opts = { 0 };
	struct session *s = scenario__new(
		RUN_START
		"pin ts=1200ms" CMD "api=pin_user_pages stack=1 call=1 runs=100+1,300+1\n"
		"unpin ts=1300ms" CMD "api=unpin_user_pages stack=2 call=2 runs=100+1,300+1\n"
		"unpin ts=1400ms" CMD
		"api=unpin_user_pages stack=3 call=3 runs=100+1,300+1\n" CMD_GONE CMD_END VM(2, 4)
			RUN_END);
	struct report r = evaluate(s, &opts);

	(void)state;
	assert_int_equal(r.findings[0].id, FINDING_UNPIN_UNMATCHED);
	assert_int_equal(r.nr_findings, 1);
	assert_int_equal(r.findings[0].pages, 2);
	assert_int_equal(r.findings[0].calls, 1);
	assert_int_equal(r.findings[0].stack_id, 3);
	assert_int_equal(r.findings[0].prev_stack_id, 1);
	assert_int_equal(r.findings[0].release_stack_id, 2);
	assert_int_equal(r.findings[0].release_ts_ns, 1300000000);
	assert_int_equal(r.findings[0].doc_case, 0);
	report__deinit(&r);
	session__free(s);
}

/* Addresses move from boot to boot, names do not: the key lives on names. */
static void key_is_the_same_on_every_boot(void **state)
{
	static const char *const boots[] = {
		"sym 0xffffffff81000010 drv_map+0x10\nstack kernel id=1 0xffffffff81000010\n",
		"sym 0xffffffffa5000030 drv_map+0x30\nstack kernel id=1 0xffffffffa5000030\n",
		"sym 0xffffffff81000010 drv_other+0x10\nstack kernel id=1 0xffffffff81000010\n",
	};
	const struct rules_opts opts = { 0 };
	u64 keys[3];

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		struct session *s = scenario__new(RUN_START);
		struct report r;

		assert_int_equal(scenario__feed(s, boots[i]), 0);
		assert_int_equal(
			scenario__feed(s, "pin ts=1200ms" CMD
					  "api=pin_user_pages stack=1 call=1 runs=1+1\n" CMD_GONE
						  CMD_END VM(1, 0) RUN_END),
			0);
		r = evaluate(s, &opts);
		assert_int_equal(r.nr_findings, 1);
		keys[i] = r.findings[0].key;
		report__deinit(&r);
		session__free(s);
	}
	assert_true(keys[0] == keys[1]);
	assert_true(keys[0] != keys[2]);
}

static int see_use(const char *line, const char *reason, u64 calls, u64 pages, void *arg)
{
	bool used = !strcmp(reason, "known");

	(void)arg;
	assert_string_equal(line, used ? "orphan:drv_*" : "leak:drv_*");
	assert_int_equal(calls, used ? 2 : 0);
	assert_int_equal(pages, used ? 7 : 0);
	return 0;
}

static void suppression_counts_calls_and_pages(void **state)
{
	char err[100];
	struct rules_opts opts = {
		.suppress = suppressions__parse("leak:drv_*  # other\norphan:drv_*  # known\n", "t",
						err, sizeof(err)),
	};
	struct session *s = scenario__new(
		RUN_START "sym 0xffffffff81000010 drv_map+0x10\n"
			  "stack kernel id=1 0xffffffff81000010\n"
			  "pin ts=1200ms" CMD "api=pin_user_pages stack=1 call=1 runs=1+1\n"
			  "pin ts=1201ms" CMD
			  "api=pin_user_pages stack=1 call=2 runs=2+6\n" CMD_GONE CMD_END VM(7, 0)
				  RUN_END);
	struct report r = evaluate(s, &opts);

	(void)state;
	assert_true(r.findings[0].suppressed);
	assert_int_equal(suppressions__for_each(opts.suppress, see_use, NULL), 0);
	assert_int_equal(r.verdict.count[FINDING_ORPHAN], 0);
	assert_int_equal(r.verdict.nr_findings, 0);
	report__deinit(&r);
	session__free(s);
	suppressions__free(opts.suppress);
}

/* More unmatched releases than the ledger keeps in detail. */
static void unlisted_releases_are_not_forgotten(void **state)
{
	const struct rules_opts opts = { 0 };
	const struct ledger_opts ledger = { .max_unmatched = 1 };
	struct session *s = session__new(&ledger);
	struct report r;
	u64 pages = 0;
	bool told = false;

	(void)state;
	assert_non_null(s);
	assert_int_equal(
		scenario__feed(
			s, "meta preexisting=4\nmark ts=1s start\nvmstat ts=1s start flags=quiet\n"
			   "unpin ts=2s" OTHER "api=unpin_user_pages call=1 runs=100+4\n"
			   "unpin ts=2500ms" OTHER "api=unpin_user_pages call=2 runs=200+3\n"
			   "unpin ts=2600ms" OTHER
			   "api=unpin_user_pages call=3 runs=9000+2\n" VM(0, 9) "mark ts=9s end\n"),
		0);
	r = evaluate(s, &opts);
	assert_int_equal(r.verdict.kind, VERDICT_FINDINGS);
	assert_int_equal(r.verdict.unknown_origin_pages, 4);
	assert_int_equal(r.totals.unmatched_dropped > 0, true);
	for (size_t i = 0; i < r.nr_findings; i++) {
		assert_int_equal(r.findings[i].id, FINDING_UNPIN_UNMATCHED);
		pages += r.findings[i].pages;
		told |= !!strstr(r.findings[i].evidence, "too many to keep in detail");
	}
	assert_int_equal(pages, 5);
	assert_true(told);
	report__deinit(&r);
	session__free(s);
}

static void exit_statuses(void **state)
{
	const struct verdict clean = { .kind = VERDICT_CLEAN };
	const struct verdict findings = { .kind = VERDICT_FINDINGS };
	const struct verdict inconclusive = { .kind = VERDICT_INCONCLUSIVE };

	(void)state;
	assert_int_equal(verdict__exit_status(&clean, 0), 0);
	assert_int_equal(verdict__exit_status(&clean, 7), 0);
	assert_int_equal(verdict__exit_status(&findings, 0), 23);
	assert_int_equal(verdict__exit_status(&findings, 7), 7);
	assert_int_equal(verdict__exit_status(&findings, -1), 23);
	assert_int_equal(verdict__exit_status(&inconclusive, 0), 24);
	assert_int_equal(verdict__exit_status(&inconclusive, 7), 24);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(figures_of_a_run),
		cmocka_unit_test(all_of_a_finding),
		cmocka_unit_test(oldest_call_speaks_for_all),
		cmocka_unit_test(what_counts_under_doubt),
		cmocka_unit_test(double_unpin_names_both_stacks),
		cmocka_unit_test(key_is_the_same_on_every_boot),
		cmocka_unit_test(suppression_counts_calls_and_pages),
		cmocka_unit_test(unlisted_releases_are_not_forgotten),
		cmocka_unit_test(exit_statuses),
	};
	int failed = rules_cases__run("verdict", cases, sizeof(cases) / sizeof(cases[0]));

	return failed + cmocka_run_group_tests_name("verdict: figures", tests, NULL, NULL);
}
