// SPDX-License-Identifier: GPL-2.0
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include "base/clock.h"
#include "base/format.h"

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))

const char *text_bytes(u64 bytes, char buf[static TEXT_NUM_BYTES])
{
	static const char *const units[] = { "B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB" };
	unsigned unit = 0;
	u64 rest = 0;

	while (bytes >= 1024 && unit < ARRAY_SIZE(units) - 1) {
		rest = bytes % 1024;
		bytes /= 1024;
		unit++;
	}
	rest = rest * 10 / 1024;
	if (rest)
		snprintf(buf, TEXT_NUM_BYTES, "%" PRIu64 ".%u %s", bytes, (unsigned)rest,
			 units[unit]);
	else
		snprintf(buf, TEXT_NUM_BYTES, "%" PRIu64 " %s", bytes, units[unit]);
	return buf;
}

const char *text_duration(u64 ns, char buf[static TEXT_NUM_BYTES])
{
	u64 s = ns / NSEC_PER_SEC;

	if (ns < NSEC_PER_USEC)
		snprintf(buf, TEXT_NUM_BYTES, "%" PRIu64 " ns", ns);
	else if (ns < NSEC_PER_MSEC)
		snprintf(buf, TEXT_NUM_BYTES, "%" PRIu64 " us", ns / NSEC_PER_USEC);
	else if (!s)
		snprintf(buf, TEXT_NUM_BYTES, "%" PRIu64 " ms", ns / NSEC_PER_MSEC);
	else if (s < 60)
		snprintf(buf, TEXT_NUM_BYTES, "%" PRIu64 ".%u s", s,
			 (unsigned)(ns % NSEC_PER_SEC / (NSEC_PER_SEC / 10)));
	else if (s < 3600)
		snprintf(buf, TEXT_NUM_BYTES, "%u min %u s", (unsigned)(s / 60),
			 (unsigned)(s % 60));
	else if (s < 86400)
		snprintf(buf, TEXT_NUM_BYTES, "%u h %u min", (unsigned)(s / 3600),
			 (unsigned)(s / 60 % 60));
	else
		snprintf(buf, TEXT_NUM_BYTES, "%" PRIu64 " d %u h", s / 86400,
			 (unsigned)(s / 3600 % 24));
	return buf;
}

const char *text_count(u64 n, const char *noun, char *buf, size_t sz)
{
	snprintf(buf, sz, "%" PRIu64 " %s%s", n, noun, n == 1 ? "" : "s");
	return buf;
}

const char *text_frame(const char *name, const char *module, u64 off, char *buf, size_t sz)
{
	int len;

	if (!strcmp(name, "?"))
		len = snprintf(buf, sz, "?");
	else if (*name)
		len = snprintf(buf, sz, "%s+0x%" PRIx64, name, off);
	else
		len = snprintf(buf, sz, "0x%" PRIx64, off);
	if (*module && len >= 0 && (size_t)len < sz)
		snprintf(buf + len, sz - (size_t)len, " [%s]", module);
	return buf;
}

static bool is_tail(unsigned char c)
{
	return (c & 0xc0) == 0x80;
}

/*
 * Bytes of the UTF-8 character at s, and the character; 0 when there is none. Refuses what RFC 3629
 * does: overlong forms, surrogates, what is beyond U+10FFFF.
 */
static size_t utf8_decode(const unsigned char *s, u32 *c)
{
	*c = s[0];
	if (s[0] < 0x80)
		return 1;
	if (s[0] < 0xc2 || s[0] > 0xf4 || !is_tail(s[1]))
		return 0;
	*c = (s[0] & 0x1fu) << 6 | (s[1] & 0x3fu);
	if (s[0] < 0xe0)
		return 2;
	if ((s[0] == 0xe0 && s[1] < 0xa0) || (s[0] == 0xed && s[1] > 0x9f) ||
	    (s[0] == 0xf0 && s[1] < 0x90) || (s[0] == 0xf4 && s[1] > 0x8f) || !is_tail(s[2]))
		return 0;
	*c = (*c & 0x3ffu) << 6 | (s[2] & 0x3fu);
	if (s[0] < 0xf0)
		return 3;
	*c = *c << 6 | (s[3] & 0x3fu);
	return is_tail(s[3]) ? 4 : 0;
}

/*
 * Characters that do something instead of being seen: the controls of ASCII and ISO 6429 (C1, which
 * some terminals obey), those that reorder a line (bidi), line and paragraph separators, and what
 * is no character at all, which XML forbids.
 */
static const struct {
	u32 first, last;
} unprintable[] = {
	{ 0x00, 0x1f },	    { 0x7f, 0x9f },	{ 0x61c, 0x61c },   { 0x200e, 0x200f },
	{ 0x2028, 0x202e }, { 0x2066, 0x2069 }, { 0xfffe, 0xffff },
};

/*
 * "##[error]" and "##vso[task...]" are commands of CI systems (GitHub's, Azure's) anywhere in a
 * line: of two '#' the first is escaped.
 */
size_t text_printable(const char *text)
{
	u32 c;
	size_t len = utf8_decode((const unsigned char *)text, &c);

	if (text[0] == '#' && text[1] == '#')
		return 0;
	for (size_t i = 0; i < ARRAY_SIZE(unprintable); i++)
		if (c >= unprintable[i].first && c <= unprintable[i].last)
			return 0;
	return len;
}

const char *text_clean(const char *src, char *buf, size_t sz)
{
	size_t at = 0;

	while (*src) {
		size_t len = text_printable(src);
		size_t out = len ? len : 4;

		if (at + out >= sz)
			break;
		if (len)
			memcpy(buf + at, src, len);
		else
			snprintf(buf + at, sz - at, "\\x%02x", (unsigned char)*src);
		at += out;
		src += len ? len : 1;
	}
	if (sz)
		buf[at] = '\0';
	return buf;
}
