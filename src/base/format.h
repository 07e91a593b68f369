/* SPDX-License-Identifier: GPL-2.0 */
/* Numbers and text from outside, as people read them. All return their buffer. */
#ifndef PINACCT_FORMAT_H
#define PINACCT_FORMAT_H

#include <stddef.h>
#include <pinacct/types.h>

#define TEXT_NUM_BYTES 32
/* "256 KiB", "1.5 MiB"; one decimal at most, cut off rather than rounded up. */
const char *text_bytes(u64 bytes, char buf[static TEXT_NUM_BYTES]);
/* "350 ms", "2.1 s", "3 min 5 s"; cut off as well, so that nothing reads as "60.0 s". */
const char *text_duration(u64 ns, char buf[static TEXT_NUM_BYTES]);
/* "1 page", "64 pages": the noun with an s unless there is one. */
const char *text_count(u64 n, const char *noun, char *buf, size_t sz);

/*
 * src as printable UTF-8: control characters and bytes that are no UTF-8 become \xNN. Names of
 * tasks, symbols and files are chosen by whoever made them, and a terminal or a JSON parser reads
 * them.
 */
const char *text_clean(const char *src, char *buf, size_t sz);

#endif
