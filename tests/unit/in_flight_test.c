// SPDX-License-Identifier: GPL-2.0
/* Pins whose I/O is not done at the end of the run. */
#include <setjmp.h>
#include <stdarg.h>
#include <errno.h>
#include <stddef.h>
#include <cmocka.h>
#include "rules_case.h"
#include "scenario.h"

#define IO_PIN                                                                                     \
	"pin ts=1200ms" CMD                                                                        \
	"api=pin_user_pages_fast fs=ext4 fs_hook=ext4_file_write_iter dev=8:1 "                    \
	"ctx=0xb10 iter=ubuf dir=source call=1 runs=100+8\n"
#define REGISTERED	   "pin ts=1300ms" CMD "api=pin_user_pages_fast flags=longterm call=2 runs=200+4\n"
#define BUSY(device, idle) "mark ts=4s in-flight text=" device " value=" idle "\n"
#define DEAD		   CMD_GONE CMD_END

static const struct rules_case cases[] = {
	{
		.name = "the device never stood still: no orphan, and no clean run either",
		.script = RUN_START IO_PIN DEAD BUSY("8:1", "0") VM(8, 0) RUN_END,
		.findings = "",
		.verdict = "inconclusive: 8 pages in flight: I/O not completed at the end of the "
			   "run",
	},
	{
		.name = "it stood still before the pin",
		.script = RUN_START IO_PIN DEAD BUSY("8:1", "1100000000") VM(8, 0) RUN_END,
		.findings = "",
		.verdict = "inconclusive: 8 pages in flight: I/O not completed at the end of the "
			   "run",
	},
	{
		.name = "it stood still after the pin: that I/O is done, and the pin is left",
		.script = RUN_START IO_PIN DEAD BUSY("8:1", "3000000000") VM(8, 0) RUN_END,
		.findings = "orphan 8/1 cmd",
		.verdict = "findings 1",
	},
	{
		.name = "another device had I/O in flight",
		.script = RUN_START IO_PIN DEAD BUSY("8:2", "0") BUSY("0:0", "0") VM(8, 0) RUN_END,
		.findings = "orphan 8/1 cmd",
		.verdict = "findings 1",
	},
	{
		.name = "a registered buffer is no I/O",
		.script = RUN_START REGISTERED DEAD BUSY("0:0", "0") VM(4, 0) RUN_END,
		.findings = "orphan 4/1 cmd",
		.verdict = "findings 1",
	},
	{
		.name = "a leak beside it counts",
		.script = RUN_START IO_PIN REGISTERED DEAD BUSY("8:1", "0") VM(12, 0) RUN_END,
		.findings = "orphan 4/1 cmd",
		.verdict = "findings 1",
	},
	{
		.name = "somebody else's I/O is nothing to wait for",
		.script = RUN_START "pin ts=1500ms" OTHER
				    "api=pin_user_pages_fast dev=8:1 ctx=0xb10 call=1 "
				    "runs=100+8\n" DEAD BUSY("8:1", "0") VM(8, 0) RUN_END,
		.opts = { .workload_only = true },
		.findings = "",
		.verdict = "clean",
	},
	{
		.name = "without a command: a dead holder's",
		.script = "meta\nmark ts=1s start\nvmstat ts=1s start flags=quiet\n" IO_PIN CMD_GONE
			BUSY("8:1", "0") VM(8, 0) RUN_END,
		.findings = "",
		.verdict = "inconclusive: 8 pages in flight: I/O not completed at the end of the "
			   "run",
	},
};

static void marks_that_no_writer_makes(void **state)
{
	struct session *s = scenario__new(RUN_START);

	(void)state;
	assert_int_equal(scenario__feed(s, "mark ts=2s in-flight text=sda\n"), -EBADMSG);
	assert_int_equal(scenario__feed(s, "mark ts=2s in-flight text=1:1048576\n"), -EBADMSG);
	for (int i = 0; i < 64; i++)
		assert_int_equal(scenario__feed(s, BUSY("8:1", "0")), 0);
	assert_int_equal(scenario__feed(s, BUSY("8:1", "0")), -EBADMSG);
	session__free(s);
}

/* What the conversion audit makes of it: neither released nor a violation. */
static void audit_row(const char *end, enum audit_balance balance, enum audit_verdict verdict)
{
	struct session *s = scenario__new(RUN_START IO_PIN);
	const struct rules_opts opts = { 0 };
	struct report r;

	assert_int_equal(scenario__feed(s, end), 0);
	assert_int_equal(rules__evaluate(s, &opts, &r), 0);
	assert_int_equal(r.nr_audit, 1);
	assert_int_equal(r.audit[0].balance, balance);
	assert_int_equal(r.audit[0].verdict, verdict);
	report__deinit(&r);
	session__free(s);
}

static void audit_rows(void **state)
{
	(void)state;
	/* taken within a second of the end: I/O as it comes and goes */
	audit_row("mark ts=1400ms end value=1\n", BALANCE_IN_FLIGHT, AUDIT_CONVERTED);
	audit_row(BUSY("8:1", "0") RUN_END, BALANCE_IN_FLIGHT, AUDIT_CONVERTED);
	audit_row(BUSY("8:1", "2000000000") RUN_END, BALANCE_NO, AUDIT_VIOLATION);
	audit_row(RUN_END, BALANCE_NO, AUDIT_VIOLATION);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(marks_that_no_writer_makes),
		cmocka_unit_test(audit_rows),
	};
	int failed = rules_cases__run("in flight", cases, sizeof(cases) / sizeof(cases[0]));

	return failed + cmocka_run_group_tests_name("in flight: more", tests, NULL, NULL);
}
