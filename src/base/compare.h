/* SPDX-License-Identifier: GPL-2.0 */
#ifndef PINACCT_COMPARE_H
#define PINACCT_COMPARE_H

/* In a comparison function: the smaller one first; equal ones go on to the next line. */
#define COMPARE(a, b)                                                                              \
	do {                                                                                       \
		if ((a) != (b))                                                                    \
			return (a) < (b) ? -1 : 1;                                                 \
	} while (0)

#endif
