/* SPDX-License-Identifier: GPL-2.0 */
/* What bpf/objects.bpf.c and src/capture/pin_objects.c share. Never in a file. */
#ifndef PINACCT_OBJECTS_SHARED_H
#define PINACCT_OBJECTS_SHARED_H

#include "wire.h"

/* An open file that stands for an object which may keep pages pinned. */
struct object_file {
	u64 object;    /* its address; several files may stand for one object */
	u64 mm;	       /* of the process that has the file open */
	u64 pinned_vm; /* of that mm, pages */
	u64 locked_vm; /* of the user that the object is accounted to, pages; 0 = not known */
	u32 tgid;      /* the kernel's own number */
	u32 pid;       /* as the reader's PID namespace has it; 0 = not in there */
	s32 fd;
	u32 kind; /* enum owner_kind */
	char comm[PIN_COMM_BYTES];
	char path[OWNER_PATH_BYTES]; /* "" = too long */
};

/* How a part of an object says which pages it has. */
enum part_shape {
	PART_NONE,
	PART_PAGES,	/* an array of struct page pointers */
	PART_FOLIOS,	/* an array of folio pointers, and one of byte offsets into them */
	PART_BVECS,	/* an array of struct bio_vec */
	PART_SG,	/* a scatterlist */
	PART_ADDRESSES, /* by user address only */
};

/* A buffer, a region, a mapping: one registration. */
struct object_part {
	u64 at;	    /* the array or list */
	u64 offset; /* PART_FOLIOS: the array of offsets */
	u64 nr;	    /* entries */
	u64 start;  /* user address that was registered; 0 = none */
	u64 bytes;
	u32 shape; /* enum part_shape */
	u32 pid;   /* PART_ADDRESSES: whose addresses, in the reader's PID namespace; 0 = the
		      file's */
};

/* Page frames [pfn, pfn + pages). */
struct page_span {
	u64 pfn;
	u64 pages;
};

#define PARTS_PER_BATCH 256
#define SPANS_PER_BATCH 4096
/* Entries that are looked at in one run of the program. */
#define ENTRIES_PER_RUN (1 << 16)

#endif
