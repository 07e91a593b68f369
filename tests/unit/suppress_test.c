// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>
#include "judge/suppress.h"

#define KSTACK	 1
#define USTACK	 2
#define NAMELESS 3

static void add_stack(struct stacks *s, u64 id, u8 type, u32 tgid, u64 ip, const char *name)
{
	const u64 ips[] = { ip - 4096, ip }; /* the first one has no name */
	const struct event_stack st = { .id = id, .tgid = tgid, .type = type, .nr = 2, .ips = ips };
	struct rec_sym sym = { .addr = ip, .tgid = tgid };

	assert_int_equal(stacks__add(s, &st), 0);
	snprintf(sym.name, sizeof(sym.name), "%s", name);
	if (*name)
		assert_int_equal(stacks__add_sym(s, &sym), 0);
}

static struct stacks *new_stacks(void)
{
	struct stacks *s = stacks__new();

	assert_non_null(s);
	add_stack(s, KSTACK, STACK_KERNEL, 0, 0xffffffff81000010, "io_sqe_buffer_register.isra.0");
	add_stack(s, USTACK, STACK_USER, 10, 0x401000, "main");
	add_stack(s, NAMELESS, STACK_KERNEL, 0, 0xffffffff82000010, "");
	return s;
}

static struct suppressions *parse(const char *text)
{
	char err[300] = "";
	struct suppressions *s = suppressions__parse(text, "supp.txt", err, sizeof(err));

	if (!s)
		fail_msg("%s", err);
	return s;
}

static bool matches(const char *line, const struct finding *f)
{
	struct stacks *stacks = new_stacks();
	struct suppressions *s = parse(line);
	bool ret = suppressions__match(s, f, stacks);

	suppressions__free(s);
	stacks__free(stacks);
	return ret;
}

static void what_matches(void **state)
{
	const struct finding f = {
		.id = FINDING_LEAK,
		.stack_id = KSTACK,
		.ustack_id = USTACK,
		.holder = { .comm = "qemu" },
		.file = { .fs = "xfs" },
	};

	(void)state;
	assert_true(matches("leak:io_sqe_*  # why\n", &f));
	assert_true(matches("leak:io_sqe_buffer_register  # a clone's plain name\n", &f));
	assert_true(matches("leak:io_sqe_buffer_register.isra.0  # its own\n", &f));
	assert_true(matches("leak:main # a user frame\n", &f));
	assert_true(matches("*:main # any finding\n", &f));
	assert_true(matches("leak:comm=qem?  # why\n", &f));
	assert_true(matches("leak:fs=xfs  # why", &f));
	assert_true(matches("\r\n# comment\n  leak : main   # blanks and a CR\r\n", &f));
	assert_false(matches("leak:io_sqe  # a whole name, not a part\n", &f));
	assert_false(matches("orphan:main  # another finding\n", &f));
	assert_false(matches("leak:comm=main  # not the comm\n", &f));
	assert_false(matches("leak:fs=ext*  # another file system\n", &f));
	assert_false(matches("", &f));
}

static void what_is_not_known_does_not_match(void **state)
{
	const struct finding f = { .id = FINDING_LEAK, .stack_id = NAMELESS, .ustack_id = 77 };

	(void)state;
	assert_false(matches("leak:*  # no name, no match\n", &f));
	assert_false(matches("leak:fs=*  # no file\n", &f));
}

static void doubts_cannot_be_suppressed(void **state)
{
	const struct finding f = { .id = FINDING_UNRECONCILED, .stack_id = KSTACK };

	(void)state;
	assert_false(matches("*:*  # all\n*:comm=*  # all\n", &f));
}

struct seen {
	char text[400];
	size_t len;
};

static int see(const char *line, const char *reason, u64 calls, u64 pages, void *arg)
{
	struct seen *seen = arg;

	seen->len += snprintf(seen->text + seen->len, sizeof(seen->text) - seen->len,
			      "%s|%s|%u|%u\n", line, reason, (unsigned)calls, (unsigned)pages);
	return 0;
}

static int stop(const char *line, const char *reason, u64 calls, u64 pages, void *arg)
{
	(void)line, (void)reason, (void)calls, (void)pages;
	++*(int *)arg;
	return -7;
}

static void counts_uses(void **state)
{
	struct finding f = { .id = FINDING_LEAK, .stack_id = KSTACK, .calls = 2, .pages = 16 };
	struct stacks *stacks = new_stacks();
	struct suppressions *s = parse("leak:nothing # never used\n"
				       "leak:io_*   # issue #12, as is\n"
				       "*:io_sqe*   # the first line that matches counts\n");
	struct seen seen = { .len = 0 };
	int calls = 0;

	(void)state;
	assert_true(suppressions__match(s, &f, stacks));
	f.calls = 1;
	f.pages = 4;
	assert_true(suppressions__match(s, &f, stacks));
	f.id = FINDING_ORPHAN;
	assert_true(suppressions__match(s, &f, stacks));
	assert_int_equal(suppressions__for_each(s, see, &seen), 0);
	assert_string_equal(seen.text, "leak:nothing|never used|0|0\n"
				       "leak:io_*|issue #12, as is|3|20\n"
				       "*:io_sqe*|the first line that matches counts|1|4\n");
	assert_int_equal(suppressions__for_each(s, stop, &calls), -7);
	assert_int_equal(calls, 1);
	suppressions__free(s);
	stacks__free(stacks);
}

static void refuses(void **state)
{
	static const struct {
		const char *text, *err;
	} cases[] = {
		{ "leak:main\n", "supp.txt:1: no reason given; write 'leak:main  # why'" },
		{ "\n# c\nleak:main #  \n",
		  "supp.txt:3: no reason given; write 'leak:main  # why'" },
		{ "leak:main#glued\n",
		  "supp.txt:1: no reason given; write 'leak:main#glued  # why'" },
		{ "leak  # why\n", "supp.txt:1: no ':' in 'leak'; write FINDING:GLOB  # why" },
		{ "leak:  # why\n", "supp.txt:1: nothing to match in 'leak:'" },
		{ "leak:comm=  # why\n", "supp.txt:1: nothing to match in 'leak:comm='" },
		{ "unreconciled:x  # why\n",
		  "supp.txt:1: 'unreconciled' makes the verdict inconclusive and cannot be suppressed" },
		{ "leek:x  # why\n",
		  "supp.txt:1: unknown finding 'leek'; known are *, leak, orphan, get-unpin, pin-put, "
		  "unpin-unmatched, partial-release, freed-pinned, stolen-pin, extract-mode, long-held, "
		  "missing-longterm, longterm-file, writeback-pinned, get-for-data" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char err[400] = "";

		errno = 0;
		assert_null(suppressions__parse(cases[i].text, "supp.txt", err, sizeof(err)));
		assert_int_equal(errno, EINVAL);
		assert_string_equal(err, cases[i].err);
	}
}

static void long_words_and_small_buffers(void **state)
{
	char text[5000], err[8];

	(void)state;
	memset(text, 'x', sizeof(text));
	memcpy(text + sizeof(text) - 9, ":y # why", 9);
	assert_null(suppressions__parse(text, "supp.txt", err, sizeof(err)));
	assert_string_equal(err, "supp.tx");
}

static void loads_files(void **state)
{
	char path[] = "/tmp/pinacct-suppress-XXXXXX", err[200] = "";
	int fd = mkstemp(path);
	struct suppressions *s;

	(void)state;
	assert_true(fd >= 0);
	assert_int_equal(write(fd, "leak:main # why\n", 16), 16);
	s = suppressions__load(path, err, sizeof(err));
	assert_non_null(s);
	suppressions__free(s);
	/* What is behind a NUL would be silently ignored. */
	assert_int_equal(write(fd, "\0leak:x # y\n", 12), 12);
	assert_null(suppressions__load(path, err, sizeof(err)));
	assert_non_null(strstr(err, ": not a text file"));
	assert_int_equal(ftruncate(fd, 2 << 20), 0);
	assert_null(suppressions__load(path, err, sizeof(err)));
	assert_int_equal(errno, EFBIG);
	close(fd);
	unlink(path);
	assert_null(suppressions__load(path, err, sizeof(err)));
	assert_int_equal(errno, ENOENT);
	assert_non_null(strstr(err, path));
	assert_null(suppressions__load("/", err, sizeof(err)));
	assert_int_equal(errno, EISDIR);
	suppressions__free(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_matches),
		cmocka_unit_test(what_is_not_known_does_not_match),
		cmocka_unit_test(doubts_cannot_be_suppressed),
		cmocka_unit_test(counts_uses),
		cmocka_unit_test(refuses),
		cmocka_unit_test(long_words_and_small_buffers),
		cmocka_unit_test(loads_files),
	};

	return cmocka_run_group_tests_name("suppress", tests, NULL, NULL);
}
