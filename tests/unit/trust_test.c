// SPDX-License-Identifier: GPL-2.0
/* What a run must have for its records to be believed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include "rules_case.h"

#define LEAK   "pin ts=1200ms" CMD "api=pin_user_pages cgroup=7 fs=ext4 call=1 runs=100+8\n"
#define LEAKED CMD_GONE CMD_END VM(8, 0) RUN_END

static const struct rules_case cases[] = {
	{
		.name = "hooks that saw our own pins, and nothing else, explain a gross difference",
		.script =
			"meta\nmark ts=1s start\nvmstat ts=1s start flags=quiet,own-tried,own-seen\n"
			"vmstat ts=4s end acquired=12 released=12 "
			"flags=quiet,own-tried,own-seen\n" RUN_END,
		.findings = "",
		.verdict = "clean",
	},
	{
		.name = "hooks that did not see our own pins at the start explain nothing",
		.script = "meta\nmark ts=1s start\nvmstat ts=1s start flags=quiet,own-tried\n"
			  "vmstat ts=4s end acquired=12 released=12 "
			  "flags=quiet,own-tried,own-seen\n" RUN_END,
		.findings = "",
		.verdict = "inconclusive: the hooks did not see pinacct's own pins (is "
			   "kernel.ftrace_enabled 0?)",
	},
	{
		.name = "nor do those that went blind during the run, though no net differs",
		.script = RUN_START LEAK CMD_GONE CMD_END
		"vmstat ts=4s end acquired=8 seen=8/0 flags=quiet,own-tried\n" RUN_END,
		.findings = "orphan 8/1 cmd",
		.verdict = "inconclusive: the hooks did not see pinacct's own pins (is "
			   "kernel.ftrace_enabled 0?)",
		.evidence = "uncertain: the hooks were blind; the holder's address space went away "
			    "2.1 s before the end",
	},
	{
		.name = "a command that a signal ended together with the run",
		.script = RUN_START CMD_GONE
		"mark ts=2s cmd-end value=2\n" VM(0, 0) "mark ts=4100ms end value=1\n",
		.findings = "",
		.verdict = "inconclusive: a signal ended the command before it was done",
	},
	{
		.name = "what it leaked by then is a finding all the same",
		.script = RUN_START LEAK CMD_GONE
		"mark ts=2s cmd-end value=15\n" VM(8, 0) "mark ts=4100ms end value=1\n",
		.findings = "orphan 8/1 cmd",
		.verdict = "findings 1",
	},
	{
		.name = "a command that caught the signal and exited ran to its end",
		.script = RUN_START CMD_GONE
		"mark ts=2s cmd-end value=256\n" VM(0, 0) "mark ts=4100ms end value=1\n",
		.findings = "",
		.verdict = "clean",
	},
	{
		.name = "a command that a signal of its own ended",
		.script = RUN_START CMD_GONE "mark ts=2s cmd-end value=11\n" VM(0, 0) RUN_END,
		.findings = "",
		.verdict = "clean",
	},
	{
		.name = "without a command a signal is how a recording ends",
		.script = "meta\nmark ts=1s start\nvmstat ts=1s start flags=quiet\n" VM(
			0, 0) "mark ts=4100ms end value=1\n",
		.findings = "",
		.verdict = "clean",
	},
	{
		.name = "an exercise that tried nothing",
		.script = "meta\nmark ts=1s start\nvmstat ts=1s start flags=quiet\n"
			  "mark ts=2s not-done text=\"ext4: no loop device\"\n"
			  "mark ts=2s not-done text=\"xfs: no mkfs.xfs\"\n" VM(0, 0) RUN_END,
		.findings = "",
		.verdict = "inconclusive: nothing could be tried; see the reasons in the audit",
	},
	{
		.name = "an exercise that tried something",
		.script =
			"meta\nmark ts=1s start\nvmstat ts=1s start flags=quiet\n"
			"io ts=1500ms" OTHER
			"api=ext4_file_read_iter iter=ubuf dir=dest fs=ext4 fs_hook=ext4_file_read_iter\n"
			"mark ts=2s not-done text=\"xfs: no mkfs.xfs\"\n" VM(0, 0) RUN_END,
		.findings = "",
		.verdict = "clean",
	},
	{
		.name = "an exercise that a signal ended",
		.script =
			"meta\nmark ts=1s start\nvmstat ts=1s start flags=quiet\n"
			"io ts=1500ms" OTHER
			"api=ext4_file_read_iter iter=ubuf dir=dest fs=ext4 fs_hook=ext4_file_read_iter\n"
			"mark ts=2s not-done value=1 text=\"exercise: a signal ended it\"\n" VM(
				0, 0) "mark ts=4100ms end value=1\n",
		.findings = "",
		.verdict = "inconclusive: a signal ended the exercise before it was done",
	},
	{
		.name = "a recording that was cut off",
		.script = RUN_START LEAK LEAKED,
		.opts = { .incomplete = true },
		.findings = "orphan 8/1 cmd",
		.verdict = "inconclusive: the recording was cut off",
	},
	{
		.name = "a stream without an end",
		.script = RUN_START CMD_GONE CMD_END VM(0, 0),
		.findings = "",
		.verdict = "inconclusive: the run has no end mark",
	},
	{
		.name = "nothing at all",
		.script = "",
		.findings = "",
		.verdict = "inconclusive: the run has no end mark",
	},
	{
		.name = "interrupted before the command ended: its pins are no leaks yet",
		.script = RUN_START LEAK VM(8, 0) "mark ts=4100ms end value=1\n",
		.findings = "",
		.verdict = "inconclusive: interrupted before the command ended",
	},
	{
		.name = "the first reason in order is told: cut off, then loss, then vmstat, then hook",
		.script = "meta\nhook unpin_user_page missing none\nmark ts=1s start\n"
			  "vmstat ts=1s start\nlost reason=ring-pin count=1\n"
			  "vmstat ts=4s end acquired=5\n" RUN_END,
		.findings = "unreconciled 5/1 -",
		.verdict = "inconclusive: 1 record lost (ring-pin 1)",
	},
	{
		.name = "vmstat goes before the hook that explains it",
		.script = "meta\nhook unpin_user_page missing none\nmark ts=1s start\n"
			  "vmstat ts=1s start\nvmstat ts=4s end acquired=5\n" RUN_END,
		.findings = "unreconciled 5/1 -",
		.verdict = "inconclusive: vmstat's net is +5 pages, the hooks saw +0",
	},
};

int main(void)
{
	return rules_cases__run("trust", cases, sizeof(cases) / sizeof(cases[0]));
}
