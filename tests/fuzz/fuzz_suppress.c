// SPDX-License-Identifier: GPL-2.0
/* The parser of suppression files, and its globs over names of every sort. */
#include <stdlib.h>
#include <string.h>
#include "judge/suppress.h"

int LLVMFuzzerTestOneInput(const u8 *data, size_t sz);

static struct stacks *some_stacks(void)
{
	static const char *const names[] = {
		"io_sqe_buffer_register.isra.0", "a", ".", "[]*?",
		"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab"
	};
	struct stacks *s = stacks__new();
	u64 ips[5];

	for (u64 i = 0; s && i < 5; i++) {
		struct rec_sym sym = { .addr = 0xffffffff81000000 + i };

		ips[i] = sym.addr;
		strcpy(sym.name, names[i]);
		stacks__add_sym(s, &sym);
	}
	if (s)
		stacks__add(s, &(struct event_stack){
				       .id = 1, .type = STACK_KERNEL, .nr = 5, .ips = ips });
	return s;
}

static int look(const char *line, const char *reason, u64 calls, u64 pages, void *arg)
{
	/* What a line promises: something to match, and why. */
	if (!strchr(line, ':') || !*reason || pages < calls)
		abort();
	++*(size_t *)arg;
	return 0;
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t sz)
{
	struct finding f = { .stack_id = 1, .calls = 1, .pages = 2 };
	struct stacks *stacks = some_stacks();
	char *text = malloc(sz + 1), err[100] = "";
	struct suppressions *s = NULL;
	size_t lines = 0;

	if (text && stacks) {
		memcpy(text, data, sz);
		text[sz] = '\0';
		s = suppressions__parse(text, "fuzz", err, sizeof(err));
		if (!s && !*err)
			abort();
	}
	if (s) {
		strcpy(f.holder.comm, "kworker/0:1");
		strcpy(f.file.fs, "ext4");
		for (f.id = 0; f.id < FINDING_CNT; f.id++)
			if (suppressions__match(s, &f, stacks) && f.id == FINDING_UNRECONCILED)
				abort();
		suppressions__for_each(s, look, &lines);
	}
	suppressions__free(s);
	stacks__free(stacks);
	free(text);
	return 0;
}
