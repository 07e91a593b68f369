/* SPDX-License-Identifier: GPL-2.0 */
/* Who holds pages, as people read it. Raw text: see base/out.h. */
#ifndef PINACCT_OWNER_TEXT_H
#define PINACCT_OWNER_TEXT_H

#include <stddef.h>
#include <pinacct/wire.h>

#define OWNER_TEXT_BYTES 320

/* "keeper[123]"; its number is that of the recording tool's PID namespace where it has one there.
 */
const char *owner_text__process(const struct rec_owner *o, char *buf, size_t sz);

/*
 * An owner: "io_uring of keeper[123], fd 5 (anon_inode:[io_uring]), and 1 more file".
 * Of a mapping: "mapped by keeper[123] at 0x7f..+2 MiB (/dev/shm/x)". Returns buf.
 */
const char *owner_text(const struct rec_owner *o, char *buf, size_t sz);

#endif
