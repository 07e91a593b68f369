// SPDX-License-Identifier: GPL-2.0
#include <string.h>
#include "base/out.h"
#include "report/markup.h"

const char *markup__entity(char c)
{
	switch (c) {
	case '&':
		return "&amp;";
	case '<':
		return "&lt;";
	case '>':
		return "&gt;";
	case '"':
		return "&quot;";
	}
	return NULL;
}

/* The first `bytes` of text. */
static void put_bytes(FILE *out, const char *text, size_t bytes)
{
	while (bytes) {
		size_t plain = strcspn(text, "&<>\"");

		if (plain > bytes)
			plain = bytes;
		fwrite(text, 1, plain, out);
		text += plain;
		bytes -= plain;
		if (bytes) {
			out__raw(out, markup__entity(*text++));
			bytes--;
		}
	}
}

void markup__text(FILE *out, const char *text)
{
	put_bytes(out, text, strlen(text));
}

/* Where the character of that number begins; the end when there are fewer. */
static const char *nth_char(const char *text, int n)
{
	for (; *text; text++)
		if ((*text & 0xc0) != 0x80 && !n--)
			break;
	return text;
}

void markup__text_cut(FILE *out, const char *text, int chars)
{
	if (!*nth_char(text, chars)) {
		markup__text(out, text);
		return;
	}
	put_bytes(out, text, nth_char(text, chars - 1) - text);
	out__raw(out, "\xe2\x80\xa6");
}
