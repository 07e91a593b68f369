// SPDX-License-Identifier: GPL-2.0
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include "record/hooks.h"
#include "record/text.h"

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))

#define NSEC_PER_USEC UINT64_C(1000)
#define NSEC_PER_MSEC UINT64_C(1000000)
#define NSEC_PER_SEC  UINT64_C(1000000000)

const char *text_bytes(u64 bytes, char buf[static TEXT_NUM_BYTES])
{
	static const char *const units[] = { "B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB" };
	unsigned unit = 0;
	u64 rest = 0;

	while (bytes >= 1024 && unit < ARRAY_SIZE(units) - 1) {
		rest = bytes % 1024;
		bytes /= 1024;
		unit++;
	}
	rest = rest * 10 / 1024;
	if (rest)
		snprintf(buf, TEXT_NUM_BYTES, "%" PRIu64 ".%u %s", bytes, (unsigned)rest,
			 units[unit]);
	else
		snprintf(buf, TEXT_NUM_BYTES, "%" PRIu64 " %s", bytes, units[unit]);
	return buf;
}

const char *text_duration(u64 ns, char buf[static TEXT_NUM_BYTES])
{
	u64 s = ns / NSEC_PER_SEC;

	if (ns < NSEC_PER_USEC)
		snprintf(buf, TEXT_NUM_BYTES, "%" PRIu64 " ns", ns);
	else if (ns < NSEC_PER_MSEC)
		snprintf(buf, TEXT_NUM_BYTES, "%" PRIu64 " us", ns / NSEC_PER_USEC);
	else if (!s)
		snprintf(buf, TEXT_NUM_BYTES, "%" PRIu64 " ms", ns / NSEC_PER_MSEC);
	else if (s < 60)
		snprintf(buf, TEXT_NUM_BYTES, "%" PRIu64 ".%u s", s,
			 (unsigned)(ns % NSEC_PER_SEC / (NSEC_PER_SEC / 10)));
	else if (s < 3600)
		snprintf(buf, TEXT_NUM_BYTES, "%u min %u s", (unsigned)(s / 60),
			 (unsigned)(s % 60));
	else if (s < 86400)
		snprintf(buf, TEXT_NUM_BYTES, "%u h %u min", (unsigned)(s / 3600),
			 (unsigned)(s / 60 % 60));
	else
		snprintf(buf, TEXT_NUM_BYTES, "%" PRIu64 " d %u h", s / 86400,
			 (unsigned)(s / 3600 % 24));
	return buf;
}

const char *text_count(u64 n, const char *noun, char *buf, size_t sz)
{
	snprintf(buf, sz, "%" PRIu64 " %s%s", n, noun, n == 1 ? "" : "s");
	return buf;
}

static bool is_tail(unsigned char c)
{
	return (c & 0xc0) == 0x80;
}

/*
 * Bytes of the printable UTF-8 character at s, 0 when there is none. Refuses what RFC 3629 does
 * (overlong forms, surrogates, beyond U+10FFFF), and C1 controls, which some terminals obey.
 */
static size_t utf8_printable(const unsigned char *s)
{
	if (s[0] < 0x80)
		return s[0] >= 0x20 && s[0] != 0x7f;
	if (s[0] < 0xc2 || s[0] > 0xf4 || !is_tail(s[1]))
		return 0;
	if (s[0] < 0xe0)
		return s[0] == 0xc2 && s[1] < 0xa0 ? 0 : 2;
	if ((s[0] == 0xe0 && s[1] < 0xa0) || (s[0] == 0xed && s[1] > 0x9f) ||
	    (s[0] == 0xf0 && s[1] < 0x90) || (s[0] == 0xf4 && s[1] > 0x8f) || !is_tail(s[2]))
		return 0;
	if (s[0] < 0xf0)
		return 3;
	return is_tail(s[3]) ? 4 : 0;
}

const char *text_clean(const char *src, char *buf, size_t sz)
{
	const unsigned char *s = (const unsigned char *)src;
	size_t at = 0;

	while (*s) {
		size_t len = utf8_printable(s);
		size_t out = len ? len : 4;

		if (at + out >= sz)
			break;
		if (len)
			memcpy(buf + at, s, len);
		else
			snprintf(buf + at, sz - at, "\\x%02x", *s);
		at += out;
		s += len ? len : 1;
	}
	if (sz)
		buf[at] = '\0';
	return buf;
}

const char *text_task(const struct event_task *task, char buf[static TEXT_TASK_BYTES])
{
	char comm[4 * PIN_COMM_BYTES];

	text_clean(task->comm, comm, sizeof(comm));
	if (task->tid == task->tgid)
		snprintf(buf, TEXT_TASK_BYTES, "%s[%u]", comm, task->tgid);
	else
		snprintf(buf, TEXT_TASK_BYTES, "%s[%u/%u]", comm, task->tgid, task->tid);
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
