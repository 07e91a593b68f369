/* SPDX-License-Identifier: GPL-2.0 */
#ifndef PINACCT_READ_WORD_H
#define PINACCT_READ_WORD_H

#include <stddef.h>

/* The first line of a file, without its end; "" when it cannot be read. Cut off where buf ends. */
void read_word(const char *path, char *buf, size_t sz);

#endif
