/* SPDX-License-Identifier: GPL-2.0 */
/* Small words and numbers that more than one renderer prints. All return their buffer. */
#ifndef PINACCT_TEXT_H
#define PINACCT_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include "record/event.h"

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

/* "io_hold[1234]", "io_hold[1234/1240]" when a thread is not the first of its process; clean. */
#define TEXT_TASK_BYTES 96
const char *text_task(const struct event_task *task, char buf[static TEXT_TASK_BYTES]);

/* "FOLL_LONGTERM|FOLL_WRITE", or "" */
#define TEXT_FLAGS_BYTES 64
const char *text_flags(u16 flags, char buf[static TEXT_FLAGS_BYTES]);

/* The kernel function behind an `api` number; "unknown" for a number of a later version. */
const char *text_hook(u16 api);
bool text_hook_releases(u16 api);
bool text_hook_gets(u16 api); /* takes references, no pins */

/* Never NULL. NONE and numbers of a later version are "". */
const char *text_iter_kind(u8 kind);
const char *text_iter_dir(u8 dir);
const char *text_stack_mode(u32 mode);
const char *text_hook_state(u8 state);
const char *text_hook_mech(u8 mech);
const char *text_page_kind(u8 kind);
/* What the kernel's pin_user_pages.rst calls the case. */
const char *text_doc_case(unsigned doc_case);

struct text_loss {
	const char *name; /* NULL = no such reason */
	const char *meaning;
	bool account; /* makes the ledger doubtful, not only the attribution */
};
const struct text_loss *text_loss(unsigned reason);

#endif
