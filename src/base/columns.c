// SPDX-License-Identifier: GPL-2.0
#include "base/columns.h"
#include "base/out.h"

void columns__measure(struct columns *t, const struct columns_line *line)
{
	for (int i = 0; i < t->cols; i++) {
		int bytes = (int)out__text_bytes(line->text[i]);

		if (bytes > t->width[i])
			t->width[i] = bytes;
	}
}

/* The first cell is where the line begins. */
static void print_first(const struct columns *t, const char *text, FILE *out)
{
	out__line_start(out, text);
	out__printf(out, "%*s  ", t->width[0] - (int)out__text_bytes(text), "");
}

/* Nothing behind the last column. */
void columns__print(const struct columns *t, const struct columns_line *line, FILE *out)
{
	for (int i = 0; i < t->cols; i++) {
		const char *text = *line->text[i] ? line->text[i] : "-";

		if (i + 1 == t->cols)
			out__printf(out, "%s\n", text);
		else if (!i && !(t->numbers & 1))
			print_first(t, text, out);
		else
			out__printf(out, t->numbers >> i & 1 ? "%*s  " : "%-*s  ", t->width[i],
				    text);
	}
}
