// SPDX-License-Identifier: GPL-2.0
#include <string.h>
#include "base/table.h"

void table__measure(struct table *t, const struct table_line *line)
{
	for (int i = 0; i < t->cols; i++)
		if ((int)strlen(line->text[i]) > t->width[i])
			t->width[i] = strlen(line->text[i]);
}

/* Nothing behind the last column. */
void table__print(const struct table *t, const struct table_line *line, FILE *out)
{
	for (int i = 0; i < t->cols; i++) {
		const char *text = *line->text[i] ? line->text[i] : "-";

		if (i + 1 == t->cols)
			fprintf(out, "%s\n", text);
		else
			fprintf(out, t->numbers >> i & 1 ? "%*s  " : "%-*s  ", t->width[i], text);
	}
}
