/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Who has pages pinned, as the kernel's own structures say it: every open file that stands for an
 * object which registers memory (io_uring, AF_XDP, RDMA, udmabuf, VFIO), and the pages of that
 * object. Nothing is locked meanwhile: an object that ends while it is read may give pages that
 * are nobody's any more, so a caller asks only about pages that it saw pinned.
 */
#ifndef PINACCT_PIN_OBJECTS_H
#define PINACCT_PIN_OBJECTS_H

#include <stddef.h>
#include <pinacct/objects_shared.h>
#include "kernel/kernel.h"

struct pin_objects;

/* NULL and errno, with one line in err. `k` is borrowed for the call only. */
struct pin_objects *pin_objects__open(const struct kernel *k, char *err, size_t err_sz);
void pin_objects__close(struct pin_objects *o);

/*
 * The files of all processes that the caller's PID namespace has: one row a file and process; the
 * rows of one object follow one another, the oldest process first. 0 or negative errno; the array
 * is the caller's to free().
 */
int pin_objects__files(struct pin_objects *o, struct object_file **files, size_t *nr);

/*
 * The pages of one object, part by part: fn is told a part and some of its pages, in order; a part
 * that is known by its addresses only has no spans. Whatever but 0 fn returns ends it and is
 * returned.
 */
typedef int (*object_pages_fn)(const struct object_file *file, const struct object_part *part,
			       const struct page_span *spans, size_t n, void *arg);
int pin_objects__pages(struct pin_objects *o, const struct object_file *file, object_pages_fn fn,
		       void *arg);

#endif
