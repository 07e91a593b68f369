/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The one way out for text. Names of tasks, files, symbols and cgroups, command lines and lines of
 * suppression files are chosen by whoever made them, and are read by terminals, CI systems and
 * parsers, which obey some of their bytes. So whatever is printed goes through here, where each
 * string is made harmless, and `make lint` refuses printf() and its kin elsewhere.
 */
#ifndef PINACCT_OUT_H
#define PINACCT_OUT_H

#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

/*
 * fprintf(): the format is taken as it is, the text of each %s as text_clean() makes it (format.h),
 * and its width counts the bytes of that. A precision counts bytes of the text that is given.
 * Conversions are those of integers, doubles, %s, %c and %%; a * for width and precision. Takes no
 * memory, so only `out` can fail, which ferror() tells.
 */
void out__printf(FILE *out, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void out__vprintf(FILE *out, const char *fmt, va_list ap) __attribute__((format(printf, 2, 0)));
/* The text as text_clean() makes it, and how many bytes that has. */
void out__text(FILE *out, const char *text);
size_t out__text_bytes(const char *text);
/*
 * The same where nothing but blanks of the line stands before it. The runner of GitHub's CI takes a
 * line that begins with "::", whatever blanks come first, for a command: colons before the first
 * letter or digit are escaped.
 */
void out__line_start(FILE *out, const char *text);
/* Text that the escapes of its own format have made harmless: JSON, XML. */
void out__raw(FILE *out, const char *text);

#endif
