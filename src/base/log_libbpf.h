/* SPDX-License-Identifier: GPL-2.0 */
#ifndef PINACCT_LOG_LIBBPF_H
#define PINACCT_LOG_LIBBPF_H

/* From now on what libbpf says goes to our log, one level down: its warnings are our details. */
void log__libbpf(void);

#endif
