// SPDX-License-Identifier: GPL-2.0
/* Text from outside on its way out: what is printed is what printf() prints, and harmless. */
#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "base/format.h"
#include "base/out.h"

/* What out__printf() writes; the caller frees it. */
__attribute__((format(printf, 1, 2))) static char *printed(const char *fmt, ...)
{
	char *text;
	size_t sz;
	FILE *out = open_memstream(&text, &sz);
	va_list ap;

	assert_non_null(out);
	va_start(ap, fmt);
	out__vprintf(out, fmt, ap);
	va_end(ap);
	assert_int_equal(fclose(out), 0);
	assert_int_equal(strlen(text), sz);
	return text;
}

#define assert_printed(want, ...)                                                                  \
	do {                                                                                       \
		char *got = printed(__VA_ARGS__);                                                  \
                                                                                                   \
		assert_string_equal(got, want);                                                    \
		free(got);                                                                         \
	} while (0)

/* The same as printf() where there is nothing to clean. */
#define assert_like_printf(...)                                                                    \
	do {                                                                                       \
		char want[256];                                                                    \
                                                                                                   \
		snprintf(want, sizeof(want), __VA_ARGS__);                                         \
		assert_printed(want, __VA_ARGS__);                                                 \
	} while (0)

static void test_numbers(void **state)
{
	(void)state;
	assert_like_printf("%d %i %+d % d %5d|%-5d|%05d %u", -1, 2, 3, 4, 5, 6, 7, 8u);
	assert_like_printf("%hhu %hu %x %X %#o", (unsigned char)200, (unsigned short)60000, 0xabu,
			   0xcdu, 8u);
	assert_like_printf("%ld %lld %zd %zu %td %lu %llu %jd", -1L, -2LL, (ssize_t)-3, (size_t)4,
			   (ptrdiff_t)5, ~0UL, ~0ULL, (intmax_t)-6);
	assert_like_printf("%016" PRIx64 " %10" PRIu64 "|%-10" PRId64 "|",
			   UINT64_C(0xffff888000001000), UINT64_MAX, INT64_MIN);
	assert_like_printf("%.0f %5.1f%% %g %.17g", 2.5, 99.94, 0.1, 0.1);
	assert_like_printf("%*d|%-*d|%*d|%.3d", 6, 1, 6, 2, -6, 3, 4);
	assert_like_printf("100%% %c%c", 'o', 'k');
}

static void test_strings(void **state)
{
	static const char open_end[2] = { 'a', '\xc3' };

	(void)state;
	assert_like_printf("%s|%10s|%-10s|%.2s|%-6.2s|%.*s", "fio", "fio", "fio", "fio", "fio", 1,
			   "fio");
	assert_like_printf("%.*s|%s", -1, "all of it", "");
	assert_printed("a|a\\xc3|", "%.1s|%.2s|", open_end, open_end);
}

/* Each text of the left reads as the right one, in text_clean() and in print alike. */
static const struct {
	const char *hostile, *clean;
} names[] = {
	{ "\033]0;title\007", "\\x1b]0;title\\x07" },
	{ "two\nlines\r\t", "two\\x0alines\\x0d\\x09" },
	{ "::error::\n::error::", "::error::\\x0a::error::" },
	{ "del\x7f", "del\\x7f" },
	{ "c1 \xc2\x9b"
	  "31m",
	  "c1 \\xc2\\x9b31m" },
	{ "raw \x9b"
	  "31m",
	  "raw \\x9b31m" },
	{ "bidi \xe2\x80\xae gpj.exe", "bidi \\xe2\\x80\\xae gpj.exe" },
	{ "isolate \xe2\x81\xa6", "isolate \\xe2\\x81\\xa6" },
	{ "arabic mark \xd8\x9c", "arabic mark \\xd8\\x9c" },
	{ "line separator \xe2\x80\xa8", "line separator \\xe2\\x80\\xa8" },
	{ "no character \xef\xbf\xbf", "no character \\xef\\xbf\\xbf" },
	{ "overlong \xc0\x8a \xe0\x80\x8a", "overlong \\xc0\\x8a \\xe0\\x80\\x8a" },
	{ "surrogate \xed\xa0\x80", "surrogate \\xed\\xa0\\x80" },
	{ "beyond \xf4\x90\x80\x80", "beyond \\xf4\\x90\\x80\\x80" },
	{ "cut \xe2\x82", "cut \\xe2\\x82" },
	{ "cut \xf0\x9f\x98", "cut \\xf0\\x9f\\x98" },
	{ "good \xc3\xa4 \xe2\x82\xac \xf0\x9f\x98\x80",
	  "good \xc3\xa4 \xe2\x82\xac \xf0\x9f\x98\x80" },
	{ "plain \\x1b \"quotes\" ]]> %0A", "plain \\x1b \"quotes\" ]]> %0A" },
};

static void test_hostile(void **state)
{
	char buf[128];

	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		assert_string_equal(text_clean(names[i].hostile, buf, sizeof(buf)), names[i].clean);
		assert_string_equal(text_clean(names[i].clean, buf, sizeof(buf)), names[i].clean);
		assert_printed(names[i].clean, "%s", names[i].hostile);
	}
	assert_printed("  \\x1b[|\\x1b[  |\\x1b", "%7s|%-7s|%.1s", "\033[", "\033[", "\033[");
	assert_printed("\\x0a", "%c", '\n');
	assert_printed("a line\n", "a line\n");
}

static void assert_line_start(const char *text, const char *want)
{
	char *got;
	size_t sz;
	FILE *out = open_memstream(&got, &sz);

	out__line_start(out, text);
	fclose(out);
	assert_string_equal(got, want);
	free(got);
}

static void test_commands_of_ci(void **state)
{
	char buf[64];

	(void)state;
	assert_line_start("::error::x", "\\x3a\\x3aerror::x");
	assert_line_start(" \xc2\xa0::error::x", " \xc2\xa0\\x3a\\x3aerror::x");
	assert_line_start("std::string", "std::string");
	assert_line_start("\033::", "\\x1b\\x3a\\x3a");
	assert_line_start("##[error]", "\\x23#[error]");
	assert_string_equal(text_clean("a ##vso[b] # c", buf, sizeof(buf)), "a \\x23#vso[b] # c");
	assert_string_equal(text_clean("###", buf, sizeof(buf)), "\\x23\\x23#");
}

/* What does not fit is left out whole: no half escape, no half character. */
static void test_short_buffer(void **state)
{
	char buf[8];

	(void)state;
	assert_string_equal(text_clean("abcde\033", buf, sizeof(buf)), "abcde");
	assert_string_equal(text_clean("abc\033", buf, sizeof(buf)), "abc\\x1b");
	assert_string_equal(text_clean("abcde\xe2\x82\xac", buf, sizeof(buf)), "abcde");
	assert_string_equal(text_clean("abcdefghi", buf, 1), "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_numbers),	     cmocka_unit_test(test_strings),
		cmocka_unit_test(test_hostile),	     cmocka_unit_test(test_commands_of_ci),
		cmocka_unit_test(test_short_buffer),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
