// SPDX-License-Identifier: GPL-2.0
/* decode(): what it makes of good records, and that it refuses the others with a reason. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "record/decode.h"

/* Room for a record and what is appended to it, aligned as in a ring. */
union room {
	struct rec_hdr h;
	struct rec_pin pin;
	struct rec_unpin unpin;
	struct rec_stack stack;
	struct rec_task task;
	struct rec_lost lost;
	struct rec_vmstat vmstat;
	struct rec_mark mark;
	struct rec_meta meta;
	struct rec_hook hook;
	struct rec_sym sym;
	struct rec_stack_use stack_use;
	struct rec_page page;
	struct rec_owner owner;
	struct rec_ns_pid ns_pid;
	struct rec_writeback writeback;
	u64 words[256];
};

/* A record of this kind that is as short as it can be, and good. */
static void make(union room *r, u16 kind, size_t sz)
{
	memset(r, 0, sizeof(*r));
	r->h = (struct rec_hdr){ .sz = sz, .kind = kind, .cpu = 3, .ts_ns = 77 };
	switch (kind) {
	case REC_META:
		r->meta.wire_version = PINACCT_WIRE_VERSION;
		r->meta.page_bytes = 4096;
		break;
	case REC_STACK:
		r->stack.type = STACK_KERNEL;
		break;
	case REC_LOST:
		r->lost.reason = LOSS_RING_PIN;
		break;
	case REC_VMSTAT:
		r->vmstat.phase = VMSTAT_START;
		break;
	case REC_MARK:
		r->mark.mark = MARK_START;
		break;
	case REC_PAGE:
		r->page.phase = PAGE_PHASE_SUSPECT;
		r->page.folios = 1;
		break;
	case REC_NS_PID:
		r->ns_pid.ns_tid = r->ns_pid.ns_tgid = 1;
		break;
	case REC_OWNER:
		r->owner.kind = OWNER_IO_URING;
		break;
	}
}

static void assert_refused(const void *buf, size_t avail, int err, const char *reason)
{
	struct event e;
	const char *why = NULL;

	assert_int_equal(decode(buf, avail, &e, &why), err);
	assert_non_null(why);
	assert_string_equal(why, reason);
	assert_int_equal(e.kind, EVENT_NONE);
	/* Nobody has to ask why. */
	assert_int_equal(decode(buf, avail, &e, NULL), err);
}

static void assert_event(const union room *r, enum event_kind kind, struct event *e)
{
	const char *why = NULL;

	assert_int_equal(decode(r, sizeof(*r), e, &why), r->h.sz);
	assert_null(why);
	assert_int_equal(e->kind, kind);
	assert_int_equal(e->cpu, 3);
	assert_int_equal(e->ts_ns, 77);
}

static const struct {
	u16 kind;
	enum event_kind event;
	size_t sz;
} all_kinds[] = {
#define X(id, number, type, ...) { number, EVENT_##id, sizeof(struct type) },
	PINACCT_RECORDS(X)
#undef X
};

static size_t first_size(u16 kind, size_t sz)
{
	return kind == REC_VMSTAT ? REC_VMSTAT_FIRST_BYTES : sz;
}

static void test_every_kind(void **state)
{
	union room r;
	struct event e;

	(void)state;
	for (size_t i = 0; i < sizeof(all_kinds) / sizeof(*all_kinds); i++) {
		make(&r, all_kinds[i].kind, all_kinds[i].sz);
		assert_event(&r, all_kinds[i].event, &e);
		/* Fields that a later version appends are stepped over. */
		make(&r, all_kinds[i].kind, all_kinds[i].sz + 24);
		assert_event(&r, all_kinds[i].event, &e);
		make(&r, all_kinds[i].kind, first_size(all_kinds[i].kind, all_kinds[i].sz) - 8);
		assert_refused(&r, sizeof(r), -EBADMSG, "a record too short for its kind");
		make(&r, all_kinds[i].kind, all_kinds[i].sz);
		assert_refused(&r, all_kinds[i].sz - 1, -ENODATA, "the data ends inside a record");
	}
}

static void test_framing(void **state)
{
	static const u32 bad[] = { 0, 8, 15, 17, 20, REC_MAX_BYTES + 8, 0x80000000u, UINT32_MAX };
	union room r;
	struct event e;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		make(&r, 99, bad[i]);
		assert_refused(&r, SIZE_MAX, -EBADMSG, "a record length out of bounds");
	}
	for (size_t avail = 0; avail < sizeof(struct rec_hdr); avail++)
		assert_refused(&r, avail, -ENODATA, "the data ends inside a record header");
	make(&r, 99, 24);
	assert_refused(&r, 16, -ENODATA, "the data ends inside a record");
	assert_int_equal(decode(&r, 24, &e, NULL), 24);
	for (size_t shift = 1; shift < 8; shift++)
		assert_refused((char *)&r + shift, 100, -EBADMSG, "a record that is not aligned");
}

static void test_unknown_is_skipped(void **state)
{
	static const u16 unknown[] = { 0, REC_KIND_MAX, 99, UINT16_MAX };
	union room r;
	struct event e;

	(void)state;
	for (size_t i = 0; i < sizeof(unknown) / sizeof(*unknown); i++) {
		make(&r, unknown[i], 16);
		assert_event(&r, EVENT_SKIPPED, &e);
	}
	make(&r, REC_MARK, sizeof(r.mark));
	r.mark.mark = MARK_KIND_MAX;
	assert_event(&r, EVENT_SKIPPED, &e);
	make(&r, REC_VMSTAT, sizeof(r.vmstat));
	r.vmstat.phase = VMSTAT_END + 1;
	assert_event(&r, EVENT_SKIPPED, &e);
	make(&r, REC_STACK, sizeof(r.stack));
	r.stack.type = STACK_USER + 1;
	assert_event(&r, EVENT_SKIPPED, &e);
}

static void make_pin(union room *r, u32 nr_runs)
{
	struct rec_run *runs = (struct rec_run *)(&r->pin + 1);

	make(r, REC_PIN, sizeof(r->pin) + nr_runs * sizeof(*runs));
	r->pin.nr_runs = nr_runs;
	for (u32 i = 0; i < nr_runs; i++)
		runs[i] = (struct rec_run){ .pfn = 100 + i, .pages = 1 };
}

static void test_pin_fields(void **state)
{
	union room r;
	struct event e;

	(void)state;
	make_pin(&r, 2);
	r.pin.call_id = 1;
	r.pin.stack_id = 2;
	r.pin.ustack_id = 3;
	r.pin.mm = 4;
	r.pin.bio = 5;
	r.pin.cgroup_id = 6;
	r.pin.ino = 7;
	r.pin.dev = 8;
	r.pin.tid = 9;
	r.pin.tgid = 10;
	r.pin.api = HOOK_PIN_USER_PAGES_FAST;
	r.pin.flags = PIN_F_WRITE | PIN_F_MORE;
	r.pin.iter_kind = PIN_ITER_BVEC;
	r.pin.iter_dir = PIN_DIR_DEST;
	r.pin.fs_hook = HOOK_BLKDEV_READ_ITER;
	memset(r.pin.comm, 'c', sizeof(r.pin.comm)); /* no end: the event has one */
	memset(r.pin.fs, 'f', sizeof(r.pin.fs));
	assert_event(&r, EVENT_PIN, &e);
	assert_int_equal(e.pin.call.call_id, 1);
	assert_int_equal(e.pin.call.stack_id, 2);
	assert_int_equal(e.pin.file.ustack_id, 3);
	assert_int_equal(e.pin.call.task.mm, 4);
	assert_int_equal(e.pin.call.bio, 5);
	assert_int_equal(e.pin.call.task.cgroup_id, 6);
	assert_int_equal(e.pin.file.ino, 7);
	assert_int_equal(e.pin.file.dev, 8);
	assert_int_equal(e.pin.call.task.tid, 9);
	assert_int_equal(e.pin.call.task.tgid, 10);
	assert_int_equal(e.pin.call.api, HOOK_PIN_USER_PAGES_FAST);
	assert_int_equal(e.pin.call.flags, PIN_F_WRITE | PIN_F_MORE);
	assert_int_equal(e.pin.file.iter_kind, PIN_ITER_BVEC);
	assert_int_equal(e.pin.file.iter_dir, PIN_DIR_DEST);
	assert_int_equal(e.pin.file.fs_hook, HOOK_BLKDEV_READ_ITER);
	assert_string_equal(e.pin.call.task.comm, "ccccccccccccccc");
	assert_string_equal(e.pin.file.fs, "fffffffffffffff");
	assert_int_equal(e.pin.call.nr_runs, 2);
	assert_ptr_equal(e.pin.call.runs, &r.pin + 1);
	r.pin.iter_kind = PIN_ITER_DISCARD + 1;
	r.pin.iter_dir = PIN_DIR_DEST + 1;
	assert_event(&r, EVENT_PIN, &e);
	assert_int_equal(e.pin.file.iter_kind, PIN_ITER_NONE);
	assert_int_equal(e.pin.file.iter_dir, PIN_DIR_NONE);
}

static void test_unpin_fields(void **state)
{
	struct rec_run *runs;
	union room r;
	struct event e;

	(void)state;
	make(&r, REC_UNPIN, sizeof(r.unpin) + sizeof(*runs));
	r.unpin.call_id = 1;
	r.unpin.stack_id = 2;
	r.unpin.mm = 3;
	r.unpin.bio = 4;
	r.unpin.tid = 5;
	r.unpin.tgid = 6;
	r.unpin.api = HOOK_UNPIN_FOLIO;
	r.unpin.flags = PIN_F_IRQ;
	r.unpin.nr_runs = 1;
	memset(r.unpin.comm, 'u', sizeof(r.unpin.comm));
	runs = (struct rec_run *)(&r.unpin + 1);
	runs[0] = (struct rec_run){ .pfn = 512, .pages = 9, .order = 9, .flags = RUN_FOLIO };
	assert_event(&r, EVENT_UNPIN, &e);
	assert_int_equal(e.unpin.call.call_id, 1);
	assert_int_equal(e.unpin.call.stack_id, 2);
	assert_int_equal(e.unpin.call.task.mm, 3);
	assert_int_equal(e.unpin.call.bio, 4);
	assert_int_equal(e.unpin.call.task.tid, 5);
	assert_int_equal(e.unpin.call.task.tgid, 6);
	assert_int_equal(e.unpin.call.api, HOOK_UNPIN_FOLIO);
	assert_int_equal(e.unpin.call.flags, PIN_F_IRQ);
	assert_string_equal(e.unpin.call.task.comm, "uuuuuuuuuuuuuuu");
	assert_int_equal(e.unpin.call.runs[0].pages, 9);
	runs[0].pages = 0;
	assert_refused(&r, sizeof(r), -EBADMSG, "a run of no pages");
}

static void test_runs(void **state)
{
	struct rec_run *runs;
	union room r;
	struct event e;

	(void)state;
	make_pin(&r, 2);
	runs = (struct rec_run *)(&r.pin + 1);
	r.pin.nr_runs = 3;
	assert_refused(&r, sizeof(r), -EBADMSG, "more runs than the record holds");
	r.pin.nr_runs = UINT32_MAX; /* times 16 it wraps to a small number in 32 bits */
	assert_refused(&r, sizeof(r), -EBADMSG, "more runs than the record holds");
	r.pin.nr_runs = 0x10000000;
	assert_refused(&r, sizeof(r), -EBADMSG, "more runs than the record holds");
	r.pin.nr_runs = 1; /* fewer is fine: the rest was appended */
	assert_event(&r, EVENT_PIN, &e);
	r.pin.nr_runs = 2;
	runs[1].pages = 0;
	assert_refused(&r, sizeof(r), -EBADMSG, "a run of no pages");
	runs[1] = (struct rec_run){ .pfn = UINT64_MAX, .pages = 1 };
	assert_refused(&r, sizeof(r), -EBADMSG, "a run wraps");
	runs[1] = (struct rec_run){ .pfn = UINT64_MAX - 1, .pages = 1 };
	assert_event(&r, EVENT_PIN, &e);
	runs[1] = (struct rec_run){ .pfn = 1, .pages = (1u << 30) - 1, .order = 30 };
	assert_event(&r, EVENT_PIN, &e);
	runs[1].pages++;
	assert_refused(&r, sizeof(r), -EBADMSG, "a run of pages beyond its folio or its 2 MiB");
	runs[1].flags = RUN_FOLIO; /* pins, not pages */
	runs[1].pages = UINT32_MAX;
	assert_event(&r, EVENT_PIN, &e);
	runs[1] = (struct rec_run){ .pfn = 512 + 1, .pages = 511, .order = 4 };
	assert_event(&r, EVENT_PIN, &e);
	runs[1].pages++;
	assert_refused(&r, sizeof(r), -EBADMSG, "a run of pages beyond its folio or its 2 MiB");
	runs[1] = (struct rec_run){ .pfn = 1, .pages = 511, .order = 31 };
	assert_refused(&r, sizeof(r), -EBADMSG, "a folio order out of range");
	runs[1].order = RUN_ORDER_UNKNOWN;
	assert_event(&r, EVENT_PIN, &e);
	runs[1].pages++;
	assert_refused(&r, sizeof(r), -EBADMSG, "a run of pages beyond its folio or its 2 MiB");
}

static void test_stack(void **state)
{
	union room r;
	struct event e;

	(void)state;
	make(&r, REC_STACK, sizeof(r.stack) + 2 * sizeof(u64));
	r.stack.id = 5;
	r.stack.tgid = 6;
	r.stack.type = STACK_USER;
	r.stack.flags = STACK_F_TRUNCATED;
	r.stack.nr = 2;
	assert_event(&r, EVENT_STACK, &e);
	assert_int_equal(e.stack.id, 5);
	assert_int_equal(e.stack.tgid, 6);
	assert_int_equal(e.stack.type, STACK_USER);
	assert_int_equal(e.stack.flags, STACK_F_TRUNCATED);
	assert_int_equal(e.stack.nr, 2);
	assert_ptr_equal(e.stack.ips, &r.stack + 1);
	r.stack.nr = 3;
	assert_refused(&r, sizeof(r), -EBADMSG, "more frames than the record holds");
	r.h.sz = sizeof(r);
	r.stack.nr = REC_STACK_MAX_FRAMES;
	assert_event(&r, EVENT_STACK, &e);
	r.stack.nr++;
	assert_refused(&r, sizeof(r), -EBADMSG, "a stack of too many frames");
}

static void test_task(void **state)
{
	union room r;
	struct event e;

	(void)state;
	make(&r, REC_EXIT, sizeof(r.task));
	r.task.mm = 1;
	r.task.tid = 2;
	r.task.tgid = 3;
	r.task.parent = 4;
	r.task.group_dead = 1;
	memset(r.task.comm, 't', sizeof(r.task.comm));
	assert_event(&r, EVENT_EXIT, &e);
	assert_int_equal(e.task.mm, 1);
	assert_int_equal(e.task.tid, 2);
	assert_int_equal(e.task.tgid, 3);
	assert_int_equal(e.task.parent, 4);
	assert_int_equal(e.task.group_dead, 1);
	assert_string_equal(e.task.comm, "ttttttttttttttt");
}

/* It grew: what a record of before has not is 0, and what lies behind that record is not its own.
 */
static void test_vmstat(void **state)
{
	union room r;
	struct event e;

	(void)state;
	make(&r, REC_VMSTAT, sizeof(r.vmstat));
	r.vmstat.zero_released = 4;
	r.vmstat.slack = 5;
	assert_event(&r, EVENT_VMSTAT, &e);
	assert_memory_equal(&e.vmstat, &r.vmstat, sizeof(r.vmstat));
	r.h.sz = REC_VMSTAT_FIRST_BYTES;
	assert_event(&r, EVENT_VMSTAT, &e);
	assert_int_equal(e.vmstat.zero_released, 4);
	assert_int_equal(e.vmstat.slack, 0);
}

static void test_borrowed(void **state)
{
	union room r;
	struct event e;

	(void)state;
	make(&r, REC_LOST, sizeof(r.lost));
	assert_event(&r, EVENT_LOST, &e);
	assert_ptr_equal(e.lost, &r);
	make(&r, REC_MARK, sizeof(r.mark));
	assert_event(&r, EVENT_MARK, &e);
	assert_ptr_equal(e.mark, &r);
	make(&r, REC_META, sizeof(r.meta));
	assert_event(&r, EVENT_META, &e);
	assert_ptr_equal(e.meta, &r);
	make(&r, REC_HOOK, sizeof(r.hook));
	assert_event(&r, EVENT_HOOK, &e);
	assert_ptr_equal(e.hook, &r);
	make(&r, REC_SYM, sizeof(r.sym));
	assert_event(&r, EVENT_SYM, &e);
	assert_ptr_equal(e.sym, &r);
}

#define TEXT(kind, member)                                                                         \
	{                                                                                          \
		kind, offsetof(union room, member), sizeof(((union room *)NULL)->member)           \
	}

static void test_texts_end(void **state)
{
	static const struct {
		u16 kind;
		size_t off, sz;
	} texts[] = {
		TEXT(REC_MARK, mark.text),    TEXT(REC_META, meta.release),
		TEXT(REC_META, meta.boot_id), TEXT(REC_META, meta.machine),
		TEXT(REC_META, meta.tool),    TEXT(REC_META, meta.command),
		TEXT(REC_HOOK, hook.symbol),  TEXT(REC_SYM, sym.name),
		TEXT(REC_SYM, sym.module),    TEXT(REC_SYM, sym.file),
	};
	union room r;
	struct event e;

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
		make(&r, texts[i].kind, sizeof(r));
		memset((char *)&r + texts[i].off, 'x', texts[i].sz);
		assert_refused(&r, sizeof(r), -EBADMSG, "a text without an end");
		((char *)&r)[texts[i].off + texts[i].sz - 1] = '\0';
		assert_true(decode(&r, sizeof(r), &e, NULL) > 0);
	}
}

static void test_numbers_that_index(void **state)
{
	union room r;
	struct event e;

	(void)state;
	make_pin(&r, 0);
	r.pin.api = HOOK_ID_MAX - 1;
	assert_event(&r, EVENT_PIN, &e);
	r.pin.api = HOOK_ID_MAX;
	assert_refused(&r, sizeof(r), -EBADMSG, "a hook number out of range");
	make_pin(&r, 0);
	r.pin.fs_hook = HOOK_ID_MAX;
	assert_refused(&r, sizeof(r), -EBADMSG, "a hook number out of range");
	make(&r, REC_UNPIN, sizeof(r.unpin));
	r.unpin.api = UINT16_MAX;
	assert_refused(&r, sizeof(r), -EBADMSG, "a hook number out of range");
	make(&r, REC_HOOK, sizeof(r.hook));
	r.hook.api = HOOK_ID_MAX;
	assert_refused(&r, sizeof(r), -EBADMSG, "a hook number out of range");
	make(&r, REC_LOST, sizeof(r.lost));
	r.lost.api = UINT32_MAX;
	assert_refused(&r, sizeof(r), -EBADMSG, "a hook number out of range");
	make(&r, REC_LOST, sizeof(r.lost));
	r.lost.reason = LOSS_MAX;
	assert_refused(&r, sizeof(r), -EBADMSG, "a loss for a reason that is not known");
	r.lost.reason = LOSS_NONE;
	assert_refused(&r, sizeof(r), -EBADMSG, "a loss for a reason that is not known");
}

static void test_meta_sanity(void **state)
{
	static const u32 bad[] = { 0, 3, 4095, UINT32_MAX };
	union room r;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		make(&r, REC_META, sizeof(r.meta));
		r.meta.page_bytes = bad[i];
		assert_refused(&r, sizeof(r), -EBADMSG, "a page size that is no power of two");
	}
	make(&r, REC_META, sizeof(r.meta));
	r.meta.wire_version = 0;
	assert_refused(&r, sizeof(r), -EBADMSG, "a stream of wire version 0");
}

/* Memory behind `avail` is never touched: the copy is exactly that long, ASan watches the rest. */
/* The pages of an owner are not cut: 64 MiB of an io_uring buffer are one run. */
static void test_owner_runs_are_whole(void **state)
{
	struct rec_run *runs;
	union room r;
	struct event e;

	(void)state;
	make(&r, REC_OWNER, sizeof(r.owner) + sizeof(*runs));
	runs = (struct rec_run *)(&r.owner + 1);
	r.owner.nr_runs = 1;
	runs[0] = (struct rec_run){ .pfn = 0x9800, .pages = 16384 };
	assert_event(&r, EVENT_OWNER, &e);
	runs[0].pages = 0;
	assert_refused(&r, sizeof(r), -EBADMSG, "a run of no pages");
}

static void test_reads_no_further(void **state)
{
	union room r;
	struct event e;

	(void)state;
	make_pin(&r, 4);
	for (size_t avail = 0; avail < r.h.sz; avail++) {
		void *copy = malloc(avail + !avail);

		memcpy(copy, &r, avail);
		assert_int_equal(decode(copy, avail, &e, NULL), -ENODATA);
		free(copy);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_kind),
		cmocka_unit_test(test_framing),
		cmocka_unit_test(test_unknown_is_skipped),
		cmocka_unit_test(test_pin_fields),
		cmocka_unit_test(test_unpin_fields),
		cmocka_unit_test(test_runs),
		cmocka_unit_test(test_stack),
		cmocka_unit_test(test_task),
		cmocka_unit_test(test_vmstat),
		cmocka_unit_test(test_borrowed),
		cmocka_unit_test(test_texts_end),
		cmocka_unit_test(test_numbers_that_index),
		cmocka_unit_test(test_meta_sanity),
		cmocka_unit_test(test_owner_runs_are_whole),
		cmocka_unit_test(test_reads_no_further),
	};

	return cmocka_run_group_tests_name("decode", tests, NULL, NULL);
}
