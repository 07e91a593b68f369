/* SPDX-License-Identifier: GPL-2.0 */
/* Text in XML and HTML. */
#ifndef PINACCT_MARKUP_H
#define PINACCT_MARKUP_H

#include <stdio.h>

/* What stands for a character that markup would take for its own; NULL for all others. */
const char *markup__entity(char c);
/*
 * `text`, which is printable UTF-8 (text_clean()), as character data or as the value of an
 * attribute in double quotes.
 */
void markup__text(FILE *out, const char *text);
/* At most `chars` characters of it; an ellipsis is the last one when it was cut. */
void markup__text_cut(FILE *out, const char *text, int chars);

#endif
