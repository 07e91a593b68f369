/* SPDX-License-Identifier: GPL-2.0 */
#ifndef PINACCT_EXERCISE_RPCBIND_H
#define PINACCT_EXERCISE_RPCBIND_H

/*
 * What the kernel's NFS server registers with, in our network namespace; a process that ends with
 * us. 0 or negative errno.
 */
int rpcbind__start(void);

#endif
