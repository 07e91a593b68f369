/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What pinctl asks the module to do: acquire pages in one of the kernel's ways, release them in one
 * of its ways, look at one of them, mend. A fault is a sequence of these; pinctl has the table.
 */
#ifndef PINFAULT_H
#define PINFAULT_H

#include <linux/ioctl.h>
#include <linux/types.h>

#define PINFAULT_DEVICE "pinfault"

enum pinfault_acquire_how {
	PINFAULT_FAST,	   /* pin_user_pages_fast() */
	PINFAULT_LOCKED,   /* pin_user_pages() */
	PINFAULT_REMOTE,   /* pin_user_pages_remote(), of the caller's own memory */
	PINFAULT_UNLOCKED, /* pin_user_pages_unlocked() */
	PINFAULT_MEMFD,	   /* memfd_pin_folios() of `fd`: a pin a folio */
	PINFAULT_GET,	   /* get_user_pages_fast(): references, no pins */
	PINFAULT_ACQUIRE_CNT,
};

enum pinfault_release_how {
	PINFAULT_PAGE,	  /* unpin_user_page(), one by one */
	PINFAULT_PAGES,	  /* unpin_user_pages() */
	PINFAULT_DIRTY,	  /* unpin_user_pages_dirty_lock() */
	PINFAULT_RANGE,	  /* unpin_user_page_range_dirty_lock(), a call for each contiguous run */
	PINFAULT_FOLIO,	  /* unpin_user_folio(), a call for each run of pages of one folio */
	PINFAULT_FOLIOS,  /* unpin_folios() */
	PINFAULT_PUT,	  /* put_page() once for each page */
	PINFAULT_PUT_PIN, /* put_page() as often as a pin has references: 1024 times for a small
			     page */
	PINFAULT_RELEASE_CNT,
};

enum pinfault_where {
	PINFAULT_HERE, /* in the caller's task */
	PINFAULT_KWORKER,
	PINFAULT_HARDIRQ,
	PINFAULT_TIMER, /* an interrupt for each page, one every fifth of a millisecond, on this CPU
			 */
	PINFAULT_WHERE_CNT,
};

#define PINFAULT_WRITE	  1u /* FOLL_WRITE */
#define PINFAULT_LONGTERM 2u /* FOLL_LONGTERM */
/* One more reference to each folio, so that no fault frees it before `mend`; to large ones only. */
#define PINFAULT_KEEP	    4u
#define PINFAULT_KEEP_LARGE 8u
/* And one for each page of a large folio, for a release that takes what was never given. */
#define PINFAULT_SPARE 16u

struct pinfault_acquire {
	__u64 address;
	__u64 pages;
	__s32 fd;
	__u32 how;
	__u32 flags;
	__u32 id;  /* out: names the batch */
	__u64 got; /* out: pages, or folios of a memfd */
};

/*
 * Of the batch `id` the slots from `first`; those beyond its end are the first of `next` (0 =
 * none).
 */
struct pinfault_release {
	__u32 id;
	__u32 next;
	__u32 how;
	__u32 where;
	__u64 first;
	__u64 count;
};

struct pinfault_look {
	__u32 id;
	__u32 order; /* out, and the rest too */
	__u64 index; /* in */
	__u64 pfn;
	__s32 refs;	 /* the page's own, all owners' */
	__s32 pins;	 /* of a large folio: its pincount; of a small one refs / 1024 */
	__s32 owed_refs; /* this batch's share: taken and not given back */
	__s32 owed_pins;
};

#define PINFAULT_ACQUIRE _IOWR('P', 1, struct pinfault_acquire)
#define PINFAULT_RELEASE _IOW('P', 2, struct pinfault_release)
#define PINFAULT_LOOK	 _IOWR('P', 3, struct pinfault_look)
#define PINFAULT_MEND	 _IO('P', 4) /* gives back what all batches owe; returns how many did */

#endif
