/* SPDX-License-Identifier: GPL-2.0 */
/* What a page said, in words. */
#ifndef PINACCT_PAGE_TEXT_H
#define PINACCT_PAGE_TEXT_H

#include <stddef.h>
#include <pinacct/wire.h>

/* "pfn 0x100: refcount 1025, so 1 pin at most; mapped once; anon; dirty" */
void page__describe(const struct rec_page *page, char *buf, size_t sz);

#endif
