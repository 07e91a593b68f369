/* SPDX-License-Identifier: GPL-2.0 */
/* The words for what records hold as numbers. */
#ifndef PINACCT_NAMES_H
#define PINACCT_NAMES_H

#include <stdbool.h>
#include <stddef.h>
#include "record/event.h"

/* "io_hold[1234]", "io_hold[1234/1240]" when a thread is not the first of its process; clean. */
#define TEXT_TASK_BYTES 128
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
const char *text_page_zone(u8 zone);
const char *text_owner_kind(u8 kind);
/* What the kernel's pin_user_pages.rst calls the case. */
const char *text_doc_case(unsigned doc_case);

struct text_loss {
	const char *name; /* NULL = no such reason */
	const char *meaning;
	bool account; /* makes the ledger doubtful, not only the attribution */
};
const struct text_loss *text_loss(unsigned reason);

#endif
