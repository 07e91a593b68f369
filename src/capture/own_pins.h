/* SPDX-License-Identifier: GPL-2.0 */
/* Pins of pages of our own, made and released at once by system calls that need no privilege. */
#ifndef PINACCT_OWN_PINS_H
#define PINACCT_OWN_PINS_H

/*
 * One page pinned by pin_user_pages_remote() and released by unpin_user_pages_dirty_lock(): a
 * process_vm_readv() of ourselves. 0 or -errno.
 */
int own_pins__by_copying(void);
/*
 * One page pinned by pin_user_pages() and released by unpin_user_page() (unpin_user_folio() since
 * 6.12): a buffer registered with an io_uring and taken back. 0 or -errno.
 */
int own_pins__by_registering(void);

#endif
