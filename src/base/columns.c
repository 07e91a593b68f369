// SPDX-License-Identifier: GPL-2.0
#include <string.h>
#include "base/columns.h"

void columns__measure(struct columns *t, const struct columns_line *line)
{
	for (int i = 0; i < t->cols; i++)
		if ((int)strlen(line->text[i]) > t->width[i])
			t->width[i] = strlen(line->text[i]);
}

/* Nothing behind the last column. */
void columns__print(const struct columns *t, const struct columns_line *line, FILE *out)
{
	for (int i = 0; i < t->cols; i++) {
		const char *text = *line->text[i] ? line->text[i] : "-";

		if (i + 1 == t->cols)
			fprintf(out, "%s\n", text);
		else
			fprintf(out, t->numbers >> i & 1 ? "%*s  " : "%-*s  ", t->width[i], text);
	}
}
