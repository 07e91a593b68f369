/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Names of user addresses, read from processes while they live: ELF symbol tables, and DWARF lines
 * where they are installed. Never asks the network (debuginfod).
 */
#ifndef PINACCT_USYMS_H
#define PINACCT_USYMS_H

#include <stdbool.h>
#include <pinacct/wire.h>

struct usyms;

/* NULL and errno = ENOMEM. */
struct usyms *usyms__new(void);
void usyms__free(struct usyms *u);

/*
 * Fills *out whole, ready for the record file. 0 when there is a name; else the name is empty:
 *   -ESRCH   the process is gone, or was never to be seen (usyms__gone() counts these)
 *   -ENOENT  no file is mapped there, or its symbols are stripped (module is set when known)
 *   -ENOMEM
 * The maps of a process are kept until usyms__forget(), and read again when an address is in none.
 */
int usyms__resolve(struct usyms *u, u32 tgid, u64 addr, struct rec_sym *out);
/*
 * Opens the file that addr is in, so that its names can be had when the process is gone. Quicker
 * than usyms__resolve(): to be called for all addresses of a stack before the first is resolved.
 */
void usyms__open(struct usyms *u, u32 tgid, u64 addr);
/*
 * Is addr in memory that the process may execute? True as well when that is not known, as the
 * process is gone.
 */
bool usyms__may_be_code(struct usyms *u, u32 tgid, u64 addr);
/* The process execs or exits: what is known of it is of no more use. */
void usyms__forget(struct usyms *u, u32 tgid);
u64 usyms__gone(const struct usyms *u);

#endif
