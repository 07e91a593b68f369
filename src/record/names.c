// SPDX-License-Identifier: GPL-2.0
#include <stdio.h>
#include <string.h>
#include "base/format.h"
#include "record/hook.h"
#include "record/names.h"

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))

#define TASK_NUMBERS_BYTES 24

static void numbers(u32 tgid, u32 tid, char *buf, size_t sz)
{
	if (tid == tgid)
		snprintf(buf, sz, "%u", tgid);
	else
		snprintf(buf, sz, "%u/%u", tgid, tid);
}

const char *text_task(const struct event_task *task, char buf[static TEXT_TASK_BYTES])
{
	char comm[4 * PIN_COMM_BYTES], in[TASK_NUMBERS_BYTES], outside[TASK_NUMBERS_BYTES];

	text_clean(task->comm, comm, sizeof(comm));
	numbers(task->ns_tgid ?: task->tgid, task->ns_tid ?: task->tid, in, sizeof(in));
	numbers(task->tgid, task->tid, outside, sizeof(outside));
	if (task->ns_tid)
		snprintf(buf, TEXT_TASK_BYTES, "%s[%s, outside %s]", comm, in, outside);
	else
		snprintf(buf, TEXT_TASK_BYTES, "%s[%s]", comm, in);
	return buf;
}

const char *text_flags(u16 flags, char buf[static TEXT_FLAGS_BYTES])
{
	snprintf(buf, TEXT_FLAGS_BYTES, "%s%s%s", flags & PIN_F_LONGTERM ? "FOLL_LONGTERM" : "",
		 (flags & PIN_F_LONGTERM) && (flags & PIN_F_WRITE) ? "|" : "",
		 flags & PIN_F_WRITE ? "FOLL_WRITE" : "");
	return buf;
}

const char *text_hook(u16 api)
{
	const struct hook *h = hook__by_id(api);

	return h ? h->symbol : "unknown";
}

bool text_hook_releases(u16 api)
{
	const struct hook *h = hook__by_id(api);

	return h && h->role == HOOK_ROLE_RELEASE;
}

bool text_hook_gets(u16 api)
{
	const struct hook *h = hook__by_id(api);

	return h && h->role == HOOK_ROLE_GET;
}

static const char *lookup(const char *const *names, size_t cnt, size_t idx)
{
	return idx < cnt && names[idx] ? names[idx] : "";
}

const char *text_iter_kind(u8 kind)
{
	static const char *const names[] = {
		[PIN_ITER_UBUF] = "ubuf",     [PIN_ITER_IOVEC] = "iovec",
		[PIN_ITER_BVEC] = "bvec",     [PIN_ITER_KVEC] = "kvec",
		[PIN_ITER_FOLIOQ] = "folioq", [PIN_ITER_XARRAY] = "xarray",
		[PIN_ITER_PIPE] = "pipe",     [PIN_ITER_DISCARD] = "discard",
	};

	return lookup(names, ARRAY_SIZE(names), kind);
}

const char *text_iter_dir(u8 dir)
{
	static const char *const names[] = {
		[PIN_DIR_SOURCE] = "source (write)",
		[PIN_DIR_DEST] = "dest (read)",
	};

	return lookup(names, ARRAY_SIZE(names), dir);
}

const char *text_stack_mode(u32 mode)
{
	static const char *const names[] = {
		[STACKS_OFF] = "off",
		[STACKS_CALLER] = "caller",
		[STACKS_CACHED] = "cached",
		[STACKS_EXACT] = "exact",
	};

	return lookup(names, ARRAY_SIZE(names), mode);
}

const char *text_hook_state(u8 state)
{
	static const char *const names[] = {
		[HOOK_STATE_ATTACHED] = "attached",
		[HOOK_STATE_MISSING] = "missing",
		[HOOK_STATE_FAILED] = "failed",
		[HOOK_STATE_UNUSED] = "unused",
	};

	return lookup(names, ARRAY_SIZE(names), state);
}

const char *text_hook_mech(u8 mech)
{
	static const char *const names[] = {
		[HOOK_MECH_FENTRY] = "fentry",
		[HOOK_MECH_FEXIT] = "fexit",
		[HOOK_MECH_KPROBE] = "kprobe",
		[HOOK_MECH_TP] = "tracepoint",
	};

	return lookup(names, ARRAY_SIZE(names), mech);
}

const char *text_page_kind(u8 kind)
{
	static const char *const names[] = {
#define X(id, number, name) [number] = name,
		PINACCT_PAGE_KINDS(X)
#undef X
	};

	return lookup(names, ARRAY_SIZE(names), kind);
}

const char *text_page_zone(u8 zone)
{
	static const char *const names[] = {
#define X(id, number, name) [number] = name,
		PINACCT_PAGE_ZONES(X)
#undef X
	};

	return lookup(names, ARRAY_SIZE(names), zone);
}

const char *text_owner_kind(u8 kind)
{
	static const char *const names[] = {
#define X(id, number, name) [number] = name,
		PINACCT_OWNER_KINDS(X)
#undef X
	};

	return lookup(names, ARRAY_SIZE(names), kind);
}

const char *text_doc_case(unsigned doc_case)
{
	static const char *const names[] = {
		[1] = "direct I/O",
		[2] = "long term",
		[3] = "MMU notifier",
		[4] = "struct page only",
		[5] = "CPU access to the data",
	};

	return lookup(names, ARRAY_SIZE(names), doc_case);
}

#define LOSS_ACCOUNT true
#define LOSS_DETAIL  false

const struct text_loss *text_loss(unsigned reason)
{
	static const struct text_loss losses[LOSS_MAX] = {
#define X(id, number, kind, name, meaning) [LOSS_##id] = { name, meaning, LOSS_##kind },
		PINACCT_LOSSES(X)
#undef X
	};

	return &losses[reason < LOSS_MAX ? reason : LOSS_NONE];
}
