// SPDX-License-Identifier: GPL-2.0
/*
 * The record language: lines and records say the same, both ways; what is wrong is
 * told. Names of recasm inputs may be given, and are taken there and back too.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "reclang.h"

static char **inputs; /* from the command line; ends with NULL */

static int parse(const char *text, struct reclang_rec *rec, char err[static 256])
{
	char *line = strdup(text);
	int ret;

	err[0] = '\0';
	ret = reclang__parse(line, rec, err, 256);
	free(line);
	return ret;
}

static char *print(const struct rec_hdr *rec)
{
	char *text = NULL;
	size_t sz;
	FILE *out = open_memstream(&text, &sz);

	assert_int_equal(reclang__print(out, rec), 0);
	fclose(out);
	assert_int_equal(text[sz - 1], '\n');
	text[sz - 1] = '\0';
	return text;
}

/* The line becomes a record, and that becomes the line `back`. */
static void assert_becomes(const char *text, const char *back)
{
	struct reclang_rec rec;
	char err[256], *printed;

	if (parse(text, &rec, err) != 1)
		fail_msg("%s: %s", text, err);
	printed = print(&rec.h);
	assert_string_equal(printed, back);
	free(printed);
}

static void test_lines_that_come_back_as_they_are(void **state)
{
	static const char *const lines[] = {
		"meta",
		("meta ts=5 cpu=2 release=6.12.0 page=65536 cpus=4 stacks=exact realtime=17 "
		 "preexisting=-4 boot=b machine=m tool=t command=\"fio \\\"a b\\\" \\\\ \\x0a\" "
		 "version=2"),
		"hook pin_user_pages attached fexit",
		"hook pin_user_page missing none error=-2 symbol=other",
		"hook pin_user_page failed kprobe error=-2147483648 symbol=\"\"",
		"hook 127 9 77",
		"pin",
		("pin ts=18446744073709551615 cpu=65535 tid=10 tgid=11 comm=fio "
		 "api=pin_user_pages_fast flags=write,longterm,more,next,novmstat,truncated,nostack,"
		 "dirty,irq,inner,kthread stack=1 ustack=2 mm=0x3 ctx=0xffffffffffffffff cgroup=4 "
		 "iter=bvec dir=dest fs=xfs dev=4095:1048575 ino=5 fs_hook=iomap_dio_bio_iter "
		 "call=6 runs=100+4,512+512/9,7*3/?,9*4294967295/30"),
		"pin flags=irq,0x8000",
		("unpin tid=1 tgid=2 comm=\"k worker\" api=unpin_folio flags=dirty stack=3 mm=0x4 "
		 "ctx=0x5 call=6 runs=1+1"),
		"stack kernel id=1",
		"stack user id=1 tgid=7 flags=truncated 0x1 0xffffffff81000010",
		"fork tid=1 tgid=2 parent=3 mm=0x33 comm=x",
		"exit tid=1 tgid=2 mm=0x4 group_dead=1",
		"mm mm=0x55",
		"lost cpu=1 reason=ring-pin count=3 api=pin_user_pages",
		"stack-use hits=9 misses=2 checks=1",
		"vmstat start acquired=5 released=6 seen=7/8 added=9 zero=1/2 slack=3 flags=quiet",
		"vmstat 7 seen=0/1",
		"mark cmd-start value=10",
		"mark name text=\"a = b # c\"",
		"mark 99",
		"sym 0xffffffff81000010 name+0x10 [xfs]",
		"sym 0x10 \"operator== (int)+0x3\" \"[/a b/lib.so]\" tgid=4 file=/a/c.c line=3",
		"sym 0x10 a+b+0x0",
		"raw ts=4 99 data=0011223344556677",
		"raw pin data=0011223344556677 # a record too short for its kind",
		"raw 0",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(lines) / sizeof(*lines); i++)
		assert_becomes(lines[i], lines[i]);
}

static void test_other_ways_to_say_it(void **state)
{
	(void)state;
	assert_becomes(" \tlost  count=0x10 reason=2 ts=1500us\n",
		       "lost ts=1500000 reason=ring-unpin count=16");
	assert_becomes("mark ts=2s start # a comment", "mark ts=2000000000 start");
	assert_becomes("mark ts=7ms start #", "mark ts=7000000 start");
	assert_becomes("mark ts=7ns start", "mark ts=7 start");
	assert_becomes("stack id=1 kernel 1 2", "stack kernel id=1 0x1 0x2");
	assert_becomes("pin flags=longterm,write,0x10 runs=0x10+0x2/0",
		       "pin flags=write,longterm,novmstat runs=16+2");
	assert_becomes("meta page=4096 version=1 cpus=0", "meta");
	assert_becomes("pin comm=\"fi\"o", "pin comm=fio");
	/* A raw line that the language can say better. */
	assert_becomes("raw lost data=01000000000000000300000000000000",
		       "lost reason=ring-pin count=3");
}

static void test_nothing_on_the_line(void **state)
{
	static const char *const lines[] = { "", "\n", "  \t\n", "# comment", "   # comment\n" };
	struct reclang_rec rec;
	char err[256];

	(void)state;
	for (size_t i = 0; i < sizeof(lines) / sizeof(*lines); i++)
		assert_int_equal(parse(lines[i], &rec, err), 0);
}

static const struct {
	const char *line, *err;
} wrong[] = {
	{ "pim tid=1", "unknown kind of record 'pim'" },
	{ "tid=1", "unknown kind of record 'tid'" },
	{ "pin foo=1", "pin: unknown key 'foo'" },
	{ "pin tid=1 tid=2", "pin: 'tid' comes twice" },
	{ "pin ts=1 ts=2", "pin: 'ts' comes twice" },
	{ "pin runs=1+1 runs=2+1", "pin: 'runs' comes twice" },
	{ "pin tid", "pin: 'tid' is one word too many" },
	{ "pin tid=", "tid: '' is not a value for this" },
	{ "pin tid=-1", "tid: '-1' is not a value for this" },
	{ "pin tid=+1", "tid: '+1' is not a value for this" },
	{ "pin tid=0x", "tid: '0x' is not a value for this" },
	{ "pin tid=1x", "tid: '1x' is not a value for this" },
	{ "pin tid=4294967296", "tid: '4294967296' is too large" },
	{ "pin mm=18446744073709551616", "mm: '18446744073709551616' is not a value for this" },
	{ "pin api=foo", "api: 'foo' is not a name that is known" },
	{ "pin api=128", "pin: a hook number out of range" },
	{ "pin flags=write,", "flags: 'write' is not a name that is known" },
	{ "pin flags=65536", "flags: '65536' is too large" },
	{ "pin comm=0123456789abcdef", "'0123456789abcdef' is longer than 15 bytes" },
	{ "pin comm=\"fio", "a quote without an end" },
	{ "pin comm=\"\\x00\"", "only \\\", \\\\ and \\xNN (not \\x00) are known" },
	{ "pin comm=\"\\", "only \\\", \\\\ and \\xNN (not \\x00) are known" },
	{ "pin comm=\"\\x", "only \\\", \\\\ and \\xNN (not \\x00) are known" },
	{ "pin dev=8", "dev: '8' is not a value for this" },
	{ "pin dev=4096:0", "dev: '4096:0' is not a value for this" },
	{ "pin runs=", "run '' is not PFN+PAGES[/ORDER][!] or PFN*PINS[/ORDER][!]" },
	{ "pin runs=1+1,", "run '' is not PFN+PAGES[/ORDER][!] or PFN*PINS[/ORDER][!]" },
	{ "pin runs=1", "run '1' is not PFN+PAGES[/ORDER][!] or PFN*PINS[/ORDER][!]" },
	{ "pin runs=1+4294967296",
	  "run '1+4294967296' is not PFN+PAGES[/ORDER][!] or PFN*PINS[/ORDER][!]" },
	{ "pin runs=1+1/", "run '1+1/' is not PFN+PAGES[/ORDER][!] or PFN*PINS[/ORDER][!]" },
	{ "pin runs=1+1/256", "run '1+1/256' is not PFN+PAGES[/ORDER][!] or PFN*PINS[/ORDER][!]" },
	{ "pin runs=1+0", "pin: a run of no pages" },
	{ "pin runs=1+1/31", "pin: a folio order out of range" },
	{ "mark ts=1m start", "ts: '1m' is not a value for this" },
	{ "mark ts=18446744074s start", "ts: '18446744074s' is not a value for this" },
	{ "mark", "mark: a word is missing" },
	{ "mark start end", "mark: 'end' is one word too many" },
	{ "hook pin_user_pages attached", "hook: a word is missing" },
	{ "stack id=1", "stack: a word is missing" },
	{ "stack kernel foo", "address 'foo' is not a number" },
	{ "vmstat start seen=1", "seen: '1' is not two numbers, A/B" },
	{ "sym 1 name", "'name' is not NAME+OFFSET" },
	{ "sym 1 name+1 mod", "'mod' is not [MODULE]" },
	{ "raw 9 data=00", "data is not hex digits, 16 for each 8 bytes" },
	{ "raw 9 data=001122334455667x", "data is not hex digits, 16 for each 8 bytes" },
	{ "raw 65536", "raw: '65536' is too large" },
	{ "meta preexisting=9223372036854775808",
	  "preexisting: '9223372036854775808' is not a value for this" },
	{ "hook 1 1 1 error=-2147483649", "error: '-2147483649' is not a value for this" },
	{ "meta page=100", "meta: a page size that is no power of two" },
	{ "lost count=1", "lost: a loss for a reason that is not known" },
};

static void test_what_is_wrong_is_told(void **state)
{
	struct reclang_rec rec;
	char err[256];

	(void)state;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(*wrong); i++) {
		assert_int_equal(parse(wrong[i].line, &rec, err), -EINVAL);
		assert_string_equal(err, wrong[i].err);
	}
}

static void test_longest_records(void **state)
{
	const size_t room = (REC_MAX_BYTES - sizeof(struct rec_pin)) / sizeof(struct rec_run);
	char *line = malloc(room * 4 + 100), *end, err[256];
	struct reclang_rec rec;

	(void)state;
	end = stpcpy(line, "pin runs=1+1");
	for (size_t i = 1; i < room; i++)
		end = stpcpy(end, ",1+1");
	assert_becomes(line, line);
	strcpy(end, ",1+1");
	assert_int_equal(parse(line, &rec, err), -EINVAL);
	assert_string_equal(err, "more runs than a record can hold");
	end = stpcpy(line, "stack kernel");
	for (size_t i = 0; i < REC_STACK_MAX_FRAMES; i++)
		end = stpcpy(end, " 0x1");
	assert_becomes(line, line);
	strcpy(end, " 0x1");
	assert_int_equal(parse(line, &rec, err), -EINVAL);
	assert_string_equal(err, "stack: a stack of too many frames");
	free(line);
}

/* What the language has no words for is not lost: it comes as a raw line with the same bytes. */
static void assert_kept(const struct rec_hdr *rec)
{
	struct reclang_rec back;
	char err[256], *line = print(rec);

	assert_int_equal(strncmp(line, "raw ", 4), 0);
	assert_int_equal(parse(line, &back, err), 1);
	assert_int_equal(back.h.sz, rec->sz);
	assert_memory_equal(&back, rec, rec->sz);
	free(line);
}

static void test_nothing_is_lost(void **state)
{
	struct {
		struct rec_pin pin;
		struct rec_run run;
		u64 more;
	} r = { .pin = { .h = { .sz = sizeof(r), .kind = REC_PIN, .cpu = 1, .ts_ns = 2 } } };
	struct rec_mark mark = { .h = { .sz = sizeof(mark), .kind = REC_MARK },
				 .mark = 1,
				 .pad = 1 };

	(void)state;
	assert_kept(&r.pin.h); /* more bytes than it has runs */
	r.pin.nr_runs = 1;
	r.run.pages = 1;
	assert_kept(&r.pin.h); /* appended by a later version */
	r.pin.h.sz -= 8;
	r.run.pad = 1;
	assert_kept(&r.pin.h);
	r.run.pad = 0;
	r.run.flags = 0x80;
	assert_kept(&r.pin.h);
	r.run.flags = 0;
	r.run.pages = 0;
	assert_kept(&r.pin.h);
	r.run.pages = 1;
	memset(r.pin.comm, 'x', sizeof(r.pin.comm)); /* no end */
	assert_kept(&r.pin.h);
	memcpy(r.pin.comm, "a\0b", 4); /* something behind the end */
	assert_kept(&r.pin.h);
	r.pin.nr_runs = UINT32_MAX;
	assert_kept(&r.pin.h);
	assert_kept(&mark.h);
}

/* There and back twice: the second time nothing changes any more. */
static void test_inputs(void **state)
{
	struct reclang_rec rec, again;
	char *line = NULL, *once, err[256];
	size_t cap = 0;
	FILE *in;

	(void)state;
	for (char **name = inputs; *name; name++) {
		size_t cnt = 0;

		in = fopen(*name, "r");
		if (!in)
			fail_msg("%s: %s", *name, strerror(errno));
		while (getline(&line, &cap, in) >= 0) {
			int ret = reclang__parse(line, &rec, err, sizeof(err));

			if (ret < 0)
				fail_msg("%s: %s", *name, err);
			if (!ret)
				continue;
			once = print(&rec.h);
			assert_true(strncmp(once, "raw", 3));
			assert_int_equal(parse(once, &again, err), 1);
			assert_memory_equal(&again, &rec, rec.h.sz);
			free(once);
			cnt++;
		}
		assert_true(cnt);
		fclose(in);
	}
	free(line);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_lines_that_come_back_as_they_are),
		cmocka_unit_test(test_other_ways_to_say_it),
		cmocka_unit_test(test_nothing_on_the_line),
		cmocka_unit_test(test_what_is_wrong_is_told),
		cmocka_unit_test(test_longest_records),
		cmocka_unit_test(test_nothing_is_lost),
		cmocka_unit_test(test_inputs),
	};

	inputs = argv + (argc > 0);
	return cmocka_run_group_tests_name("reclang", tests, NULL, NULL);
}
