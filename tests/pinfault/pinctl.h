/* SPDX-License-Identifier: GPL-2.0 */
/* What the parts of pinctl share: the pages of one run, and what the module does with them. */
#ifndef PINFAULT_PINCTL_H
#define PINFAULT_PINCTL_H

#include <stdbool.h>
#include <stddef.h>
#include "pinfault.h"

struct job {
	/* as asked for */
	const char *kind;
	unsigned long pages;
	unsigned long part;
	unsigned long hold_ms;
	const char *comm;
	const char *pid_file;
	bool verbose;
	/* of the fault: enum pinfault_acquire_how, PINFAULT_* flags, release, where */
	unsigned how, flags, back, where;
	/* the pages */
	void *at;
	size_t bytes; /* of the mapping: whole huge pages, when it is made of them */
	int fd;	      /* of a file or memfd, else -1 */
	/* of the last acquisition: pages, or folios of a memfd */
	unsigned long got;
};

/* pinctl_pages.c: memory of the kind; ends with 77 when this machine has none. */
void make_pages(struct job *j);

/* pinctl_module.c: each ends the program when the module refuses. */
void open_device(void);
unsigned acquire(struct job *j); /* returns the batch's id */
void release(const struct job *j, unsigned id, unsigned long first, unsigned long count);
/* Counts on from batch `id` into `next`. */
void release_both(const struct job *j, unsigned id, unsigned next, unsigned long count);
int mend(void);

#endif
