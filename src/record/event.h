/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What a record means, validated and in host terms: all that the ledger and
 * the rules know of the world. decode.c makes these from bytes, tests make them
 * by hand. Pointers are borrowed and live until the next event is decoded.
 */
#ifndef PINACCT_EVENT_H
#define PINACCT_EVENT_H

#include <pinacct/types.h>
#include <pinacct/hooks.h>
#include <pinacct/wire.h>

enum event_kind {
	EVENT_NONE = 0,
	EVENT_PIN,
	EVENT_UNPIN,
	EVENT_FORK,
	EVENT_EXIT,
	EVENT_MM_GONE,
	EVENT_LOST,
	EVENT_VMSTAT,
	EVENT_MARK,
	EVENT_STACK,
	EVENT_META,
	EVENT_HOOK,
	EVENT_SYM,
	EVENT_PAGE,
	EVENT_WRITEBACK,
	EVENT_GET,
	EVENT_IO,
	EVENT_PUT,
	EVENT_STACK_USE,
	EVENT_NS_PID,
	EVENT_OWNER,
	EVENT_SKIPPED, /* a kind that this version does not know */
};

/* The task of a pin or a release. In interrupt context (PIN_F_IRQ) a bystander. */
struct event_task {
	u32 tid; /* in the initial PID namespace, like all numbers of tasks */
	u32 tgid;
	u32 ns_tid; /* in the recording's own PID namespace (ns_pids.h); 0 = it is the initial one,
		       or the task is not in there */
	u32 ns_tgid;
	u64 mm;			   /* 0 = none (kernel thread, interrupt) */
	u64 cgroup_id;		   /* pins only */
	char comm[PIN_COMM_BYTES]; /* always terminated */
};

/* Both sides of the accounting share this. */
struct event_call {
	u64 call_id;
	u64 stack_id;
	u64 bio;
	u16 api;   /* enum hook_id */
	u16 flags; /* PIN_F_* */
	u32 nr_runs;
	const struct rec_run *runs; /* pages > 0 in each; pfn + pages does not wrap */
	struct event_task task;
};

/* Pins only. */
struct event_file {
	u64 ustack_id;
	u64 ino;
	u32 dev;
	u16 fs_hook;
	u8 iter_kind;
	u8 iter_dir;
	char fs[PIN_FS_BYTES]; /* always terminated */
};

struct event_stack {
	u64 id;
	u32 tgid;
	u8 type;
	u8 flags;
	u16 nr;
	const u64 *ips;
};

struct event {
	enum event_kind kind;
	u16 cpu;
	u64 ts_ns;
	union {
		struct {
			struct event_call call;
			struct event_file file;
		} pin; /* PIN, GET, IO */
		struct {
			struct event_call call;
		} unpin; /* UNPIN, PUT */
		struct {
			u64 mm;
			u32 tid;
			u32 tgid;
			u32 parent;
			u32 group_dead;
			char comm[PIN_COMM_BYTES];
		} task;				       /* FORK, EXIT, MM_GONE */
		const struct rec_ns_pid *ns_pid;       /* NS_PID; ns_tid is not 0 */
		const struct rec_lost *lost;	       /* LOST */
		struct rec_vmstat vmstat;	       /* VMSTAT; what it has not is 0 */
		const struct rec_mark *mark;	       /* MARK; text terminated */
		const struct rec_meta *meta;	       /* META; texts terminated */
		const struct rec_hook *hook;	       /* HOOK; symbol terminated */
		const struct rec_sym *sym;	       /* SYM; texts terminated */
		struct event_stack stack;	       /* STACK */
		const struct rec_stack_use *stack_use; /* STACK_USE */
		const struct rec_page *page; /* PAGE; folios > 0, the last one does not wrap, fs
						terminated */
		const struct rec_writeback *writeback; /* WRITEBACK; texts terminated */
		struct {
			const struct rec_owner *rec; /* texts terminated */
			const struct rec_run *runs;  /* rec->nr_runs; pages > 0, none wraps */
		} owner;			     /* OWNER */
	};
};

#endif
