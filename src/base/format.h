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
 * A frame of a stack: "name+0x12 [module]", "0xffffffff81234567" when `name` is "" (then off is the
 * address), "?" as it is. `module` may be "".
 */
const char *text_frame(const char *name, const char *module, u64 off, char *buf, size_t sz);

/*
 * src as printable UTF-8: what is not printable, and bytes that are no UTF-8, become \xNN a byte.
 * What does not fit into buf is left out. Needed only where a string is put together that is not
 * printed at once: out.h does this for all that is.
 */
const char *text_clean(const char *src, char *buf, size_t sz);
/*
 * Bytes of the character that text begins with, 0 when its first byte is to be escaped: it begins
 * no UTF-8, or a character that a terminal, a CI system or a parser might obey instead of show.
 */
size_t text_printable(const char *text);

#endif
