// SPDX-License-Identifier: GPL-2.0
#include <ctype.h>
#include <inttypes.h>
#include <stdbool.h>
#include <string.h>
#include "base/format.h"
#include "base/out.h"

#define SPEC_BYTES 32

/* A conversion of a format, taken apart: "%-*.3ls". */
struct spec {
	char text[SPEC_BYTES]; /* of it without the stars, for fprintf() */
	size_t len;
	bool left;		    /* '-': padded on the right */
	int width, precision;	    /* -1 = none */
	char length[3], conversion; /* "", "h", "hh", "l", "ll", "z", "t", "j" */
};

/* text_printable() of a text that may have no end behind its sz bytes. */
static size_t printable(const char *text, size_t sz)
{
	char copy[4] = "";

	if (sz >= sizeof(copy))
		return text_printable(text);
	memcpy(copy, text, sz);
	return text_printable(copy);
}

static void put_cleaned(FILE *out, const char *text, size_t sz)
{
	while (sz && *text) {
		size_t len = printable(text, sz);

		if (len)
			fwrite(text, 1, len, out);
		else
			fprintf(out, "\\x%02x", (unsigned char)*text);
		text += len ? len : 1;
		sz -= len ? len : 1;
	}
}

/* What put_cleaned() writes, in bytes. */
static size_t cleaned_bytes(const char *text, size_t sz)
{
	size_t total = 0;

	while (sz && *text) {
		size_t len = printable(text, sz);

		total += len ? len : strlen("\\xNN");
		text += len ? len : 1;
		sz -= len ? len : 1;
	}
	return total;
}

static void pad(FILE *out, size_t have, int width)
{
	for (; width > 0 && have < (size_t)width; have++)
		fputc(' ', out);
}

static void put_string(FILE *out, const struct spec *s, const char *text)
{
	size_t sz = s->precision >= 0 ? (size_t)s->precision : SIZE_MAX;
	size_t have;

	if (!text)
		text = "(null)";
	have = cleaned_bytes(text, sz);
	if (!s->left)
		pad(out, have, s->width);
	put_cleaned(out, text, sz);
	if (s->left)
		pad(out, have, s->width);
}

/* va_list is an array on some machines: what takes one from it must share this one. */
struct args {
	va_list ap;
};

/* A number of the format, or the int that stands for it; -1 when there is neither. */
static const char *take_number(const char *at, struct args *args, int *number)
{
	*number = -1;
	if (*at == '*') {
		*number = va_arg(args->ap, int);
		return at + 1;
	}
	for (; *at >= '0' && *at <= '9'; at++)
		*number = (*number < 0 ? 0 : *number) * 10 + (*at - '0');
	return at;
}

/* `at` is behind the '%'. Returns what is behind the conversion. */
static const char *take_spec(const char *at, struct args *args, struct spec *s)
{
	size_t flags = strspn(at, "-+ #0"), length;

	*s = (struct spec){ .precision = -1 };
	s->left = memchr(at, '-', flags);
	s->len = (size_t)snprintf(s->text, sizeof(s->text), "%%%.*s", (int)(flags < 5 ? flags : 5),
				  at);
	at = take_number(at + flags, args, &s->width);
	if (s->width < -1) { /* a negative one from the arguments is a '-' and the number */
		s->left = true;
		s->width = -s->width;
		s->len += (size_t)snprintf(s->text + s->len, sizeof(s->text) - s->len, "-");
	}
	if (s->width >= 0)
		s->len += (size_t)snprintf(s->text + s->len, sizeof(s->text) - s->len, "%d",
					   s->width);
	if (*at == '.') {
		bool given = at[1] == '*';

		at = take_number(at + 1, args, &s->precision);
		if (s->precision < 0)
			s->precision = given ? -1 : 0;
	}
	if (s->precision >= 0)
		s->len += (size_t)snprintf(s->text + s->len, sizeof(s->text) - s->len, ".%d",
					   s->precision);
	length = strspn(at, "hlzjt");
	snprintf(s->length, sizeof(s->length), "%.*s", (int)length, at);
	at += length;
	s->conversion = *at;
	return *at ? at + 1 : at;
}

static intmax_t take_signed(const struct spec *s, struct args *args)
{
	switch (s->length[0]) {
	case 'l':
		return s->length[1] ? va_arg(args->ap, long long) : va_arg(args->ap, long);
	case 'z':
	case 't':
		return va_arg(args->ap, ptrdiff_t);
	case 'j':
		return va_arg(args->ap, intmax_t);
	}
	return va_arg(args->ap, int);
}

static uintmax_t take_unsigned(const struct spec *s, struct args *args)
{
	switch (s->length[0]) {
	case 'l':
		return s->length[1] ? va_arg(args->ap, unsigned long long)
				    : va_arg(args->ap, unsigned long);
	case 'z':
	case 't':
		return va_arg(args->ap, size_t);
	case 'j':
		return va_arg(args->ap, uintmax_t);
	case 'h':
		return s->length[1] ? (unsigned char)va_arg(args->ap, unsigned)
				    : (unsigned short)va_arg(args->ap, unsigned);
	}
	return va_arg(args->ap, unsigned);
}

static void put_arg(FILE *out, struct spec *s, struct args *args)
{
	char *end = s->text + s->len;
	size_t room = sizeof(s->text) - s->len;

	switch (s->conversion) {
	case '%':
		fputc('%', out);
		return;
	case 's':
		put_string(out, s, va_arg(args->ap, const char *));
		return;
	case 'c':
		put_string(out, s, (const char[]){ (char)va_arg(args->ap, int), '\0' });
		return;
	case 'd':
	case 'i':
		snprintf(end, room, "jd");
		fprintf(out, s->text, take_signed(s, args));
		return;
	case 'u':
	case 'x':
	case 'X':
	case 'o':
		snprintf(end, room, "j%c", s->conversion);
		fprintf(out, s->text, take_unsigned(s, args));
		return;
	default: /* e, f, g */
		snprintf(end, room, "%c", s->conversion);
		fprintf(out, s->text, va_arg(args->ap, double));
	}
}

void out__vprintf(FILE *out, const char *fmt, va_list ap)
{
	struct args args;
	struct spec s;

	va_copy(args.ap, ap);
	while (*fmt) {
		size_t literal = strcspn(fmt, "%");

		fwrite(fmt, 1, literal, out);
		fmt += literal;
		if (!*fmt)
			break;
		fmt = take_spec(fmt + 1, &args, &s);
		put_arg(out, &s, &args);
	}
	va_end(args.ap);
}

void out__printf(FILE *out, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	out__vprintf(out, fmt, ap);
	va_end(ap);
}

void out__text(FILE *out, const char *text)
{
	put_cleaned(out, text, SIZE_MAX);
}

size_t out__text_bytes(const char *text)
{
	return cleaned_bytes(text, SIZE_MAX);
}

void out__line_start(FILE *out, const char *text)
{
	while (*text && !isalnum((unsigned char)*text)) {
		size_t len = text_printable(text);

		if (*text == ':' || !len)
			fprintf(out, "\\x%02x", (unsigned char)*text);
		else
			fwrite(text, 1, len, out);
		text += len ? len : 1;
	}
	out__text(out, text);
}

void out__raw(FILE *out, const char *text)
{
	fputs(text, out);
}
