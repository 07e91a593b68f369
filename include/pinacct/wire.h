/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Records: the bytes that cross from the kernel to user space, and the same
 * bytes in a record file.
 *
 * Rules: little endian, fixed width, 8-byte aligned, append only, never
 * renumber. `sz` lets a reader step over a kind it does not know, and over
 * fields that a later version appended to a kind it does know. Unused bytes
 * are zero.
 */
#ifndef PINACCT_WIRE_H
#define PINACCT_WIRE_H

#include "types.h"

/* X(NAME, number, struct, name in text): one row a kind. */
#define PINACCT_RECORDS(X)                                                                         \
	X(META, 1, rec_meta, "meta")                                                               \
	X(HOOK, 2, rec_hook, "hook")                                                               \
	X(PIN, 3, rec_pin, "pin")                                                                  \
	X(UNPIN, 4, rec_unpin, "unpin")                                                            \
	X(STACK, 5, rec_stack, "stack")                                                            \
	X(FORK, 6, rec_task, "fork")                                                               \
	X(EXIT, 7, rec_task, "exit")                                                               \
	X(MM_GONE, 8, rec_task, "mm")                                                              \
	X(LOST, 9, rec_lost, "lost")                                                               \
	X(VMSTAT, 10, rec_vmstat, "vmstat")                                                        \
	X(MARK, 11, rec_mark, "mark")                                                              \
	X(SYM, 12, rec_sym, "sym")                                                                 \
	X(PAGE, 14, rec_page, "page")                                                              \
	X(WRITEBACK, 15, rec_writeback, "writeback")                                               \
	X(GET, 13, rec_pin, "get")                                                                 \
	X(IO, 16, rec_pin, "io")                                                                   \
	X(PUT, 17, rec_unpin, "put")                                                               \
	X(STACK_USE, 18, rec_stack_use, "stack-use")                                               \
	X(NS_PID, 19, rec_ns_pid, "ns-pid")                                                        \
	X(OWNER, 20, rec_owner, "owner")

enum rec_kind {
	REC_NONE = 0,
#define X(id, number, ...) REC_##id = number,
	PINACCT_RECORDS(X)
#undef X
		REC_KIND_MAX = 21,
};

/* A record is at most this long; a reader refuses a longer one. */
#define REC_MAX_BYTES 65536u

#define PIN_COMM_BYTES	     16
#define PIN_FS_BYTES	     16
#define REC_STACK_MAX_FRAMES 64

struct rec_hdr {
	u32 sz; /* bytes of the whole record, this header and the tail included; a multiple of 8 */
	u16 kind;
	u16 cpu;
	u64 ts_ns; /* CLOCK_MONOTONIC; when a pin call returned, when a release began */
};

/* A run without page identity: `pages` pins of the one folio whose head is `pfn`. */
#define RUN_FOLIO 0x01
/* Of a release: the run's first page (or its folio) showed no pin when the release began. */
#define RUN_NOPIN 0x02
/*
 * The folio order of a page that was not read: of a list of single pages, the folios are not looked
 * at.
 */
#define RUN_ORDER_UNKNOWN 0xff

/*
 * Consecutive page frames [pfn, pfn + pages). `order` is that of the folio that
 * holds the first page. A run that starts in a folio of order >= 9 never leaves that folio;
 * any other never crosses a 2 MiB boundary (512 pages), and may cover many folios.
 */
struct rec_run {
	u64 pfn;
	u32 pages;
	u8 order;
	u8 flags; /* RUN_* */
	u16 pad;
};

/* rec_pin.flags and rec_unpin.flags */
#define PIN_F_WRITE	0x0001 /* FOLL_WRITE */
#define PIN_F_LONGTERM	0x0002 /* FOLL_LONGTERM, or an API that implies it */
#define PIN_F_MORE	0x0004 /* more chunks of this call follow (same call_id) */
#define PIN_F_NEXT	0x0008 /* not the first chunk of its call */
#define PIN_F_NOVMSTAT	0x0010 /* this API does not move nr_foll_pin_acquired (folio_add_pin) */
#define PIN_F_TRUNCATED 0x0020 /* pages of the call are missing here; also counted in rec_lost */
#define PIN_F_NOSTACK	0x0040 /* a stack was wanted and could not be had */
#define PIN_F_DIRTY	0x0080 /* release: the caller asked to dirty the pages */
#define PIN_F_IRQ	0x0100 /* release: ran in interrupt context, the task is a bystander */
#define PIN_F_INNER	0x0200 /* release made by the kernel inside a pin call; not counted */
#define PIN_F_KTHREAD	0x0400 /* the task is a kernel thread */
#define PIN_F_MAPPED                                                                               \
	0x2000 /* the first page is of a file or shmem; looked at only when gets are recorded */
/*
 * What the first page is of: looked at in FOLL_LONGTERM pins, in all when gets are recorded. None =
 * not known.
 */
#define PIN_F_FILE    0x0800 /* a file with a disk or a server behind it */
#define PIN_F_ANON    0x1000
#define PIN_F_SHMEM   0x4000
#define PIN_F_HUGETLB (PIN_F_ANON | PIN_F_SHMEM) /* private ones, too */
#define PIN_F_BACKING (PIN_F_FILE | PIN_F_ANON | PIN_F_SHMEM)

/* iter_kind: what the iterator behind a pin was (0 = no iterator seen) */
enum pin_iter_kind {
	PIN_ITER_NONE = 0,
	PIN_ITER_UBUF,
	PIN_ITER_IOVEC,
	PIN_ITER_BVEC,
	PIN_ITER_KVEC,
	PIN_ITER_FOLIOQ,
	PIN_ITER_XARRAY,
	PIN_ITER_PIPE,
	PIN_ITER_DISCARD,
};

/* iter_dir: data goes out of the iterator's memory (a write), or into it (a read) */
enum pin_iter_dir {
	PIN_DIR_NONE = 0,
	PIN_DIR_SOURCE,
	PIN_DIR_DEST,
};

/*
 * REC_PIN: one call that pinned, or one chunk of it. Followed by nr_runs rec_run. REC_GET: the
 * same, of a call that took references (FOLL_GET). No pins: the ledger passes it over. REC_IO: an
 * operation on a file begins that asks for direct I/O; api is the hook that saw it. No runs. What
 * the task pins or gets from then on, within I/O, belongs to it, until its next one. With api
 * bio_iov_iter_bounce: a bio of the operation under way has pages of its own.
 */
struct rec_pin {
	struct rec_hdr h;
	u64 call_id;   /* the same in every chunk of a call, else unique in a run */
	u64 stack_id;  /* kernel stack, rec_stack.id; 0 = none */
	u64 ustack_id; /* user stack; 0 = none */
	u64 mm;	       /* current->mm, an identity only; 0 for a kernel thread */
	u64 bio;       /* the bio that the pages go into; 0 = none known */
	u64 cgroup_id;
	u64 ino; /* file behind the operation; without fs_hook, behind the first page; 0 = none
		    known */
	u32 dev; /* its super block's s_dev, kernel encoding (major << 20 | minor) */
	u32 tid; /* the kernel's pid */
	u32 tgid;
	u16 api; /* enum hook_id */
	u16 flags;
	u32 nr_runs;
	u8 iter_kind;
	u8 iter_dir;
	u16 fs_hook; /* enum hook_id of the context hook that named the file; 0 = none */
	char comm[PIN_COMM_BYTES];
	char fs[PIN_FS_BYTES]; /* file system type of that file, "bdev" for a block device */
			       /* struct rec_run runs[nr_runs]; */
};

/*
 * REC_UNPIN: one call that released, or one chunk of it. Followed by nr_runs rec_run.
 * REC_PUT: the same, of a call that puts references.
 */
struct rec_unpin {
	struct rec_hdr h;
	u64 call_id;
	u64 stack_id;
	u64 mm;	 /* 0 in interrupt context */
	u64 bio; /* the bio whose pages are released; 0 = none known */
	u32 tid;
	u32 tgid;
	u16 api;
	u16 flags;
	u32 nr_runs;
	char comm[PIN_COMM_BYTES];
	/* struct rec_run runs[nr_runs]; */
};

/* REC_STACK: sent before the first record that names it. Followed by nr u64, leaf first. */
#define STACK_KERNEL	  1
#define STACK_USER	  2
#define STACK_F_TRUNCATED 0x01 /* the stack was deeper than what was kept */
struct rec_stack {
	struct rec_hdr h;
	u64 id;
	u32 tgid; /* user stacks: whose address space */
	u16 nr;
	u8 type;
	u8 flags;
	/* u64 ip[nr]; */
};

/*
 * REC_STACK_USE: of --stacks cached, over the whole run. How many stacks were known by sight,
 * walked because they were not, and walked although they were; a contradiction is LOSS_STACK_WRONG.
 */
struct rec_stack_use {
	struct rec_hdr h;
	u64 hits;
	u64 misses; /* checks included */
	u64 checks;
};

/*
 * REC_FORK: tgid/tid/mm of the child, parent = tgid of the parent.
 * REC_EXIT: task tid of tgid exits; mm is what it used; group_dead = last thread.
 * REC_MM_GONE: the last user of mm is gone, its pages are being unmapped.
 */
struct rec_task {
	struct rec_hdr h;
	u64 mm;
	u32 tid;
	u32 tgid;
	u32 parent;
	u32 group_dead;
	char comm[PIN_COMM_BYTES];
};

/*
 * REC_NS_PID: what a task is called in the PID namespace in which the recording was made. All other
 * records have the numbers of the initial one. Only where the two are not the same; for each task
 * of the namespace, at the start or when it is forked.
 */
struct rec_ns_pid {
	struct rec_hdr h;
	u32 tid;
	u32 tgid;
	u32 ns_tid; /* never 0 */
	u32 ns_tgid;
};

/*
 * Everything that can get lost, counted per reason and CPU. X(NAME, number,
 * name, what it means). ACCOUNT reasons make the ledger doubtful; DETAIL ones
 * lose attribution only.
 */
#define PINACCT_LOSSES(X)                                                                          \
	X(RING_PIN, 1, ACCOUNT, "ring-pin", "pin records that found their ring full")              \
	X(RING_UNPIN, 2, ACCOUNT, "ring-unpin", "release records that found their ring full")      \
	X(RING_TASK, 3, DETAIL, "ring-task", "task records that found their ring full")            \
	X(RECURSION, 4, ACCOUNT, "recursion",                                                      \
	  "program runs that the kernel skipped because the "                                      \
	  "same program was already running on that CPU")                                          \
	X(SCRATCH, 5, ACCOUNT, "scratch",                                                          \
	  "calls dropped because all page buffers of the CPU "                                     \
	  "were in use")                                                                           \
	X(PAGE_READ, 6, ACCOUNT, "page-read", "calls whose page list could not be read")           \
	X(KRETPROBE, 7, ACCOUNT, "kretprobe", "calls whose return was not seen")                   \
	X(STASH, 8, ACCOUNT, "stash", "calls whose arguments could not be kept until the return")  \
	X(STACK, 9, DETAIL, "stack", "stacks that could not be walked")                            \
	X(STACK_MAP, 10, DETAIL, "stack-map", "stacks that found the stack table full")            \
	X(CONTEXT, 11, DETAIL, "context", "context entries that could not be kept")                \
	X(KPROBE, 12, ACCOUNT, "kprobe", "kprobe hits that the kernel skipped")                    \
	X(STACK_WRONG, 13, DETAIL, "stack-wrong",                                                  \
	  "cached stacks that the unwinder contradicted "                                          \
	  "when one in 64 was checked")

enum loss_reason {
	LOSS_NONE = 0,
#define X(id, number, ...) LOSS_##id = number,
	PINACCT_LOSSES(X)
#undef X
		LOSS_MAX = 16,
};

/*
 * REC_LOST: in-band news of a loss: `count` more of `reason` on h.cpu since the last such record.
 */
struct rec_lost {
	struct rec_hdr h;
	u32 reason;
	u32 api; /* enum hook_id whose program lost it; 0 = not known */
	u64 count;
};

/*
 * REC_VMSTAT: the outside witness, sampled together with what the hooks had seen. vm_* are
 * nr_foll_pin_*, exact to the page. The hooks' counters are in pages since recording began; `added`
 * is the part of seen_acquired that the kernel does not count. The two are of one moment: pins that
 * were in progress are in both or in neither, but for `slack`.
 */
#define VMSTAT_START   1
#define VMSTAT_END     2
#define VMSTAT_F_QUIET 0x01 /* exact: taken when no pin or release was in progress */
/*
 * pinacct pinned and released pages of its own shortly before this sample, so that the hooks had
 * something to see. Recordings of earlier versions have neither flag.
 */
#define VMSTAT_F_OWN_TRIED 0x02
#define VMSTAT_F_OWN_SEEN  0x04 /* and the hooks saw these pins and their releases */
struct rec_vmstat {
	struct rec_hdr h;
	u32 phase;
	u32 flags;
	u64 vm_acquired;
	u64 vm_released;
	u64 seen_acquired;
	u64 seen_released;
	u64 added;
	u64 zero_acquired; /* zero pages passed over by the hooks */
	u64 zero_released;
	/*
	 * vm_acquired - vm_released may be so many pages too large, not less than 0: others pinned
	 * without a pause. Not in recordings of before 0.2.
	 */
	u64 slack;
};
#define REC_VMSTAT_FIRST_BYTES 80 /* without slack */

/* REC_MARK: where in the run we are. */
enum mark_kind {
	MARK_NONE = 0,
	MARK_START = 1,	    /* hooks are on */
	MARK_CMD_START = 2, /* value = tgid of the command */
	MARK_CMD_END = 3,   /* value = its wait status */
	MARK_SETTLED = 4,   /* value = 1 settled, 0 gave up waiting */
	MARK_END = 5,	    /* hooks are off; everything was drained. value = 1 interrupted */
	MARK_NAME = 6,	    /* a user's mark, text = its name */
	MARK_SCANNED = 7, /* all of memory was scanned for pins of before the start; value = 1: each
			     folio that had any was told by a PAGE record, 0: there were too many */
	MARK_NOT_DONE = 8, /* audit: what could not be tried, text = "what: why"; value = 0, or
			      NOT_DONE_INTERRUPTED: a signal ended the exercise before its end */
	/*
	 * At the end: a block device with I/O in flight, text = "MAJOR:MINOR" as pins name it (0:0:
	 * those that name none); value = when it was last seen without any, 0 = never. I/O on pages
	 * that were pinned after that may be under way still. One mark for each device.
	 */
	MARK_IN_FLIGHT = 9,
	/* At the start: block direct I/O takes references here (before 6.5), and these are not
	 * recorded. */
	MARK_IO_UNSEEN = 10,
	MARK_TOOL = 11, /* at the start: value = tgid of pinacct itself */
	MARK_KIND_MAX,
};
#define NOT_DONE_INTERRUPTED 1
struct rec_mark {
	struct rec_hdr h;
	u32 mark;
	u32 pad;
	u64 value;
	char text[64];
};

/*
 * REC_PAGE: what the page itself says: `folios` folios of one order, one behind the other, that
 * were found all alike, the first one's head at pfn. h.ts_ns is a moment before they were read.
 */
enum page_phase {
	PAGE_PHASE_NONE = 0,
	PAGE_PHASE_START = 1,	/* the scan when recording began: pinned already, perhaps */
	PAGE_PHASE_SUSPECT = 2, /* read because the ledger has pins of it, or misses one */
	PAGE_PHASE_FREED = 3, /* it went to the allocator with pins left; stack_id is the free's */
	PAGE_PHASE_LOSS = 4,  /* read because something was lost just before: explains, and is no
				 witness of  how things were at the end */
};

/* X(NAME, number, name) */
#define PINACCT_PAGE_KINDS(X)                                                                      \
	X(NONE, 0, "unreadable")                                                                   \
	X(FREE, 1, "free")                                                                         \
	X(ANON, 2, "anon")                                                                         \
	X(KSM, 3, "ksm")                                                                           \
	X(SHMEM, 4, "shmem")                                                                       \
	X(HUGETLB, 5, "hugetlb")                                                                   \
	X(FILE, 6, "file")                                                                         \
	X(ZERO, 7, "zero")                                                                         \
	X(HUGE_ZERO, 8, "huge-zero")                                                               \
	X(SLAB, 9, "slab")                                                                         \
	X(TYPED, 10, "typed")                                                                      \
	X(RESERVED, 11, "reserved")                                                                \
	X(OTHER, 12, "other")
enum page_kind {
#define X(id, number, ...) PAGE_KIND_##id = number,
	PINACCT_PAGE_KINDS(X)
#undef X
		PAGE_KIND_MAX,
};

#define PAGE_F_LOCKED	 0x0001
#define PAGE_F_DIRTY	 0x0002
#define PAGE_F_WRITEBACK 0x0004
#define PAGE_F_LRU	 0x0008
#define PAGE_F_SWAPCACHE 0x0010
#define PAGE_F_UNSTABLE	 0x0020 /* it changed while it was read: no arithmetic with its counts */

/* X(NAME, number, name as in /proc/zoneinfo) */
#define PINACCT_PAGE_ZONES(X)                                                                      \
	X(UNKNOWN, 0, "-")                                                                         \
	X(DMA, 1, "DMA")                                                                           \
	X(DMA32, 2, "DMA32")                                                                       \
	X(NORMAL, 3, "Normal")                                                                     \
	X(HIGHMEM, 4, "HighMem")                                                                   \
	X(MOVABLE, 5, "Movable")                                                                   \
	X(DEVICE, 6, "Device")
enum page_zone {
#define X(id, number, ...) PAGE_ZONE_##id = number,
	PINACCT_PAGE_ZONES(X)
#undef X
		PAGE_ZONE_MAX,
};

#define PAGE_MAPCOUNT_UNKNOWN (-1)
#define PAGE_PIN_BIAS	      1024 /* GUP_PIN_COUNTING_BIAS: refcount of a pin on a folio of one page */

#define PAGE_FOLIOS_MAX 65536 /* in one record */

struct rec_page {
	struct rec_hdr h;
	u64 pfn;
	u64 ino;       /* of the file whose page cache it is in; 0 = none */
	u64 cgroup_id; /* charged to */
	u64 stack_id;
	u32 dev;
	u32 folios;
	s32 refcount;
	s32 pincount; /* a large folio's own; of a small one refcount / 1024: there may be fewer,
			 not more */
	s32 mapcount; /* of user memory: page tables that have it, or parts of it; else unknown */
	u32 flags;    /* PAGE_F_* */
	u8 order;
	u8 kind;  /* enum page_kind */
	u8 phase; /* enum page_phase */
	u8 zone;  /* enum page_zone */
	u16 node; /* NUMA node; meaningful when the zone is known */
	u8 pad[2];
	char fs[PIN_FS_BYTES]; /* file system type of that file */
};

/*
 * REC_OWNER: who holds pages, as the kernel's own structures or page tables tell, without history.
 * Followed by nr_runs rec_run, which may be of any length and over folios of any order; an owner of
 * more has further records. An object may be had by several files: the first found is named,
 * `others` are counted. h.ts_ns is a moment before it was looked at.
 */
/* X(NAME, number, name) */
#define PINACCT_OWNER_KINDS(X)                                                                     \
	X(NONE, 0, "none")                                                                         \
	X(IO_URING, 1, "io_uring")                                                                 \
	X(XDP, 2, "af_xdp")                                                                        \
	X(RDMA, 3, "rdma")                                                                         \
	X(UDMABUF, 4, "udmabuf")                                                                   \
	X(VFIO, 5, "vfio")                                                                         \
	X(MAPPING, 6, "mapping") /* nothing known but who maps the pages */
enum owner_kind {
#define X(id, number, ...) OWNER_##id = number,
	PINACCT_OWNER_KINDS(X)
#undef X
		OWNER_KIND_MAX,
};

#define OWNER_PATH_BYTES 96

struct rec_owner {
	struct rec_hdr h;
	u64 object; /* identity only; 0 = a mapping */
	u64 mm;	    /* of the process, an identity as in rec_pin; 0 = not known */
	u64 start;  /* user addresses: of the mapping, or of the first part that was registered */
	u64 bytes;
	u64 pinned_vm; /* pages that the kernel accounts to this mm as pinned */
	u64 locked_vm; /* and to the user whom the object is accounted to; 0 = not known */
	u32 tgid;   /* of who has the file open, or maps the pages; 0 = cannot be seen from here */
	u32 pid;    /* the same process in the PID namespace of the recording tool */
	s32 fd;	    /* -1 = none */
	u32 others; /* files that stand for the same object, processes that map the same pages */
	u32 nr_runs;
	u8 kind;  /* enum owner_kind */
	u8 phase; /* enum page_phase: START or SUSPECT */
	u8 pad[2];
	char comm[PIN_COMM_BYTES];
	char path[OWNER_PATH_BYTES]; /* of the file, or of what is mapped; "" = not known */
				     /* struct rec_run runs[nr_runs]; */
};

/* REC_WRITEBACK: writeback began on a folio that may be pinned. */
struct rec_writeback {
	struct rec_hdr h;
	u64 pfn; /* of the folio's head */
	u64 ino;
	u64 stack_id;
	u32 dev;
	u32 tid;
	u32 tgid;
	s32 refcount;
	s32 pincount; /* as in rec_page */
	u8 order;
	u8 pad[3];
	char comm[PIN_COMM_BYTES];
	char fs[PIN_FS_BYTES];
};

/* REC_META: where and how the records were made. First record of a stream. */
#define META_TEXT_BYTES 96
struct rec_meta {
	struct rec_hdr h;
	u32 wire_version; /* PINACCT_WIRE_VERSION */
	u32 page_bytes;
	u32 nr_cpus;
	u32 stacks;		/* enum stack_mode */
	u64 realtime_offset_ns; /* add to ts_ns to get CLOCK_REALTIME */
	u64 preexisting_pages;	/* nr_foll_pin_acquired - released at the start, as signed */
	char release[META_TEXT_BYTES];
	char boot_id[40];
	char machine[24];
	char tool[40];
	char command[256]; /* the command under test, or "" */
};
#define PINACCT_WIRE_VERSION 1

enum stack_mode {
	STACKS_OFF = 0,
	STACKS_CALLER = 1,
	STACKS_CACHED = 2,
	STACKS_EXACT = 3,
};

/* REC_HOOK: what became of a row of hooks.h on this kernel. */
enum hook_state {
	HOOK_STATE_ATTACHED = 1,
	HOOK_STATE_MISSING = 2, /* no such function here */
	HOOK_STATE_FAILED = 3,	/* exists, and could not be attached */
	HOOK_STATE_UNUSED = 4,	/* not wanted for this run */
};
enum hook_mech {
	HOOK_MECH_NONE = 0,
	HOOK_MECH_FENTRY = 1,
	HOOK_MECH_FEXIT = 2,
	HOOK_MECH_KPROBE = 3,
	HOOK_MECH_TP = 4,
};
struct rec_hook {
	struct rec_hdr h;
	u16 api;
	u8 mech;
	u8 state;
	s32 error; /* negative errno when it failed */
	char symbol[48];
};

/* REC_SYM: the name of one address that occurs in a stack. */
struct rec_sym {
	struct rec_hdr h;
	u64 addr;
	u64 off;  /* addr - start of the symbol */
	u32 tgid; /* 0 = kernel */
	u32 line; /* source line, 0 = not known */
	char name[96];
	char module[64]; /* kernel module or user object; "" = vmlinux */
	char file[96];	 /* source file, "" = not known */
};

#define WIRE_SIZE_IS(type, bytes)                                                                  \
	_Static_assert(sizeof(struct type) == (bytes), #type " is on disk")
WIRE_SIZE_IS(rec_hdr, 16);
WIRE_SIZE_IS(rec_run, 16);
WIRE_SIZE_IS(rec_pin, 128);
WIRE_SIZE_IS(rec_unpin, 80);
WIRE_SIZE_IS(rec_stack, 32);
WIRE_SIZE_IS(rec_stack_use, 40);
WIRE_SIZE_IS(rec_task, 56);
WIRE_SIZE_IS(rec_ns_pid, 32);
WIRE_SIZE_IS(rec_lost, 32);
WIRE_SIZE_IS(rec_vmstat, 88);
WIRE_SIZE_IS(rec_mark, 96);
WIRE_SIZE_IS(rec_meta, 504);
WIRE_SIZE_IS(rec_hook, 72);
WIRE_SIZE_IS(rec_sym, 296);
WIRE_SIZE_IS(rec_page, 96);
WIRE_SIZE_IS(rec_writeback, 96);

#endif
