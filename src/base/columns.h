/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Columns as wide as their widest cell. Each line is shown twice: first to be measured, then to be
 * printed.
 */
#ifndef PINACCT_COLUMNS_H
#define PINACCT_COLUMNS_H

#include <stdio.h>

#define COLUMNS_MAX	   12
#define COLUMNS_CELL_BYTES 160

struct columns {
	int cols;
	unsigned numbers; /* a bit for each column that is set to the right */
	int width[COLUMNS_MAX];
};

struct columns_line {
	char text[COLUMNS_MAX][COLUMNS_CELL_BYTES]; /* "" is printed as - */
};

void columns__measure(struct columns *t, const struct columns_line *line);
void columns__print(const struct columns *t, const struct columns_line *line, FILE *out);

#endif
