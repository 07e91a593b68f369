// SPDX-License-Identifier: GPL-2.0
/* Which runs make which findings. */
#include "rules_case.h"

#define PIN "pin_user_pages_fast"
#define CHECK                                                                                      \
	{                                                                                          \
		.workload_only = true                                                              \
	}

static const struct rules_case cases[] = {
	{
		.name = "nothing happened",
		.script = RUN_START CMD_GONE CMD_END VM(0, 0) RUN_END,
		.findings = "",
		.verdict = "clean",
	},
	{
		.name = "all released",
		.script = RUN_START
		"pin ts=1200ms" CMD "api=" PIN " call=1 runs=100+8\n"
		"unpin ts=1300ms" CMD
		"api=unpin_user_pages call=2 runs=100+8\n" CMD_GONE CMD_END VM(8, 8) RUN_END,
		.opts = CHECK,
		.findings = "",
		.verdict = "clean",
	},
	{
		.name = "leak: a child that outlives the command keeps its pin",
		.script = RUN_START FORK_CHILD "pin ts=1200ms" CHILD "api=" PIN
					       " call=1 runs=100+8\n" CMD_GONE CMD_END VM(8, 0)
						       RUN_END,
		.opts = CHECK,
		.findings = "leak 8/1 child",
		.verdict = "findings 1",
		.evidence = "none of the 8 pages of the oldest call was released; its task was not "
			    "seen to exit",
	},
	{
		.name = "orphan: the command is gone, its pin is not",
		.script = RUN_START "pin ts=1200ms" CMD "api=" PIN
				    " call=1 runs=100+8\n" CMD_GONE CMD_END VM(8, 0) RUN_END,
		.opts = CHECK,
		.findings = "orphan 8/1 cmd",
		.verdict = "findings 1",
		.evidence = "the holder's address space went away 2.1 s before the end",
	},
	{
		.name = "calls of one site and holder are one finding, of two sites two",
		.script = RUN_START
		"pin ts=1200ms" CMD "api=" PIN " stack=1 call=1 runs=100+8\n"
		"pin ts=1201ms" CMD "api=" PIN " stack=1 call=2 runs=200+4\n"
		"pin ts=1202ms" CMD
		"api=pin_user_pages stack=1 call=3 runs=300+20\n" CMD_GONE CMD_END VM(32, 0)
			RUN_END,
		.opts = CHECK,
		.findings = "orphan 20/1 cmd; orphan 12/2 cmd",
		.verdict = "findings 2",
	},
	{
		.name = "a bystander's open pins are no leak",
		.script = RUN_START "pin ts=1200ms" OTHER "api=" PIN
				    " call=1 runs=100+8\n" CMD_GONE CMD_END VM(8, 0) RUN_END,
		.opts = CHECK,
		.findings = "",
		.verdict = "clean",
	},
	{
		.name = "not even when it died; a report of all tasks tells",
		.script = RUN_START "pin ts=1200ms" OTHER "api=" PIN " call=1 runs=100+8\n"
				    "mm ts=1300ms" OTHER "\n" CMD_GONE CMD_END VM(8, 0) RUN_END,
		.findings = "orphan 8/1 other",
		.verdict = "findings 1",
	},
	{
		.name = "a kernel thread's pin during the run counts as the workload's",
		.script = RUN_START "pin ts=2200ms" KWORKER "api=" PIN
				    " call=1 runs=100+8\n" CMD_GONE CMD_END VM(8, 0) RUN_END,
		.opts = CHECK,
		.findings = "leak 8/1 kworker",
		.verdict = "findings 1",
	},
	{
		.name = "but not one from before the command",
		.script = "meta\nmark ts=1s start\nvmstat ts=1s start flags=quiet\n"
			  "pin ts=1001ms" KWORKER "api=" PIN " call=1 runs=100+8\n"
			  "mark ts=1100ms cmd-start value=100\n" CMD_GONE CMD_END VM(8, 0) RUN_END,
		.opts = CHECK,
		.findings = "",
		.verdict = "clean",
	},
	{
		.name = "nor one that borrows a bystander's mm",
		.script = RUN_START
		"pin ts=1200ms" OTHER "api=" PIN " call=1 runs=100+1\n"
		"pin ts=1201ms tid=60 tgid=60 comm=vhost mm=0x900 flags=kthread api=" PIN
		" call=2 runs=200+8\n" CMD_GONE CMD_END VM(9, 0) RUN_END,
		.opts = CHECK,
		.findings = "",
		.verdict = "clean",
	},
	{
		.name = "I/O in flight at the end of a child that goes on working",
		.script = RUN_START FORK_CHILD CMD_GONE CMD_END
		"pin ts=4050ms" CHILD "api=" PIN " call=1 runs=100+8\n" VM(8, 0) RUN_END,
		.opts = CHECK,
		.findings = "",
		.verdict = "clean",
	},
	{
		.name = "partial release: 6 of 8 pages",
		.script = RUN_START
		"pin ts=1200ms" CMD "api=" PIN " call=1 runs=100+8\n"
		"unpin ts=1201ms" CMD
		"api=unpin_user_pages call=2 runs=100+6\n" CMD_GONE CMD_END VM(8, 6) RUN_END,
		.opts = CHECK,
		.findings = "partial-release 2/1 cmd",
		.verdict = "findings 1",
		.evidence = "6 of 8 pages were released by unpin_user_pages() 1 ms after the pin",
	},
	{
		.name = "partial release: two pins of one huge page stay",
		.script = RUN_START
		"pin ts=1200ms" CMD "api=" PIN " call=1 runs=1024+512/9\n"
		"unpin ts=1201ms" CMD
		"api=unpin_user_pages call=2 runs=1026+510/9\n" CMD_GONE CMD_END VM(512, 510)
			RUN_END,
		.opts = CHECK,
		.findings = "partial-release 2/1 cmd",
		.verdict = "findings 1",
	},
	{
		.name = "partial release: two pins of one huge page stay, apart from each other",
		.script = RUN_START
		"pin ts=1200ms" CMD "api=" PIN " call=1 runs=1024+512/9\n"
		"unpin ts=1201ms" CMD
		"api=unpin_user_pages call=2 runs=1025+99/9,1125+411/9\n" CMD_GONE CMD_END VM(
			512, 510) RUN_END,
		.opts = CHECK,
		.findings = "partial-release 2/1 cmd",
		.verdict = "findings 1",
	},
	{
		.name = "partial release: the drop came from another task",
		.script = RUN_START
		"pin ts=1200ms" CMD "api=" PIN " call=1 runs=1024+512/9\n"
		"unpin ts=1201ms" OTHER
		"api=unpin_user_pages call=2 runs=1025+511/9\n" CMD_GONE CMD_END VM(512, 511)
			RUN_END,
		.opts = CHECK,
		.findings = "partial-release 1/1 cmd",
		.verdict = "findings 1",
	},
	{
		.name = "partial release: one of two huge pages is let go altogether",
		.script = RUN_START
		"pin ts=1200ms" CMD "api=" PIN " call=1 runs=1024+512/9,2048+512/9\n"
		"unpin ts=1201ms" CMD
		"api=unpin_user_pages call=2 runs=1025+511/9,2048+512/9\n" CMD_GONE CMD_END VM(
			1024, 1023) RUN_END,
		.opts = CHECK,
		.findings = "partial-release 1/1 cmd",
		.verdict = "findings 1",
	},
	{
		.name = "early drop by pages (io_uring, 6.12) is no partial release",
		.script = RUN_START FORK_CHILD
		"pin ts=1200ms" CHILD "api=" PIN
		" flags=longterm call=1 runs=1024+512/9,2048+512/9,5000+3\n"
		"unpin ts=1201ms" CHILD
		"api=unpin_user_pages call=2 runs=1025+511/9,2049+511/9\n" CMD_GONE CMD_END VM(
			1027, 1022) RUN_END,
		.opts = CHECK,
		.findings = "leak 5/1 child",
		.verdict = "findings 1",
		.evidence = "one pin a folio is left of 1027 pages: unpin_user_pages() dropped the "
			    "others 1 ms after the pin, as a buffer registration does",
	},
	{
		.name = "early drop by folio and count (7.x)",
		.script = RUN_START FORK_CHILD
		"pin ts=1200ms" CHILD "api=" PIN " flags=longterm call=1 runs=1024+512/9\n"
		"unpin ts=1201ms" CHILD
		"api=unpin_user_folio call=2 runs=1024*511/9\n" CMD_GONE CMD_END VM(512, 511)
			RUN_END,
		.opts = CHECK,
		.findings = "leak 1/1 child",
		.verdict = "findings 1",
	},
	{
		.name = "the registered buffer of a living task is no fault without a command",
		.script =
			"meta\nmark ts=1s start\nvmstat ts=1s start flags=quiet\n"
			"pin ts=1200ms" OTHER "api=" PIN " flags=longterm call=1 runs=1024+512/9\n"
			"unpin ts=1201ms" OTHER
			"api=unpin_user_folio call=2 runs=1024*511/9\n" VM(512, 511) RUN_END,
		.findings = "",
		.verdict = "clean",
	},
	{
		.name = "without a command, a dead holder's pin is an orphan",
		.script = "meta\nmark ts=1s start\nvmstat ts=1s start flags=quiet\n"
			  "pin ts=1200ms" OTHER "api=" PIN " call=1 runs=100+8\n"
			  "mm ts=1300ms" OTHER "\n" VM(8, 0) RUN_END,
		.findings = "orphan 8/1 other",
		.verdict = "findings 1",
	},
	{
		.name = "a pin that is younger than the end of its mm has another owner",
		.script = "meta\nmark ts=1s start\nvmstat ts=1s start flags=quiet\n"
			  "pin ts=1200ms" OTHER "api=" PIN " call=1 runs=100+8\n"
			  "mm ts=1300ms" OTHER "\n"
			  "pin ts=1400ms" OTHER "api=" PIN " call=2 runs=300+4\n" VM(12, 0) RUN_END,
		.findings = "orphan 8/1 other",
		.verdict = "findings 1",
	},
	{
		.name = "but exit work has its grace",
		.script = "meta\nmark ts=1s start\nvmstat ts=1s start flags=quiet\n"
			  "pin ts=1200ms" OTHER "api=" PIN " call=1 runs=100+8\n"
			  "mm ts=4s" OTHER "\n" VM(8, 0) RUN_END,
		.findings = "",
		.verdict = "clean",
	},
	{
		.name = "held long, still open: with and without FOLL_LONGTERM",
		.script = "meta\nmark ts=1s start\nvmstat ts=1s start flags=quiet\n"
			  "pin ts=1200ms" OTHER "api=" PIN " flags=longterm call=1 runs=100+8\n"
			  "pin ts=1300ms" OTHER "api=" PIN " call=2 runs=200+4\n"
			  "pin ts=4s" OTHER "api=" PIN " call=3 runs=300+2\n" VM(14, 0) RUN_END,
		.opts = { .age_ns = 1000000000 },
		.findings = "long-held 8/1 other; missing-longterm 4/1 other",
		.verdict = "clean",
		.evidence = "8 of 8 pages still held, 2.9 s after the pin",
	},
	{
		.name = "held long and released",
		.script = "meta\nmark ts=1s start\nvmstat ts=1s start flags=quiet\n"
			  "pin ts=2s" OTHER "api=" PIN " call=1 runs=100+8\n"
			  "unpin ts=14500ms" OTHER "api=unpin_user_pages call=2 runs=100+8\n"
			  "vmstat ts=15s end acquired=8 released=8 seen=8/8 flags=quiet\n"
			  "mark ts=15s end\n",
		.findings = "missing-longterm 8/1 other",
		.verdict = "clean",
		.evidence = "1 call held long and released, the longest after 12.5 s",
	},
	{
		.name = "risks count with fail_on_risk",
		.script = "meta\nmark ts=1s start\nvmstat ts=1s start flags=quiet\n"
			  "pin ts=1200ms" OTHER "api=" PIN
			  " flags=longterm call=1 runs=100+8\n" VM(8, 0) RUN_END,
		.opts = { .age_ns = 1000000000, .fail_on_risk = true },
		.findings = "long-held 8/1 other",
		.verdict = "findings 1",
	},
	{
		.name = "a bystander's long hold is not the workload's risk",
		.script = RUN_START "pin ts=1200ms" OTHER "api=" PIN
				    " flags=longterm call=1 runs=100+8\n" CMD_GONE CMD_END VM(8, 0)
					    RUN_END,
		.opts = { .age_ns = 1000000000, .fail_on_risk = true, .workload_only = true },
		.findings = "",
		.verdict = "clean",
	},
	{
		.name = "a leak is not a risk as well",
		.script = RUN_START "pin ts=1200ms" CMD "api=" PIN
				    " call=1 runs=100+8\n" CMD_GONE CMD_END VM(8, 0) RUN_END,
		.opts = { .age_ns = 1000000000, .fail_on_risk = true, .workload_only = true },
		.findings = "orphan 8/1 cmd",
		.verdict = "findings 1",
	},
	{
		.name = "faults come before greater risks",
		.script = RUN_START FORK_CHILD "pin ts=1200ms" CMD "api=" PIN " call=1 runs=100+1\n"
					       "pin ts=1300ms" OTHER "api=" PIN
					       " call=2 runs=200+90\n" CMD_GONE CMD_END VM(91, 0)
						       RUN_END,
		.opts = { .age_ns = 1000000000 },
		.findings = "orphan 1/1 cmd; missing-longterm 90/1 other",
		.verdict = "findings 1",
	},
	{
		.name = "unpin-unmatched: released twice",
		.script = RUN_START
		"pin ts=1200ms" CMD "api=" PIN " stack=1 call=1 runs=100+1\n"
		"unpin ts=1300ms" CMD "api=unpin_user_page stack=2 call=2 runs=100+1\n"
		"unpin ts=1400ms" KWORKER
		"api=unpin_user_page stack=3 call=3 runs=100+1\n" CMD_GONE CMD_END VM(1, 2) RUN_END,
		.opts = CHECK,
		.findings = "unpin-unmatched 1/1 kworker",
		.verdict = "findings 1",
		.evidence = "pfn 0x64 was pinned 200 ms before and released 100 ms before: this "
			    "release is one too many",
	},
	{
		.name = "unpin-unmatched: never pinned",
		.script = RUN_START
		"unpin ts=1300ms" CMD
		"api=unpin_user_page call=2 runs=100+1\n" CMD_GONE CMD_END VM(0, 1) RUN_END,
		.opts = CHECK,
		.findings = "unpin-unmatched 1/1 cmd",
		.verdict = "findings 1",
		.evidence = "no pin of pfn 0x64 was seen, and all pins from before the start are "
			    "accounted for",
	},
	{
		.name = "a release of a pin from before the start is no fault",
		.script = "meta preexisting=4\nmark ts=1s start\nvmstat ts=1s start flags=quiet\n"
			  "unpin ts=1300ms" OTHER
			  "api=unpin_user_pages call=2 runs=100+4\n" VM(0, 4) RUN_END,
		.findings = "",
		.verdict = "clean",
	},
};

int main(void)
{
	return rules_cases__run("rules", cases, sizeof(cases) / sizeof(cases[0]));
}
