// SPDX-License-Identifier: GPL-2.0
/* What is kept of a kernel stack: capture/frames.h. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>
#include "capture/frames.h"
#include "kernel/ksyms.h"

static const char kallsyms[] = "ffffffff81000000 T _stext\n"
			       "ffffffff81000100 T pin_user_pages_fast\n"
			       "ffffffff81000200 T iov_iter_extract_pages\n"
			       "ffffffff81000300 T bio_iov_iter_get_pages\n"
			       "ffffffff81000400 T submit_bio\n"
			       "ffffffff81000500 T asm_sysvec_call_function_single\n"
			       "ffffffff81001000 T _etext\n"
			       "ffffffffc0900000 t bpf_prog_6deef7357e7b4530_fexit\t[bpf]\n"
			       "ffffffffc0900100 t bpf_trampoline_6442500000\t[bpf]\n";

#define PIN	   0xffffffff81000100
#define EXTRACT	   0xffffffff81000200
#define BIO	   0xffffffff81000300
#define SUBMIT	   0xffffffff81000400
#define INTERRUPT  0xffffffff81000500
#define PROGRAM	   0xffffffffc0900010
#define TRAMPOLINE 0xffffffffc0900140
/* behind the call in a function's entry, without and with endbr64 */
#define CALLED 5
#define ENDBR  4

#define STACK(...) (u64[]){ __VA_ARGS__ }, sizeof((u64[]){ __VA_ARGS__ }) / sizeof(u64)

static struct ksyms *ks;

static int setup(void **state)
{
	(void)state;
	ks = ksyms__parse(kallsyms, strlen(kallsyms), "test", NULL, 0);
	return !ks;
}

static int teardown(void **state)
{
	(void)state;
	ksyms__free(ks);
	return 0;
}

static void keeps(const u64 *found, u16 nr, const u64 *kept, u16 nr_kept)
{
	u64 ips[16];

	memcpy(ips, found, nr * sizeof(*ips));
	assert_int_equal(frames__keep_kernel(ks, ips, nr), nr_kept);
	assert_memory_equal(ips, kept, nr_kept * sizeof(*ips));
}

#ifdef __x86_64__
static void a_traced_function_is_there_once(void **state)
{
	(void)state;
	keeps(STACK(PIN + CALLED, EXTRACT + 0x60, BIO + 0x62, TRAMPOLINE, BIO + CALLED,
		    SUBMIT + 0x30),
	      STACK(PIN + CALLED, EXTRACT + 0x60, BIO + 0x62, SUBMIT + 0x30));
	keeps(STACK(PIN + ENDBR + CALLED, BIO + 0xba, TRAMPOLINE, BIO + ENDBR + CALLED,
		    SUBMIT + 0x30),
	      STACK(PIN + ENDBR + CALLED, BIO + 0xba, SUBMIT + 0x30));
}
#endif

/* The leaf is where our own hook is; a function that is only there by its entry did a tail call. */
static void an_entry_alone_stays(void **state)
{
	(void)state;
	keeps(STACK(PROGRAM, TRAMPOLINE, PIN + CALLED, BIO + CALLED, SUBMIT + 0x30),
	      STACK(PIN + CALLED, BIO + CALLED, SUBMIT + 0x30));
}

static void a_function_that_calls_itself_stays(void **state)
{
	(void)state;
	keeps(STACK(PIN + CALLED, BIO + 0x40, BIO + 0x62, BIO + 0x62),
	      STACK(PIN + CALLED, BIO + 0x40, BIO + 0x62, BIO + 0x62));
}

static void the_interrupted_task_goes(void **state)
{
	(void)state;
	keeps(STACK(PIN + CALLED, INTERRUPT + 0x1a, SUBMIT + 0x30),
	      STACK(PIN + CALLED, INTERRUPT + 0x1a));
}

static void a_table_is_old_when_a_frame_has_no_name(void **state)
{
	(void)state;
	assert_false(frames__any_unknown(ks, STACK(PIN, TRAMPOLINE)));
	assert_true(frames__any_unknown(ks, STACK(PIN, 0xffffffffc0100000)));
}

static void stubs_of_other_tracers_are_said(void **state)
{
	(void)state;
	assert_non_null(strstr(frames__hidden_caller("return_to_handler"), "function graph"));
	assert_non_null(strstr(frames__hidden_caller("arch_rethook_trampoline"), "return probe"));
	assert_null(frames__hidden_caller("pin_user_pages"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#ifdef __x86_64__
		cmocka_unit_test(a_traced_function_is_there_once),
#endif
		cmocka_unit_test(an_entry_alone_stays),
		cmocka_unit_test(a_function_that_calls_itself_stays),
		cmocka_unit_test(the_interrupted_task_goes),
		cmocka_unit_test(a_table_is_old_when_a_frame_has_no_name),
		cmocka_unit_test(stubs_of_other_tracers_are_said),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
