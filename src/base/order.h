/* SPDX-License-Identifier: GPL-2.0 */
#ifndef PINACCT_ORDER_H
#define PINACCT_ORDER_H

/* In a comparison function: the smaller one first; equal ones go on to the next line. */
#define ORDER(a, b)                                                                                \
	do {                                                                                       \
		if ((a) != (b))                                                                    \
			return (a) < (b) ? -1 : 1;                                                 \
	} while (0)

#endif
