/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The conversion audit: which file system acquires the pages of which operation how,
 * and is the release the one that belongs to it? Made of the record stream alone: operations (IO),
 * pins and what of them ended, references (GET) and where one can see them, puts
 * (PUT).
 *
 * Pure, as the ledger is: no clock, no files, no BPF.
 */
#ifndef PINACCT_AUDIT_H
#define PINACCT_AUDIT_H

#include "ledger/ledger.h"
#include "ledger/stacks.h"

struct audit;

/* NULL and errno = ENOMEM. */
struct audit *audit__new(void);
void audit__free(struct audit *a);
/* PIN, UNPIN, GET, PUT, IO, EXIT and MARK are used. Before the ledger is fed. 0 or -ENOMEM. */
int audit__feed(struct audit *a, const struct event *e);
/* ledger_opts.ended */
void audit__ended(void *audit, const struct ledger_ended *s);

/* Which way an operation came in. */
enum audit_way {
	WAY_OTHER,
	WAY_RW,
	WAY_AIO,
	WAY_URING,
	WAY_URING_FIXED,
	WAY_SPLICE,
	WAY_VMSPLICE,
	WAY_SENDFILE,
	WAY_COPY_RANGE,
	WAY_MMAP, /* the buffer is a mapped file */
	WAY_LOOP,
	WAY_CNT,
};

enum audit_verdict {
	AUDIT_CONVERTED,
	AUDIT_PARTIAL,
	AUDIT_UNCONVERTED,
	AUDIT_VIOLATION,
	AUDIT_NO_PAGES,
	AUDIT_NOT_TRIED, /* the exercise could not do it; the reason says why */
	AUDIT_VERDICT_CNT,
};

/* What is wrong with a row, if anything. */
enum audit_fault {
	AUDIT_FAULT_NONE,
	AUDIT_FAULT_EXTRACT_MODE, /* pinned or released against the iterator's kind */
	AUDIT_FAULT_GET_FOR_DATA, /* user data reached through FOLL_GET */
};

enum audit_balance {
	BALANCE_NONE, /* nothing acquired */
	BALANCE_YES,
	BALANCE_NO,
	BALANCE_IN_FLIGHT, /* some are not released yet: their I/O was under way at the end */
	BALANCE_UNSEEN,	   /* releases of references cannot be watched (put_page is inline) */
};

/* One kind of acquisition: pins, or references. */
struct audit_side {
	u64 pages;
	u64 released; /* by what belongs to it */
	u64 crossed;  /* by the other kind: pins put, as the pages themselves show; references
			 unpinned */
	u64 apis[2];  /* a bit for each enum hook_id */
	u64 release_apis[2];
	u64 pending;  /* not released yet, and nobody expects it */
	u64 stack_id; /* of the first acquisition */
	u64 ts_ns;
	u64 release_stack_id;
	struct event_task task;
	u16 api, flags;
};

struct audit_row {
	char fs[PIN_FS_BYTES];
	u8 dir; /* enum pin_iter_dir: source is a write */
	enum audit_way way;
	u32 iter_kinds; /* a bit for each enum pin_iter_kind */
	u64 ops;	/* operations that entered; 0 = not recorded */
	u64 bounced;	/* bios with pages of their own */
	u64 op_stack_id;
	struct audit_side pin, get;
	enum audit_verdict verdict;
	enum audit_balance balance;
	const char *reason; /* of the verdict; borrowed from the audit */
	enum audit_fault fault;
};

/* Open pins that are no violation: is_pending() says of which the I/O is under way. */
struct audit_open {
	const struct ledger *ledger;
	bool (*is_pending)(const struct ledger_open *open, void *arg);
	void *arg;
};

/* Sorted by file system, operation, way. The array is the caller's to free(). 0 or -ENOMEM. */
int audit__rows(const struct audit *a, const struct stacks *stacks, const struct audit_open *open,
		struct audit_row **out, size_t *cnt);

/* "pread/preadv", "io_uring fixed buffer", ...; the operation's name is "read" or "write". */
const char *audit_way__name(enum audit_way way, u8 dir);
const char *audit_op__name(u8 dir);
const char *audit_verdict__name(enum audit_verdict verdict);
const char *audit_mode__name(const struct audit_row *row); /* PIN, GET, PIN+GET, none */
const char *audit_balance__name(enum audit_balance balance);

#endif
