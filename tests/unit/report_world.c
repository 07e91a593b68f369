// SPDX-License-Identifier: GPL-2.0
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "report_world.h"

static void add_stack(struct world *w, u64 id, u8 type, u32 tgid, const u64 *ips, u16 nr)
{
	struct event_stack st = { .id = id, .type = type, .tgid = tgid, .nr = nr, .ips = ips };

	assert_int_equal(stacks__add(w->stacks, &st), 0);
}

static void add_sym(struct world *w, u32 tgid, u64 addr, u64 off, const char *name,
		    const char *module)
{
	struct rec_sym sym = { .addr = addr, .off = off, .tgid = tgid };

	snprintf(sym.name, sizeof(sym.name), "%s", name);
	snprintf(sym.module, sizeof(sym.module), "%s", module);
	if (tgid) {
		snprintf(sym.file, sizeof(sym.file), "/src/io_hold.c");
		sym.line = 42;
	}
	assert_int_equal(stacks__add_sym(w->stacks, &sym), 0);
}

static void fill_stacks(struct world *w)
{
	static const u64 pin[] = { 0x1000, 0x2000, 0x3000 }, unpin[] = { 0x4000, 0x9999 };
	static const u64 user[] = { 0x5000, 0x6000 };

	add_stack(w, 1, STACK_KERNEL, 0, pin, 3);
	add_stack(w, 2, STACK_KERNEL, 0, unpin, 2);
	add_stack(w, 3, STACK_USER, 1234, user, 2);
	add_sym(w, 0, 0x1000, 0x22, "pin_user_pages_fast", "");
	add_sym(w, 0, 0x2000, 0x8a, "io_pin_pages", "");
	add_sym(w, 0, 0x3000, 0x11c, "io_sqe_buffer_register", "");
	add_sym(w, 0, 0x4000, 0x10, "fuse_release", "fuse");
	add_sym(w, 1234, 0x5000, 0x1b, "register buffers;x", "io_hold");
	add_sym(w, 1234, 0x6000, 0x7, "main", "io_hold");
}

static void fill_holders(struct world *w)
{
	w->holder.task = (struct event_task){
		.tid = 1234, .tgid = 1234, .mm = 0xffff888012345678, .cgroup_id = 7
	};
	strcpy(w->holder.task.comm, "io_hold");
	w->holder.workload = true;
	w->holder.exited_ns = 5 * SEC;
	w->other.task = (struct event_task){ .tid = 78, .tgid = 77 };
	strcpy(w->other.task.comm, "dd");
}

static void fill_sites(struct world *w)
{
	struct event_file file = { .ustack_id = 3,
				   .dev = 8 << 20 | 1,
				   .ino = 12,
				   .fs_hook = HOOK_BLKDEV_READ_ITER,
				   .iter_kind = PIN_ITER_UBUF,
				   .iter_dir = PIN_DIR_DEST };

	strcpy(file.fs, "ext4");
	w->sites[0] = (struct ledger_site){ .holder = &w->holder,
					    .stack_id = 1,
					    .file = file,
					    .api = HOOK_PIN_USER_PAGES_FAST,
					    .flags = PIN_F_LONGTERM | PIN_F_WRITE,
					    .calls = 2,
					    .pinned_pages = 576,
					    .open_pages = 64,
					    .max_held_ns = 350000000,
					    .page_seconds = 1.5 };
	w->sites[1] = w->sites[0];
	w->sites[1].open_pages = 3;
	w->sites[2] = (struct ledger_site){ .holder = &w->other,
					    .api = HOOK_PIN_USER_PAGES,
					    .calls = 9,
					    .pinned_pages = 9,
					    .open_pages = 1 };
	for (int i = 0; i < 3; i++)
		w->site_ptrs[i] = &w->sites[i];
}

static void fill_leak(struct world *w, struct finding *f)
{
	*f = (struct finding){ .id = FINDING_LEAK,
			       .key = 0xabc,
			       .pages = 64,
			       .bytes = 64 * 4096,
			       .calls = 1,
			       .first_ns = 3 * SEC,
			       .age_ns = 2199999999,
			       .holder = w->holder.task,
			       .holder_exited = true,
			       .workload = true,
			       .api = HOOK_PIN_USER_PAGES_FAST,
			       .flags = PIN_F_LONGTERM | PIN_F_WRITE,
			       .stack_id = 1,
			       .ustack_id = 3,
			       .file = w->sites[0].file,
			       .release_api = HOOK_UNPIN_USER_PAGES,
			       .release_stack_id = 2,
			       .release_ts_ns = 9 * SEC,
			       .release_tid = 55,
			       .doc_case = 2,
			       .sample = { .pfn = 0x1234, .pages = 64 } };
	strcpy(f->release_comm, "kworker/1:2");
	strcpy(f->evidence, "448 of 512 pages were released");
}

int world_set_up(void **state)
{
	struct world *w = calloc(1, sizeof(*w));

	assert_non_null(w);
	w->session = session__new(NULL);
	assert_non_null(w->session);
	w->stacks = session__stacks(w->session);
	fill_stacks(w);
	fill_holders(w);
	fill_sites(w);
	fill_leak(w, &w->findings[0]);
	w->r = (struct report){ .findings = w->findings,
				.sites = w->site_ptrs,
				.stacks = w->stacks,
				.session = w->session,
				.start_ns = 1 * SEC,
				.end_ns = 10 * SEC };
	w->r.verdict = (struct verdict){ .pinned_pages = 512,
					 .released_pages = 512,
					 .stacks = 12,
					 .have_vmstat = true,
					 .vmstat_explained = true,
					 .vm_acquired = 512,
					 .seen_acquired = 512,
					 .vm_released = 512,
					 .seen_released = 512 };
	w->o.view = VIEW_ALL;
	*state = w;
	return 0;
}

int world_tear_down(void **state)
{
	struct world *w = *state;

	session__free(w->session);
	free(w);
	return 0;
}

void world_one_leak(struct world *w)
{
	struct verdict *v = &w->r.verdict;

	w->r.nr_findings = 1;
	v->kind = VERDICT_FINDINGS;
	v->nr_findings = v->count[FINDING_LEAK] = 1;
	v->released_pages = 448;
	v->open_pages = 64;
}

char *world_render(struct world *w, const char *format)
{
	const struct renderer *renderer = renderer__find(format);
	char *text = NULL;
	size_t sz;
	FILE *out = open_memstream(&text, &sz);

	assert_non_null(renderer);
	assert_non_null(out);
	assert_int_equal(renderer->render(&w->r, &w->o, out), 0);
	fclose(out);
	return text;
}

void world_assert_text(struct world *w, const char *format, const char *want)
{
	char *text = world_render(w, format);

	assert_string_equal(text, want);
	free(text);
}

void world_assert_has(struct world *w, const char *format, const char *part)
{
	char *text = world_render(w, format);

	if (!strstr(text, part))
		fail_msg("'%s' is not in:\n%s", part, text);
	free(text);
}
