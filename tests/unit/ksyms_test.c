// SPDX-License-Identifier: GPL-2.0
/* Kernel symbols from made-up kallsyms, and user symbols from a child of this very program. */
#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>
#include "kernel/ksyms.h"
#include "kernel/ksyms_later.h"
#include "kernel/usyms.h"

static const char kallsyms[] = "ffffffff81000000 T _stext\n"
			       "ffffffff81000000 T _text\n"
			       "ffffffff81000010 T do_one\n"
			       "ffffffff81000080 t twin\n"
			       "ffffffff810000c0 t twin\n"
			       "ffffffff81000100 T pin_user_pages\n"
			       "ffffffff81000100 W alias_of_it\n"
			       "ffffffff81000200 t last_one\n"
			       "ffffffff81001000 T _etext\n"
			       "ffffffff81100000 D some_data\n"
			       "ffffffff81200000 T _sinittext\n"
			       "ffffffff81200010 t init_one\n"
			       "ffffffff81200800 T _einittext\n"
			       "ffffffffc0100000 t fuse_first\t[fuse]\n"
			       "ffffffffc0100040 t fuse_second\t[fuse]\n"
			       "ffffffffc0900000 t bpf_prog_6deef7357e7b4530_fexit\t[bpf]\n"
			       "ffffffffc0900100 t bpf_trampoline_6442500000\t[bpf]\n"
			       "ffffffffc0a00000 t ftrace_trampoline\t[__builtin__ftrace]\n"
			       "ffffffffc0080000 t xfs_fn\t[xfs]\n";

static struct ksyms *parse(const char *text)
{
	char err[256] = "";
	struct ksyms *ks = ksyms__parse(text, strlen(text), "test", err, sizeof(err));

	if (!ks)
		print_error("%s\n", err);
	return ks;
}

static void assert_find(const struct ksyms *ks, u64 addr, const char *want, const char *want_module,
			u64 want_off)
{
	const char *name, *module;
	u64 off;

	assert_int_equal(ksyms__find(ks, addr, &name, &module, &off), 0);
	assert_string_equal(name, want);
	assert_string_equal(module, want_module);
	assert_int_equal(off, want_off);
}

static void find_by_address(void **state)
{
	struct ksyms *ks = parse(kallsyms);

	(void)state;
	assert_non_null(ks);
	assert_find(ks, 0xffffffff81000010, "do_one", "", 0);
	assert_find(ks, 0xffffffff8100007f, "do_one", "", 0x6f);
	assert_find(ks, 0xffffffff81000105, "pin_user_pages", "", 5);
	assert_find(ks, 0xffffffff81000fff, "last_one", "", 0xdff);
	assert_find(ks, 0xffffffff81200020, "init_one", "", 0x10);
	assert_find(ks, 0xffffffffc0100041, "fuse_second", "fuse", 1);
	assert_find(ks, 0xffffffffc0080001, "xfs_fn", "xfs", 1);
	assert_int_equal(ksyms__find(ks, 0xffffffff80ffffff, NULL, NULL, NULL), -ENOENT);
	assert_int_equal(ksyms__find(ks, 0, NULL, NULL, NULL), -ENOENT);
	assert_int_equal(ksyms__find(ks, UINT64_MAX, NULL, NULL, NULL), -ENOENT);
	ksyms__free(ks);
}

static void find_by_name(void **state)
{
	struct ksyms *ks = parse(kallsyms);
	u64 addr = 0;

	(void)state;
	assert_non_null(ks);
	assert_int_equal(ksyms__addr(ks, "pin_user_pages", &addr), 0);
	assert_int_equal(addr, 0xffffffff81000100);
	assert_int_equal(ksyms__addr(ks, "twin", &addr), -ENOTUNIQ);
	assert_int_equal(addr, 0xffffffff81000080);
	assert_int_equal(ksyms__addr(ks, "pin_user_page", &addr), -ENOENT);
	assert_true(ksyms__has_function(ks, "twin"));
	assert_true(ksyms__has_function(ks, "fuse_second"));
	assert_false(ksyms__has_function(ks, "some_data"));
	assert_false(ksyms__has_function(ks, "bpf_trampoline_6442500000"));
	ksyms__free(ks);
}

static void bpf_is_what_is_no_text(void **state)
{
	static const struct {
		u64 addr;
		bool is_bpf;
	} cases[] = {
		{ 0xffffffff81000010, false }, { 0xffffffff81200020, false },
		{ 0xffffffffc0100050, false }, /* fuse */
		{ 0xffffffffc0900010, true },  /* a program */
		{ 0xffffffffc0900110, true },  /* a trampoline */
		{ 0xffffffffc0a00010, true },  /* ftrace's */
		{ 0xffffffffc0104000, true },  /* nameless, a while behind fuse */
		{ 0xffffffff81100000, true },  /* data of vmlinux */
		{ 0xffff888012345678, true },  { 0, true },
		{ 0xffffffff81001000, true }, /* _etext itself */
	};
	struct ksyms *ks = parse(kallsyms);
	u64 start, end;

	(void)state;
	assert_non_null(ks);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		if (ksyms__is_bpf(ks, cases[i].addr) != cases[i].is_bpf)
			fail_msg("case %zu", i);
	ksyms__text_range(ks, &start, &end);
	assert_int_equal(start, 0xffffffff81000000);
	assert_int_equal(end, 0xffffffff81001000);
	ksyms__free(ks);
}

static void zero_addresses_are_told(void **state)
{
	static const char text[] = "0000000000000000 T _stext\n0000000000000000 t a\n";
	char err[256];

	(void)state;
	assert_null(ksyms__parse(text, strlen(text), "/proc/kallsyms", err, sizeof(err)));
	assert_int_equal(errno, EPERM);
	assert_non_null(strstr(err, "/proc/kallsyms: all addresses are zero"));
	assert_non_null(strstr(err, "kernel.kptr_restrict"));
	assert_null(ksyms__parse(text, strlen(text), "x", NULL, 0));
}

static void hostile_lines_are_passed_over(void **state)
{
	static const char text[] = "\n \n  T\nffffffff81000000\nffffffff81000000 \n"
				   "ffffffff81000000 T\nffffffff81000000 T \n"
				   "fffffffff81000000f T too_many_digits\n"
				   "FFFFFFFF81000000 T upper_case\nxyz T no_hex\n"
				   "ffffffff81000000\tT tabs\n"
				   "ffffffff81000000 T open_bracket [\n"
				   "ffffffff81000010 T empty_module []\n"
				   "ffffffff81000020 T no_end [mod\n"
				   "ffffffff81000030 T good [mod]\n"
				   "ffffffff81000040 T the_end";
	struct ksyms *ks = parse(text);

	(void)state;
	assert_non_null(ks);
	assert_false(ksyms__has_function(ks, "too_many_digits"));
	assert_false(ksyms__has_function(ks, "upper_case"));
	assert_false(ksyms__has_function(ks, "tabs"));
	assert_find(ks, 0xffffffff81000031, "good", "mod", 1);
	assert_true(ksyms__has_function(ks, "the_end"));
	assert_int_equal(ksyms__cnt(ks), 5);
	ksyms__free(ks);
}

/* Each prefix and each flipped byte of the good file, and long and binary lines: no crash. */
static void mangled_text_is_survived(void **state)
{
	char copy[sizeof(kallsyms)], *long_line = malloc(100000);

	(void)state;
	for (size_t len = 0; len < sizeof(kallsyms); len++) {
		char *exact = malloc(len ? len : 1);

		memcpy(exact, kallsyms, len);
		ksyms__free(ksyms__parse(exact, len, "prefix", NULL, 0));
		free(exact);
	}
	for (size_t at = 0; at < sizeof(kallsyms); at++) {
		struct ksyms *ks;

		memcpy(copy, kallsyms, sizeof(copy));
		copy[at] ^= (char)(1 << at % 8);
		ks = ksyms__parse(copy, sizeof(copy), "flipped", NULL, 0);
		if (ks)
			ksyms__is_bpf(ks, 0xffffffff81000100);
		ksyms__free(ks);
	}
	assert_non_null(long_line);
	memset(long_line, 'f', 100000);
	memcpy(long_line, "ffffffff81000000 T ", 19);
	assert_null(ksyms__parse(long_line, 100000, "long", NULL, 0));
	assert_int_equal(errno, ENODATA);
	free(long_line);
}

static void no_file(void **state)
{
	char err[128];

	(void)state;
	assert_null(ksyms__load("/nonexistent", err, sizeof(err)));
	assert_int_equal(errno, ENOENT);
	assert_string_equal(err, "/nonexistent: No such file or directory");
	assert_null(ksyms__load("/", err, sizeof(err)));
	assert_int_equal(errno, EISDIR);
	assert_null(ksyms__load("/dev/zero", err, sizeof(err)));
	assert_int_equal(errno, EFBIG);
}

/* What the kernel of this machine says of itself; hidden or not, it must be one of the two. */
static void running_kernel(void **state)
{
	char err[256];
	struct ksyms *ks = ksyms__load(KSYMS_PATH, err, sizeof(err));
	u64 addr, start, end;

	(void)state;
	if (!ks && (errno == EPERM || errno == ENOENT)) {
		print_message("skipped: %s\n", err);
		skip();
	}
	assert_non_null(ks);
	assert_true(ksyms__cnt(ks) > 1000);
	assert_int_equal(ksyms__addr(ks, "unpin_user_page", &addr), 0);
	assert_find(ks, addr + 1, "unpin_user_page", "", 1);
	assert_false(ksyms__is_bpf(ks, addr));
	ksyms__text_range(ks, &start, &end);
	assert_in_range(addr, start, end);
	ksyms__free(ks);
}

/*
 * The same table when it is read by a thread: waited for, looked for until it is there, and left
 * alone.
 */
static void read_later(void **state)
{
	struct ksyms *now = ksyms__load(KSYMS_PATH, NULL, 0), *ks = NULL;
	int why = errno;
	struct ksyms_later *l = ksyms_later__start();

	(void)state;
	assert_non_null(l);
	assert_true(ksyms_later__get(l, true, &ks));
	assert_int_equal(!ks, !now);
	if (now)
		assert_int_equal(ksyms__cnt(ks), ksyms__cnt(now));
	else
		assert_int_equal(errno, why);
	ksyms_later__free(l);
	ksyms__free(ks);
	ksyms__free(now);

	l = ksyms_later__start();
	assert_non_null(l);
	while (!ksyms_later__get(l, false, &ks))
		usleep(1000);
	ksyms_later__free(l);
	ksyms__free(ks);
	ksyms_later__free(ksyms_later__start());
	ksyms_later__free(NULL);
}

/* Not static, never inlined: the function that the next tests look for. */
int __attribute__((noinline)) marked_function(int x);
int __attribute__((noinline)) marked_function(int x)
{
	return x * 7 + 1;
}
enum { MARKED_LINE = __LINE__ - 4 }; /* of its name */

static pid_t sleeping_child(void)
{
	pid_t pid = fork();

	if (pid)
		return pid;
	prctl(PR_SET_PDEATHSIG, SIGKILL); /* a test that fails leaves it behind */
	for (;;)
		pause();
}

static void end_child(pid_t pid)
{
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}

static void user_function_has_name_and_line(void **state)
{
	struct usyms *u = usyms__new();
	pid_t pid = sleeping_child();
	struct rec_sym sym;
	u64 addr = (uintptr_t)marked_function;

	(void)state;
	assert_true(pid > 0);
	assert_non_null(u);
	assert_int_equal(usyms__resolve(u, (u32)pid, addr, &sym), 0);
	assert_string_equal(sym.name, "marked_function");
	assert_int_equal(sym.off, 0);
	assert_int_equal(sym.tgid, pid);
	assert_int_equal(sym.h.kind, REC_SYM);
	assert_int_equal(sym.h.sz, sizeof(sym));
	assert_true(*sym.module && !strchr(sym.module, '/'));
	if (!strstr(sym.file, "ksyms_test.c"))
		fail_msg("file is '%s', line %u", sym.file, sym.line);
	assert_in_range(sym.line, MARKED_LINE, MARKED_LINE + 2); /* its body begins there */
	assert_int_equal(usyms__resolve(u, (u32)pid, addr + 1, &sym), 0);
	assert_int_equal(sym.off, 1);
	assert_int_equal(usyms__resolve(u, (u32)pid, (uintptr_t)setenv, &sym), 0);
	assert_non_null(strstr(sym.module, "libc"));
	assert_int_equal(usyms__gone(u), 0);
	end_child(pid);
	usyms__free(u);
}

static void gone_process_is_counted(void **state)
{
	struct usyms *u = usyms__new();
	pid_t pid = sleeping_child();
	u64 addr = (uintptr_t)marked_function;
	struct rec_sym sym;

	(void)state;
	assert_non_null(u);
	assert_int_equal(usyms__resolve(u, (u32)pid, addr, &sym), 0);
	kill(pid, SIGKILL);
	waitid(P_PID, (id_t)pid, NULL, WEXITED | WNOWAIT);
	usyms__forget(u, (u32)pid);
	/* a zombie, then nobody, then no such number at all */
	assert_int_equal(usyms__resolve(u, (u32)pid, addr, &sym), -ESRCH);
	waitpid(pid, NULL, 0);
	assert_int_equal(usyms__resolve(u, (u32)pid, addr, &sym), -ESRCH);
	assert_int_equal(usyms__resolve(u, 0, addr, &sym), -ESRCH);
	assert_int_equal(usyms__resolve(u, UINT32_MAX, addr, &sym), -ESRCH);
	assert_string_equal(sym.name, "");
	assert_int_equal(sym.addr, addr);
	assert_int_equal(usyms__gone(u), 4);
	usyms__free(u);
}

static void address_of_no_object(void **state)
{
	struct usyms *u = usyms__new();
	pid_t pid = sleeping_child();
	struct rec_sym sym;

	(void)state;
	assert_non_null(u);
	for (int i = 0; i < 100; i++)
		assert_int_equal(usyms__resolve(u, (u32)pid, 16, &sym), -ENOENT);
	assert_string_equal(sym.name, "");
	/* the heap and the stack are mapped, and are no objects */
	assert_int_equal(usyms__resolve(u, (u32)pid, (uintptr_t)&sym, &sym), -ENOENT);
	assert_int_equal(usyms__resolve(u, (u32)pid, UINT64_MAX, &sym), -ENOENT);
	end_child(pid);
	usyms__free(u);
}

static unsigned open_files(void)
{
	unsigned cnt = 0;

	for (int fd = 0; fd < 1024; fd++) {
		char path[64];

		snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
		cnt += !access(path, F_OK);
	}
	return cnt;
}

static void words_that_are_no_code(void **state)
{
	struct usyms *u = usyms__new();
	pid_t pid = sleeping_child();
	int on_stack = 0;

	(void)state;
	assert_true(usyms__may_be_code(u, (u32)pid, (uintptr_t)marked_function));
	assert_false(usyms__may_be_code(u, (u32)pid, (uintptr_t)&on_stack));
	assert_false(usyms__may_be_code(u, (u32)pid, 0x10));
	end_child(pid);
	usyms__free(u);
	/* of one that is gone nothing is known */
	u = usyms__new();
	assert_true(usyms__may_be_code(u, (u32)pid, 0x10));
	usyms__free(u);
}

/* More processes than are kept at a time: each is found, and nothing stays open. */
static void many_processes(void **state)
{
	struct usyms *u = usyms__new();
	unsigned before = open_files(), most = before;

	(void)state;
	assert_non_null(u);
	for (int i = 0; i < 40; i++) {
		pid_t pid = sleeping_child();
		struct rec_sym sym;
		int err = usyms__resolve(u, (u32)pid, (uintptr_t)marked_function, &sym);
		unsigned now = open_files();

		end_child(pid);
		assert_int_equal(err, 0);
		assert_string_equal(sym.name, "marked_function");
		most = now > most ? now : most;
	}
	assert_in_range(most, before, before + 64);
	usyms__free(u);
	assert_int_equal(open_files(), before);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(find_by_address),
		cmocka_unit_test(find_by_name),
		cmocka_unit_test(bpf_is_what_is_no_text),
		cmocka_unit_test(zero_addresses_are_told),
		cmocka_unit_test(hostile_lines_are_passed_over),
		cmocka_unit_test(mangled_text_is_survived),
		cmocka_unit_test(no_file),
		cmocka_unit_test(running_kernel),
		cmocka_unit_test(user_function_has_name_and_line),
		cmocka_unit_test(gone_process_is_counted),
		cmocka_unit_test(address_of_no_object),
		cmocka_unit_test(words_that_are_no_code),
		cmocka_unit_test(many_processes),
		/* last: leaves a thread that opens files */
		cmocka_unit_test(read_later),
	};

	return cmocka_run_group_tests_name("ksyms", tests, NULL, NULL);
}
