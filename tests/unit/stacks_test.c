// SPDX-License-Identifier: GPL-2.0
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "ledger/stacks.h"

static int new_stacks(void **state)
{
	*state = stacks__new();
	return !*state;
}

static int free_stacks(void **state)
{
	stacks__free(*state);
	return 0;
}

static void add(struct stacks *s, u64 id, u8 type, u32 tgid, u16 nr, const u64 *ips)
{
	struct event_stack st = { .id = id, .type = type, .tgid = tgid, .nr = nr, .ips = ips };

	assert_int_equal(stacks__add(s, &st), 0);
}

static void add_sym(struct stacks *s, u32 tgid, u64 addr, u64 off, const char *name,
		    const char *module)
{
	struct rec_sym sym = { .addr = addr, .off = off, .tgid = tgid };

	snprintf(sym.name, sizeof(sym.name), "%s", name);
	snprintf(sym.module, sizeof(sym.module), "%s", module);
	assert_int_equal(stacks__add_sym(s, &sym), 0);
}

static void stack_is_copied(void **state)
{
	u64 ips[3] = { 11, 12, 13 };
	const struct event_stack *st;

	add(*state, 7, STACK_KERNEL, 0, 3, ips);
	ips[0] = 99;
	st = stacks__get(*state, 7);
	assert_non_null(st);
	assert_int_equal(st->nr, 3);
	assert_int_equal(st->ips[0], 11);
	assert_int_equal(st->ips[2], 13);
	assert_null(stacks__get(*state, 8));
	assert_null(stacks__get(*state, 0));
}

static void known_id_is_kept(void **state)
{
	const u64 first[] = { 1 }, second[] = { 2 };

	add(*state, 7, STACK_KERNEL, 0, 1, first);
	add(*state, 7, STACK_KERNEL, 0, 1, second);
	add(*state, 8, STACK_USER, 5, 1, second);
	add(*state, 0, STACK_USER, 5, 1, second); /* 0 means none */
	add(*state, 9, STACK_USER, 5, 0, NULL);
	assert_int_equal(stacks__get(*state, 7)->ips[0], 1);
	assert_int_equal(stacks__cnt(*state, STACK_KERNEL), 1);
	assert_int_equal(stacks__cnt(*state, STACK_USER), 2);
	assert_int_equal(stacks__cnt(*state, 77), 0);
}

static void symbols_are_per_address_space(void **state)
{
	add_sym(*state, 0, 0x1000, 4, "kernel_fn", "");
	add_sym(*state, 5, 0x1000, 5, "of_five", "libfive.so");
	add_sym(*state, 6, 0x1000, 6, "of_six", "libfive.so");
	assert_string_equal(stacks__sym(*state, 0, 0x1000)->name, "kernel_fn");
	assert_string_equal(stacks__sym(*state, 5, 0x1000)->name, "of_five");
	assert_string_equal(stacks__sym(*state, 6, 0x1000)->name, "of_six");
	assert_string_equal(stacks__sym(*state, 7, 0x1000)->name, "");
	assert_string_equal(stacks__sym(*state, 7, 0x1000)->module, "");
	assert_string_equal(stacks__sym(*state, 7, 0x1000)->file, "");
	/* equal strings are one */
	assert_ptr_equal(stacks__sym(*state, 5, 0x1000)->module,
			 stacks__sym(*state, 6, 0x1000)->module);
}

static void late_name_fills_in(void **state)
{
	const struct symbol *sym;

	add_sym(*state, 0, 0x1000, 0, "", "");
	sym = stacks__sym(*state, 0, 0x1000);
	add_sym(*state, 0, 0x1000, 4, "late", "mod");
	assert_string_equal(sym->name, "late");
	add_sym(*state, 0, 0x1000, 4, "later", "mod");
	add_sym(*state, 0, 0x1000, 0, "", "");
	assert_string_equal(sym->name, "late");
}

static void borrowed_pointers_survive_growth(void **state)
{
	const u64 ip = 0x42;
	const struct event_stack *st;
	const struct symbol *sym;
	const char *name;

	add(*state, 1, STACK_KERNEL, 0, 1, &ip);
	add_sym(*state, 0, 1, 0, "first", "");
	st = stacks__get(*state, 1);
	sym = stacks__sym(*state, 0, 1);
	name = sym->name;
	for (u64 i = 2; i < 20000; i++) {
		char text[32];

		snprintf(text, sizeof(text), "name%u", (unsigned)i);
		add(*state, i << 40, STACK_KERNEL, 0, 1, &i);
		add_sym(*state, i % 3, i << 12, 0, text, "");
	}
	assert_int_equal(stacks__cnt(*state, STACK_KERNEL), 19999);
	assert_ptr_equal(stacks__get(*state, 1), st);
	assert_ptr_equal(stacks__sym(*state, 0, 1), sym);
	assert_string_equal(name, "first");
	for (u64 i = 2; i < 20000; i++) {
		char text[32];

		snprintf(text, sizeof(text), "name%u", (unsigned)i);
		assert_int_equal(stacks__get(*state, i << 40)->ips[0], i);
		assert_string_equal(stacks__sym(*state, i % 3, i << 12)->name, text);
	}
}

static void frame_texts(void **state)
{
	const u64 ips[] = { 0x1000, 0x2000, 0xffffffff81234567, 0x3000 };
	const struct event_stack *st;
	char buf[64];

	add(*state, 1, STACK_KERNEL, 1234, 4, ips);
	add_sym(*state, 0, 0x1000, 0x8a, "io_pin_pages", "");
	add_sym(*state, 0, 0x2000, 0x1c, "fuse_direct_io", "fuse");
	add_sym(*state, 0, 0x3000, 0, "", "libx.so");
	st = stacks__get(*state, 1);
	assert_string_equal(stacks__frame_text(*state, st, 0, buf, sizeof(buf)),
			    "io_pin_pages+0x8a");
	assert_string_equal(stacks__frame_text(*state, st, 1, buf, sizeof(buf)),
			    "fuse_direct_io+0x1c [fuse]");
	assert_string_equal(stacks__frame_text(*state, st, 2, buf, sizeof(buf)),
			    "0xffffffff81234567");
	assert_string_equal(stacks__frame_text(*state, st, 3, buf, sizeof(buf)),
			    "0x3000 [libx.so]");
	assert_string_equal(stacks__frame_text(*state, st, 4, buf, sizeof(buf)), "?");
	assert_string_equal(stacks__frame_text(*state, st, 1, buf, 5), "fuse");
	assert_string_equal(stacks__frame_text(*state, st, 1, buf, 18), "fuse_direct_io+0x");
	assert_string_equal(stacks__frame_text(*state, st, 1, buf, 22), "fuse_direct_io+0x1c [");
}

/* Another boot: the same functions at other addresses, in other offsets even. */
static void name_hash_is_of_names(void **state)
{
	const u64 boot1[] = { 0x1000, 0x2000 }, boot2[] = { 0x9000, 0xa000 },
		  odd[] = { 0x1000, 0x5000 };
	const u64 swapped[] = { 0x2000, 0x1000 }, odder[] = { 0x1000, 0x6000 };
	struct stacks *other = stacks__new();

	assert_non_null(other);
	add(*state, 1, STACK_KERNEL, 0, 2, boot1);
	add(*state, 2, STACK_KERNEL, 0, 2, odd);
	add(*state, 3, STACK_KERNEL, 0, 2, odder);
	add(*state, 4, STACK_KERNEL, 0, 2, swapped);
	add_sym(*state, 0, 0x1000, 1, "a", "");
	add_sym(*state, 0, 0x2000, 2, "b", "mod");
	add(other, 77, STACK_KERNEL, 0, 2, boot2);
	add_sym(other, 0, 0x9000, 3, "a", "");
	add_sym(other, 0, 0xa000, 4, "b", "mod");
	assert_true(stacks__name_hash(*state, 1) == stacks__name_hash(other, 77));
	assert_true(stacks__name_hash(*state, 1) != stacks__name_hash(*state, 2));
	assert_true(stacks__name_hash(*state, 2) != stacks__name_hash(*state, 3));
	assert_true(stacks__name_hash(*state, 1) != stacks__name_hash(*state, 4));
	/* pinned: written to JSON as part of `key`, so it must not drift between versions */
	assert_true(stacks__name_hash(*state, 1) == 0x56eb18c9eec50a6ull);
	assert_true(stacks__name_hash(*state, 99) == 0);
	stacks__free(other);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(stack_is_copied, new_stacks, free_stacks),
		cmocka_unit_test_setup_teardown(known_id_is_kept, new_stacks, free_stacks),
		cmocka_unit_test_setup_teardown(symbols_are_per_address_space, new_stacks,
						free_stacks),
		cmocka_unit_test_setup_teardown(late_name_fills_in, new_stacks, free_stacks),
		cmocka_unit_test_setup_teardown(borrowed_pointers_survive_growth, new_stacks,
						free_stacks),
		cmocka_unit_test_setup_teardown(frame_texts, new_stacks, free_stacks),
		cmocka_unit_test_setup_teardown(name_hash_is_of_names, new_stacks, free_stacks),
	};

	return cmocka_run_group_tests_name("stacks", tests, NULL, NULL);
}
