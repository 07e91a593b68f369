/* SPDX-License-Identifier: GPL-2.0 */
/* Findings: what the rules report, and the verdict over a whole run. */
#ifndef PINACCT_FINDING_H
#define PINACCT_FINDING_H

#include <stdbool.h>
#include <stddef.h>
#include "record/event.h"

/* Which views of a report show a finding, beside the one of all. */
enum finding_views {
	IN_LEAKS = 1 << 0,	/* about pins that are open */
	IN_MISMATCHES = 1 << 1, /* about releases */
	IN_AUDIT = 1 << 2,
	IN_LONGTERM = 1 << 3,
};

/* What the age in a headline is: of the oldest call, since the first one, or the longest hold. */
enum finding_age {
	FINDING_AGE_NONE,
	FINDING_AGE_OLDEST,
	FINDING_AGE_FIRST,
	FINDING_AGE_LONGEST,
};

/*
 * X(NAME, id, severity, views, age, headline, what it means, remedy). Ids are stable: suppressions,
 * JSON and CI depend on them. The headline is what is said of the pages, up to the holder's name.
 * EXTRACT_MODE and GET_FOR_DATA need the hooks on FOLL_GET (--gets, audit).
 */
#define PINACCT_FINDINGS(X)                                                                            \
	X(LEAK, "leak", FAULT, IN_LEAKS, OLDEST, "still pinned by",                                    \
	  "still pinned after the workload ended and settled",                                         \
	  "look for the path that should have released the pin taken at this stack")                   \
	X(ORPHAN, "orphan", FAULT, IN_LEAKS, OLDEST, "still pinned, orphaned by",                      \
	  "still pinned though every task of the holder's address space is gone, and nothing owns it", \
	  "look for the release that is missing: no open file was found that owns the pages")          \
	X(GET_UNPIN, "get-unpin", FAULT, IN_MISMATCHES, FIRST,                                         \
	  "unpinned without holding a pin, by", "released with unpin though the page held no pin",     \
	  "release with put_page(), or acquire with pin_user_pages*()")                                \
	X(PIN_PUT, "pin-put", FAULT, IN_LEAKS | IN_MISMATCHES, OLDEST,                                 \
	  "put instead of unpinned, pinned by", "acquired with FOLL_PIN, released with put_page",      \
	  "release with unpin_user_page*()")                                                           \
	X(UNPIN_UNMATCHED, "unpin-unmatched", FAULT, IN_MISMATCHES, FIRST,                             \
	  "unpinned without a pin by", "an unpin that no pin explains",                                \
	  "compare the two releases: one of them is too many")                                         \
	X(PARTIAL_RELEASE, "partial-release", FAULT, IN_LEAKS, OLDEST,                                 \
	  "left pinned by a partial release, pinned by",                                               \
	  "a leak whose acquisition was otherwise released",                                           \
	  "the release named here stopped short: compare its page count with the pin's")               \
	X(FREED_PINNED, "freed-pinned", FAULT, IN_LEAKS | IN_MISMATCHES, OLDEST,                       \
	  "freed while pinned by", "page freed while pinned", "look for a put_page() too many")        \
	X(STOLEN_PIN, "stolen-pin", FAULT, IN_LEAKS | IN_MISMATCHES, OLDEST,                           \
	  "that lost a pin taken by", "the page shows fewer pins than the ledger holds",               \
	  "look for a put_page() or unpin too many by another user of the page")                       \
	X(EXTRACT_MODE, "extract-mode", FAULT, IN_MISMATCHES | IN_AUDIT, FIRST,                        \
	  "pinned or released against their iterator's kind by",                                       \
	  "pin or release that disagrees with the iterator's kind and direction",                      \
	  "ask iov_iter_extract_will_pin() before releasing")                                          \
	X(LONG_HELD, "long-held", RISK, IN_LEAKS, LONGEST, "held long by",                             \
	  "pinned longer than --age with FOLL_LONGTERM",                                               \
	  "expected of registered memory; else shorten the hold")                                      \
	X(MISSING_LONGTERM, "missing-longterm", RISK, IN_LEAKS | IN_LONGTERM, LONGEST,                 \
	  "held long without FOLL_LONGTERM by", "pinned longer than --age without FOLL_LONGTERM",      \
	  "pass FOLL_LONGTERM, or hold it shorter")                                                    \
	X(LONGTERM_FILE, "longterm-file", RISK, IN_LEAKS | IN_LONGTERM, LONGEST,                       \
	  "of a file mapping held with FOLL_LONGTERM by",                                              \
	  "FOLL_LONGTERM pin on a page of a file that is written back",                                \
	  "register memory that is never written back: anonymous, shmem or hugetlb")                   \
	X(WRITEBACK_PINNED, "writeback-pinned", RISK, IN_LEAKS | IN_LONGTERM, OLDEST,                  \
	  "under writeback while pinned by", "writeback started on a pinned page",                     \
	  "expect changing contents during writeback of this file")                                    \
	X(GET_FOR_DATA, "get-for-data", RISK, IN_MISMATCHES | IN_AUDIT, FIRST,                         \
	  "reached through FOLL_GET by", "page contents reached through FOLL_GET",                     \
	  "convert to pin_user_pages*() (case 5 of pin_user_pages.rst)")                               \
	X(UNRECONCILED, "unreconciled", DOUBT, IN_LEAKS | IN_MISMATCHES, NONE,                         \
	  "moved in vmstat and not seen by a hook", "vmstat's net moved and no hook saw it",           \
	  "run `pinacct probe`: a pinning function may not be hooked on this kernel")

enum finding_severity {
	SEVERITY_FAULT, /* a kernel bug: fails `check` */
	SEVERITY_RISK,	/* reported; fails with --fail-on risk */
	SEVERITY_DOUBT, /* makes the verdict inconclusive */
};

enum finding_id {
#define X(id, ...) FINDING_##id,
	PINACCT_FINDINGS(X)
#undef X
		FINDING_CNT,
};

struct finding_def {
	const char *id;
	enum finding_severity severity;
	unsigned views; /* of enum finding_views */
	enum finding_age age;
	const char *headline;
	const char *meaning;
	const char *remedy;
};
extern const struct finding_def finding_defs[FINDING_CNT];

/*
 * One reported fault: all calls of one site and kind. Plain values, so that a renderer needs no
 * ledger.
 */
struct finding {
	enum finding_id id;
	u64 key;   /* stable over runs of one kernel: hash of id, api and stack */
	u64 pages; /* still pinned, or released without a pin, or held long */
	u64 bytes;
	u64 held_bytes; /* the whole folios of its pins that are open, each once: ledger/held.h */
	u64 calls;
	u64 first_ns;		  /* time of the oldest call */
	u64 age_ns;		  /* oldest: until the end of the run, or until its release */
	struct event_task holder; /* of the oldest call; for an unmatched unpin the releaser */
	bool holder_exited;
	bool mm_gone;
	u64 mm_gone_ns; /* of the holder: tells who had its numbers and addresses before and after
			 */
	bool workload;
	u16 api;
	u16 flags; /* PIN_F_* */
	u64 stack_id;
	u64 ustack_id;
	struct event_file file;
	/* the release that belongs to it, if any: stopped short, or was the one before */
	u16 release_api; /* 0 = none */
	u64 release_stack_id;
	u64 release_ts_ns;
	char release_comm[PIN_COMM_BYTES];
	u32 release_tid;
	u64 prev_stack_id;	/* unpin-unmatched: the pin before */
	unsigned doc_case;	/* 1-5 of the kernel's pin_user_pages.rst, 0 = not known */
	struct rec_run sample;	/* first page run, for the eye and for the page reader */
	char evidence[448];	/* one line of what was seen; "" = none */
	char page[160];		/* one line of what the page itself said; "" = not asked */
	struct rec_owner owner; /* who holds the pages now; kind OWNER_NONE = not known */
	bool suppressed;
};

enum verdict_kind {
	VERDICT_CLEAN,
	VERDICT_FINDINGS,
	VERDICT_INCONCLUSIVE,
};

/* The end of a run, as every renderer prints it. */
struct verdict {
	enum verdict_kind kind;
	char why[160];		   /* inconclusive: the reason; else "" */
	size_t nr_findings;	   /* those that count, by the fail-on in force: see rules.h */
	size_t count[FINDING_CNT]; /* all that are not suppressed, risks too */
	u64 pinned_pages, released_pages, open_pages;
	u64 open_bytes;		  /* of open_pages */
	u64 held_bytes;		  /* by all that is open, each folio once */
	u64 others_open_pages;	  /* held by tasks outside the command under test */
	u64 in_flight_pages;	  /* should be gone, but their I/O was under way at the end */
	u64 unknown_origin_pages; /* pinned before the start */
	u64 vanished_pages;	  /* pins without a release that their pages no longer show */
	u64 excused_pages;	  /* releases whose pins were lost, as the proof has it */
	u64 pages_asked;	  /* folios read as suspects */
	bool loss_explained;	  /* there was a loss, and the witnesses prove the run whole */
	u64 lost;		  /* events, all reasons */
	u64 lost_by[LOSS_MAX];
	u64 stacks;
	u64 stack_hits, stack_misses, stack_checks; /* rec_stack_use */
	bool have_vmstat;			    /* both samples present */
	bool vmstat_explained;
	u64 vmstat_slack; /* pages that may have gone unseen all the same */
	u64 vm_acquired, seen_acquired, vm_released, seen_released; /* over the run, pages */
	s64 net_pages;						    /* vmstat's */
	bool incomplete;					    /* the recording was cut off */
	bool interrupted;
	bool have_cmd;
	bool cmd_ended; /* its end was seen: cmd_status counts */
	int cmd_status; /* wait status of the command */
};

#endif
