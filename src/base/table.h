/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Columns as wide as their widest cell. Each line is shown twice: first to be measured, then to be
 * printed.
 */
#ifndef PINACCT_TABLE_H
#define PINACCT_TABLE_H

#include <stdio.h>

#define TABLE_COLS_MAX	 12
#define TABLE_CELL_BYTES 160

struct table {
	int cols;
	unsigned numbers; /* a bit for each column that is set to the right */
	int width[TABLE_COLS_MAX];
};

struct table_line {
	char text[TABLE_COLS_MAX][TABLE_CELL_BYTES]; /* "" is printed as - */
};

void table__measure(struct table *t, const struct table_line *line);
void table__print(const struct table *t, const struct table_line *line, FILE *out);

#endif
