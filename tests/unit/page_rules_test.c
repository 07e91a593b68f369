// SPDX-License-Identifier: GPL-2.0
/*
 * What the page proves: pins that it no longer shows, pins of before the start, and losses that it
 * explains.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <cmocka.h>
#include "rules_case.h"

#define PIN_SMALL "pin ts=1200ms" CMD "api=pin_user_pages flags=write stack=1 call=1 runs=100+4\n"
#define PIN_LARGE "pin ts=1200ms" CMD "api=pin_user_pages flags=write stack=1 call=1 runs=512+4/9\n"
#define UNPIN(ts, runs)                                                                            \
	"unpin ts=" ts "ms" CMD "api=unpin_user_pages stack=2 call=" ts "1 runs=" runs "\n"
/* PIN_SMALL and PIN_LARGE are open; the page said LINE at 4 s */
#define SMALL(line)    RUN_START PIN_SMALL CMD_GONE CMD_END line VM(4, 0) RUN_END
#define LARGE(line)    RUN_START PIN_LARGE CMD_GONE CMD_END line VM(4, 0) RUN_END
#define PAGE(what)     "page ts=4s suspect " what "\n"
#define SCANNED(pages) "meta preexisting=" #pages "\nvmstat ts=1s start flags=quiet\n"
#define SCAN_DONE                                                                                  \
	"mark ts=999ms scanned value=1\nmark ts=1s start\nmark ts=1001ms cmd-start value=100\n"

static const struct rules_case cases[] = {
	/* ---- small folios ---- */
	{
		.name = "small: all pins are shown: a leak",
		.script = SMALL(PAGE("anon pfn=100 folios=4 refcount=1024 pincount=1")),
		.findings = "orphan 4/1 cmd",
		.verdict = "findings 1",
	},
	{
		.name = "small: more references than pins are others'",
		.script = SMALL(PAGE("file pfn=100 folios=4 refcount=2050 pincount=2 mapcount=1")),
		.findings = "orphan 4/1 cmd",
		.verdict = "findings 1",
	},
	{
		.name = "small: 1023 is a pin that was put",
		.script = SMALL(PAGE("anon pfn=100 folios=3 refcount=1024 pincount=1")
					PAGE("anon pfn=103 refcount=1023 pincount=0")),
		.findings = "orphan 3/1 cmd; pin-put 1/1 cmd",
		.verdict = "findings 2",
	},
	{
		.name = "small: 1024 of a page that is mapped is one too few",
		.script = SMALL(PAGE("anon pfn=100 folios=4 refcount=1024 pincount=1 mapcount=1")),
		.findings = "pin-put 4/4 cmd",
		.verdict = "findings 1",
		.evidence =
			"refcount 1024 though the page is mapped: 1 of 1 pin of 1024 dropped by "
			"put_page()",
	},
	{
		.name = "small: the page cache holds one, too",
		.script = SMALL(PAGE("file pfn=100 folios=4 refcount=1025 pincount=1 mapcount=1")),
		.findings = "pin-put 4/4 cmd",
		.verdict = "findings 1",
	},
	{
		.name = "small: mapped and pinned is as it should be",
		.script = SMALL(PAGE("shmem pfn=100 folios=4 refcount=1026 pincount=1 mapcount=1")),
		.findings = "orphan 4/1 cmd",
		.verdict = "findings 1",
	},
	{
		.name = "small: several references gone are no put each",
		.script = SMALL(PAGE("anon pfn=100 folios=3 refcount=1024 pincount=1")
					PAGE("anon pfn=103 refcount=1000 pincount=0")),
		.findings = "orphan 3/1 cmd; stolen-pin 1/1 cmd",
		.verdict = "findings 2",
	},
	{
		.name = "small: no pin left though nobody released it",
		.script = SMALL(PAGE("anon pfn=100 folios=4 refcount=1 pincount=0 mapcount=1")),
		.findings = "stolen-pin 4/4 cmd",
		.verdict = "findings 1",
		.evidence = "the ledger holds 1 pin of the folio, the page shows 0 (refcount 1)",
	},
	{
		.name = "small: freed",
		.script = SMALL(PAGE("free pfn=100 folios=4")),
		.findings = "freed-pinned 4/4 cmd",
		.verdict = "findings 1",
		.evidence =
			"the ledger holds 1 pin of the folio, and it is free or another one by now",
	},
	{
		.name = "small: two pins, one of them stolen: the older one is taken for it",
		.script = RUN_START PIN_SMALL
		"pin ts=1300ms" CHILD
		"api=pin_user_pages flags=write stack=3 call=2 runs=100+1\n" CMD_GONE CMD_END PAGE(
			"anon pfn=100 refcount=1025 pincount=1 mapcount=1")
			PAGE("anon pfn=101 folios=3 refcount=1024 pincount=1") VM(5, 0) RUN_END,
		.findings = "orphan 3/1 cmd; stolen-pin 1/1 cmd",
		.verdict = "findings 2",
	},
	{
		.name = "what changed while it was read proves nothing",
		.script = SMALL(PAGE("anon pfn=100 folios=4 refcount=1 pincount=0 flags=unstable")),
		.findings = "orphan 4/1 cmd",
		.verdict = "findings 1",
	},
	{
		.name = "what could not be read proves nothing",
		.script = SMALL(PAGE("unreadable pfn=100 folios=4")),
		.findings = "orphan 4/1 cmd",
		.verdict = "findings 1",
	},
	{
		.name = "a pin that is younger than the look is not judged by it",
		.script = RUN_START
		"pin ts=1200ms" CMD "api=pin_user_pages call=1 runs=100+1\n"
		"page ts=1100ms suspect anon pfn=100 refcount=1 mapcount=1\n" CMD_GONE CMD_END VM(
			1, 0) RUN_END,
		.findings = "orphan 1/1 cmd",
		.verdict = "findings 1",
	},
	{
		.name = "released before the page was read: nothing to say",
		.script = RUN_START PIN_SMALL UNPIN("1500", "100+4")
			PAGE("anon pfn=100 folios=4 refcount=1") CMD_GONE CMD_END VM(4, 4) RUN_END,
		.findings = "",
		.verdict = "clean",
	},
	/* ---- large folios ---- */
	{
		.name = "large: all pins are shown: a leak",
		.script = LARGE(PAGE("anon pfn=512 order=9 refcount=516 pincount=4")),
		.findings = "orphan 4/1 cmd",
		.verdict = "findings 1",
	},
	{
		.name = "large: fewer pins than the ledger has",
		.script = LARGE(PAGE("anon pfn=512 order=9 refcount=515 pincount=3")),
		.findings = "orphan 3/1 cmd; stolen-pin 1/1 cmd",
		.verdict = "findings 2",
	},
	{
		.name = "large: a pincount below zero shows none",
		.script = LARGE(PAGE("anon pfn=512 order=9 refcount=1 pincount=-2")),
		.findings = "stolen-pin 4/1 cmd",
		.verdict = "findings 1",
		.evidence = "the ledger holds 4 pins of the folio, the page shows 0 (pincount -2)",
	},
	{
		.name = "large: fewer references than pins: put",
		.script = LARGE(PAGE("anon pfn=512 order=9 refcount=3 pincount=4")),
		.findings = "orphan 3/1 cmd; pin-put 1/1 cmd",
		.verdict = "findings 2",
	},
	{
		.name = "large: its pages are others by now",
		.script = LARGE(PAGE("anon pfn=512 refcount=1 mapcount=1")),
		.findings = "freed-pinned 4/1 cmd",
		.verdict = "findings 1",
	},
	{
		.name = "large: it is part of a larger one by now",
		.script = RUN_START
		"pin ts=1200ms" CMD "api=pin_user_pages call=1 runs=520+8/3\n" CMD_GONE CMD_END
			PAGE("anon pfn=512 order=9 refcount=512") VM(8, 0) RUN_END,
		.findings = "freed-pinned 8/1 cmd",
		.verdict = "findings 1",
	},
	{
		.name = "larger than a block: all pins are shown",
		.script = RUN_START
		"pin ts=1200ms" CMD
		"api=pin_user_pages call=1 runs=1048576+9/18\n" CMD_GONE CMD_END PAGE(
			"hugetlb pfn=1048576 order=18 refcount=10 pincount=9") VM(9, 0) RUN_END,
		.findings = "orphan 9/1 cmd",
		.verdict = "findings 1",
	},
	{
		.name = "larger than a block: none is",
		.script = RUN_START
		"pin ts=1200ms" CMD "api=pin_user_pages call=1 runs=1048576+9/18\n" CMD_GONE CMD_END
			PAGE("hugetlb pfn=1048576 order=18 refcount=1 pincount=0") VM(9, 0) RUN_END,
		.findings = "stolen-pin 9/1 cmd",
		.verdict = "findings 1",
	},
	{
		.name = "pins by count, of a folio",
		.script = RUN_START
		"pin ts=1200ms" CMD
		"api=memfd_pin_folios flags=longterm call=1 runs=512*3/9\n" CMD_GONE CMD_END PAGE(
			"shmem pfn=512 order=9 refcount=514 pincount=2") VM(3, 0) RUN_END,
		.findings = "orphan 2/1 cmd; stolen-pin 1/1 cmd",
		.verdict = "findings 2",
	},
	{
		.name = "freed by the allocator's own word, with both stacks",
		.script = RUN_START PIN_LARGE
		"page ts=1500ms freed anon pfn=512 order=9 refcount=0 "
		"pincount=4 stack=9\n" CMD_GONE CMD_END VM(4, 0) RUN_END,
		.findings = "freed-pinned 4/1 cmd",
		.verdict = "findings 1",
		.evidence =
			"the folio went back to the allocator with pincount 4; the ledger held 4 "
			"pins of it",
	},
	{
		.name = "freed, and nobody's pin: not believed",
		.script = RUN_START
		"page ts=1500ms freed anon pfn=512 order=9 pincount=4 stack=9\n" CMD_GONE CMD_END
			VM(0, 0) RUN_END,
		.findings = "",
		.verdict = "clean",
	},
	/* ---- doubt ---- */
	{
		.name = "a stolen pin that an unseen release may explain is none",
		.script = RUN_START PIN_SMALL CMD_GONE CMD_END PAGE(
			"anon pfn=100 folios=4 refcount=1") "vmstat ts=4s end acquired=4 released=4 seen=4/0 flags=quiet\n" RUN_END,
		.findings = "unreconciled 4/1 -",
		.verdict = "inconclusive: vmstat's net is +0 pages, the hooks saw +4",
	},
	{
		.name = "tasks beside the command are not judged by check",
		.script = RUN_START "pin ts=1200ms" OTHER
				    "api=pin_user_pages call=1 runs=100+1\n" CMD_GONE CMD_END PAGE(
					    "anon pfn=100 refcount=1023") VM(1, 0) RUN_END,
		.opts = { .workload_only = true },
		.findings = "",
		.verdict = "clean",
	},
	/* ---- losses ---- */
	{
		.name = "a lost release: the page explains it",
		.script = RUN_START PIN_SMALL
		"lost reason=recursion count=1\n" CMD_GONE CMD_END PAGE(
			"anon pfn=100 folios=4 refcount=1") "vmstat ts=4s end acquired=4 released=4 seen=4/0 flags=quiet\n" RUN_END,
		.findings = "",
		.verdict = "clean",
	},
	{
		.name = "a lost release: its page was asked soon after, and is another one's by the end",
		.script = RUN_START PIN_SMALL
		"lost reason=recursion count=1\n"
		"page ts=1600ms loss anon pfn=100 folios=4 refcount=1\n"
		"pin ts=1700ms" CMD "api=pin_user_pages call=2 runs=100+4\n" CMD_GONE CMD_END PAGE(
			"anon pfn=100 folios=4 refcount=1024 pincount=1") "vmstat ts=4s end acquired=8 released=4 seen=8/0 flags=quiet\n" RUN_END,
		.findings = "orphan 4/1 cmd",
		.verdict = "findings 1",
	},
	{
		.name = "a page that was asked in the midst of the run only is no witness of its end",
		.script = RUN_START PIN_SMALL
		"lost reason=recursion count=1\n"
		"page ts=1900ms loss anon pfn=100 folios=4 refcount=1024 pincount=1\n" CMD_GONE
			CMD_END
		"vmstat ts=4s end acquired=4 released=0 seen=4/0 flags=quiet\n" RUN_END,
		.findings = "orphan 4/1 cmd",
		.verdict =
			"inconclusive: 1 record lost (recursion 1); 4 open pages could not be asked",
	},
	{
		.name = "a lost pin: its release is excused, for vmstat agrees",
		.script = RUN_START "lost reason=ring-pin count=1\n" UNPIN("1500", "100+4")
			CMD_GONE CMD_END
		"vmstat ts=4s end acquired=4 released=4 seen=4/4 flags=quiet\n" RUN_END,
		.findings = "",
		.verdict = "clean",
	},
	{
		.name = "a loss, and a leak that the page shows: a finding",
		.script = RUN_START PIN_SMALL PIN_LARGE
		"lost reason=ring-unpin count=1\n" CMD_GONE CMD_END PAGE(
			"anon pfn=100 folios=4 refcount=1")
			PAGE("anon pfn=512 order=9 refcount=516 pincount=4") "vmstat ts=4s end acquired=8 released=4 seen=8/4 flags=quiet\n" RUN_END,
		.findings = "orphan 4/1 cmd",
		.verdict = "findings 1",
	},
	{
		.name = "a lost pin that was not released stays unknown",
		.script = RUN_START PIN_SMALL
		"lost reason=ring-pin count=1\n" CMD_GONE CMD_END PAGE(
			"anon pfn=100 folios=4 refcount=1024 pincount=1") "vmstat ts=4s end acquired=6 released=0 seen=6/0 flags=quiet\n" RUN_END,
		.findings = "orphan 4/1 cmd",
		.verdict =
			"inconclusive: 1 record lost (ring-pin 1); +2 pages remain unknown after "
			"asking them",
	},
	{
		.name = "more releases without a pin than pins can have been lost",
		.script = RUN_START "lost reason=ring-pin count=1\n" UNPIN("1500", "100+4")
			CMD_GONE CMD_END
		"vmstat ts=4s end acquired=1 released=1 seen=1/4 flags=quiet\n" RUN_END,
		.findings = "unpin-unmatched 4/1 cmd; unreconciled 3/1 -",
		.verdict = "inconclusive: 1 record lost (ring-pin 1)",
	},
	{
		.name = "a sample that was not quiet proves nothing",
		.script = RUN_START PIN_SMALL
		"lost reason=recursion count=1\n" CMD_GONE CMD_END PAGE(
			"anon pfn=100 folios=4 refcount=1") "vmstat ts=4s end acquired=4 released=4 seen=4/4\n" RUN_END,
		.findings = "",
		.verdict = "inconclusive: 1 record lost (recursion 1)",
	},
	{
		.name = "an open page that was not asked leaves doubt",
		.script = RUN_START PIN_SMALL "lost reason=recursion count=1\n" CMD_GONE CMD_END
			PAGE("anon pfn=100 folios=2 refcount=1024 pincount=1") VM(4, 0) RUN_END,
		.findings = "orphan 4/1 cmd",
		.verdict =
			"inconclusive: 1 record lost (recursion 1); 2 open pages could not be asked",
	},
	{
		.name = "a page that was pinned before hides a lost release",
		.script = SCANNED(
			1) "page ts=990ms start anon pfn=100 refcount=1024 pincount=1\n" SCAN_DONE
			   "pin ts=1200ms" CMD "api=pin_user_pages call=1 runs=100+1\n"
			   "lost reason=recursion count=1\n" CMD_GONE CMD_END PAGE(
				   "anon pfn=100 refcount=2048 pincount=2") VM(1, 0) RUN_END,
		.findings = "orphan 1/1 cmd",
		.verdict =
			"inconclusive: 1 record lost (recursion 1); 1 open pages were pinned before, "
			"too",
	},
	{
		.name = "a loss while pins of before are only counted",
		.script =
			"meta preexisting=7\nmark ts=1s start\nvmstat ts=1s start flags=quiet\n"
			"mark ts=1001ms cmd-start value=100\n" PIN_SMALL
			"lost reason=recursion count=1\n" CMD_GONE CMD_END PAGE(
				"anon pfn=100 folios=4 refcount=1") "vmstat ts=4s end acquired=4 released=4 seen=4/0 flags=quiet\n" RUN_END,
		.findings = "unreconciled 4/1 -",
		.verdict =
			"inconclusive: 1 record lost (recursion 1); pins of before the start are not "
			"known (--no-scan?)",
	},
	/* ---- pins of before ---- */
	{
		.name = "released pages that the scan found are of unknown origin, others are not",
		.script = SCANNED(
			2) "page ts=990ms start anon pfn=100 folios=2 refcount=1025 pincount=1\n" SCAN_DONE
			UNPIN("1500", "100+3") CMD_GONE CMD_END VM(0, 3) RUN_END,
		.findings = "unpin-unmatched 1/1 cmd",
		.verdict = "findings 1",
	},
	{
		.name = "the same one twice is one too many",
		.script = SCANNED(
			5) "page ts=990ms start anon pfn=100 refcount=1025 pincount=1\n" SCAN_DONE
			UNPIN("1500", "100+1") UNPIN("1600", "100+1") CMD_GONE CMD_END VM(0, 2)
				RUN_END,
		.findings = "unpin-unmatched 1/1 cmd",
		.verdict = "findings 1",
	},
	{
		.name = "a large folio by count",
		.script = SCANNED(
			3) "page ts=990ms start anon pfn=512 order=9 refcount=515 pincount=3\n" SCAN_DONE
			UNPIN("1500", "512*2/9") UNPIN("1600", "700+2/9") CMD_GONE CMD_END VM(0, 4)
				RUN_END,
		.findings = "unpin-unmatched 1/1 cmd",
		.verdict = "findings 1",
	},
	{
		.name = "pins taken while the scan ran are not of before",
		.script = SCANNED(
			1) "pin ts=980ms" CMD "api=pin_user_pages call=1 runs=100+1\n"
			   "page ts=990ms start anon pfn=100 refcount=1025 pincount=1\n" SCAN_DONE
				   UNPIN("1500", "100+1") UNPIN("1600", "100+1")
					   CMD_GONE CMD_END VM(1, 2) RUN_END,
		.findings = "unpin-unmatched 1/1 cmd",
		.verdict = "findings 1",
	},
	{
		.name = "a folio that was told twice, in two sizes",
		.script = SCANNED(
			9) "page ts=990ms start anon pfn=513 refcount=1025 pincount=1\n"
			   "page ts=991ms start anon pfn=512 order=9 refcount=9 pincount=4\n"
			   "page ts=991ms start anon pfn=1024 order=2 refcount=9 pincount=1\n" SCAN_DONE
				   UNPIN("1500", "500+12,512+512,1024+76")
					   CMD_GONE CMD_END VM(0, 600) RUN_END,
		.findings = "unpin-unmatched 595/1 cmd",
		.verdict = "findings 1",
	},
	{
		.name = "a release while the scan ran may be of a pin that it did not see any more",
		.script =
			"meta preexisting=2\nvmstat ts=1s start flags=quiet\n" UNPIN("995", "300+2")
				SCAN_DONE UNPIN("1500", "100+1") CMD_GONE CMD_END VM(0, 3) RUN_END,
		.findings = "unpin-unmatched 1/1 cmd",
		.verdict = "findings 1",
	},
	{
		.name = "below zero in vmstat, and the scan knows all the same",
		.script = SCANNED(
			-9) "page ts=990ms start anon pfn=100 refcount=1025 pincount=1\n" SCAN_DONE
			UNPIN("1500", "100+1") UNPIN("1600", "200+1") CMD_GONE CMD_END VM(0, 2)
				RUN_END,
		.findings = "unpin-unmatched 1/1 cmd",
		.verdict = "findings 1",
	},
	/* ---- releases that the page contradicted ---- */
	{
		.name = "an unpin of a page without a pin, never seen",
		.script = RUN_START UNPIN("1500", "100+1!") CMD_GONE CMD_END VM(0, 1) RUN_END,
		.findings = "get-unpin 1/1 cmd",
		.verdict = "findings 1",
		.evidence =
			"when the release of pfn 0x64 began the page held no pin (refcount below "
			"1024), and none of it was seen",
	},
	{
		.name = "the same of a large folio",
		.script = RUN_START UNPIN("1500", "520+2/9!") CMD_GONE CMD_END VM(0, 2) RUN_END,
		.findings = "get-unpin 2/1 cmd",
		.verdict = "findings 1",
		.evidence =
			"when the release of pfn 0x208 began the page held no pin (pincount not "
			"above 0), and none of it was seen",
	},
	{
		.name = "no pins of before excuse it",
		.script = "meta preexisting=50\nmark ts=1s start\nvmstat ts=1s start flags=quiet\n"
			  "mark ts=1001ms cmd-start value=100\n" UNPIN("1500", "100+1!")
				  UNPIN("1600", "200+1") CMD_GONE CMD_END VM(0, 2) RUN_END,
		.findings = "get-unpin 1/1 cmd",
		.verdict = "findings 1",
	},
	{
		.name = "pinned and released before: a double unpin",
		.script = RUN_START PIN_SMALL UNPIN("1500", "100+4") UNPIN("1600", "102+1!")
			CMD_GONE CMD_END VM(4, 5) RUN_END,
		.findings = "unpin-unmatched 1/1 cmd",
		.verdict = "findings 1",
	},
	/* ---- risks ---- */
	{
		.name = "a long-term pin of a file's page",
		.script = RUN_START FORK_CHILD
		"pin ts=1200ms" CHILD
		"api=pin_user_pages flags=longterm call=1 runs=100+4\n" CMD_GONE
		"mark ts=1150ms cmd-end value=0\nmark ts=4s settled value=1\n" PAGE(
			"anon pfn=100 folios=3 refcount=1025 pincount=1 mapcount=1")
			PAGE("file pfn=103 refcount=1026 pincount=1 mapcount=1 fs=xfs dev=8:1 "
			     "ino=5") VM(4, 0) RUN_END,
		.findings = "longterm-file 4/1 child",
		.verdict = "clean",
	},
	{
		.name = "shared memory and hugetlb are no file",
		.script = RUN_START FORK_CHILD
		"pin ts=1200ms" CHILD
		"api=pin_user_pages flags=longterm call=1 runs=100+1,512+1/9\n" CMD_GONE
		"mark ts=1150ms cmd-end value=0\nmark ts=4s settled value=1\n" PAGE(
			"shmem pfn=100 refcount=1026 pincount=1 mapcount=1 fs=tmpfs ino=5")
			PAGE("hugetlb pfn=512 order=9 refcount=513 pincount=1 fs=hugetlbfs ino=6")
				VM(2, 0) RUN_END,
		.findings = "",
		.verdict = "clean",
	},
	{
		.name = "writeback of a page that is pinned",
		.script = RUN_START PIN_SMALL
		"writeback ts=1300ms pfn=101 refcount=1027 pincount=1 fs=ext4 dev=8:1 ino=7 stack=5 tid=50 "
		"tgid=50 comm=kworker\n" UNPIN("1500", "100+4") CMD_GONE CMD_END VM(4, 4) RUN_END,
		.findings = "writeback-pinned 1/1 cmd",
		.verdict = "clean",
		.evidence = "writeback of inode 7 began on it 1 time, first 100 ms after the pin",
	},
	{
		.name = "and fails with --fail-on risk",
		.script = RUN_START PIN_LARGE
		"writeback ts=1300ms pfn=512 order=9 refcount=600 pincount=4 fs=xfs dev=8:1 ino=7\n"
		"writeback ts=1400ms pfn=512 order=9 refcount=600 pincount=4 fs=xfs dev=8:1 ino=7\n" UNPIN(
			"1500", "512+4/9") CMD_GONE CMD_END VM(4, 4) RUN_END,
		.opts = { .fail_on_risk = true },
		.findings = "writeback-pinned 8/1 cmd",
		.verdict = "findings 1",
		.evidence = "writeback of inode 7 began on it 2 times, first 100 ms after the pin",
	},
	{
		.name = "writeback of what only looks pinned, or was pinned later, is none",
		.script = RUN_START
		"writeback ts=1100ms pfn=101 refcount=1027 pincount=1 fs=ext4 ino=7\n" PIN_SMALL UNPIN(
			"1500",
			"100+4") "writeback ts=1600ms pfn=101 refcount=1030 pincount=1 ino=7\n" CMD_GONE
			CMD_END VM(4, 4) RUN_END,
		.findings = "",
		.verdict = "clean",
	},
};

int main(void)
{
	return rules_cases__run("page_rules", cases, sizeof(cases) / sizeof(*cases));
}
