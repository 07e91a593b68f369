// SPDX-License-Identifier: GPL-2.0
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include "judge/page_text.h"
#include "base/format.h"
#include "record/names.h"

struct text {
	char *buf;
	size_t sz, len;
};

__attribute__((format(printf, 2, 3))) static void add(struct text *t, const char *fmt, ...)
{
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(t->buf + t->len, t->sz - t->len, fmt, ap);
	va_end(ap);
	t->len = n < 0 || (size_t)n >= t->sz - t->len ? t->sz - 1 : t->len + n;
}

static void add_counts(struct text *t, const struct rec_page *p)
{
	char pins[48];

	if (p->order)
		add(t, "order %u, refcount %d, pincount %d", p->order, p->refcount, p->pincount);
	else if (p->refcount < PAGE_PIN_BIAS)
		add(t, "refcount %d, so no pin", p->refcount);
	else
		add(t, "refcount %d, so %s at most", p->refcount,
		    text_count(p->pincount, "pin", pins, sizeof(pins)));
	if (p->mapcount > 0)
		add(t, ", mapped %d time%s", p->mapcount, p->mapcount == 1 ? "" : "s");
}

static void add_flags(struct text *t, u32 flags)
{
	static const struct {
		u32 flag;
		const char *name;
	} names[] = {
		{ PAGE_F_DIRTY, "dirty" },
		{ PAGE_F_WRITEBACK, "under writeback" },
		{ PAGE_F_SWAPCACHE, "in the swap cache" },
		{ PAGE_F_UNSTABLE, "changing while it was read" },
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (flags & names[i].flag)
			add(t, ", %s", names[i].name);
}

void page__describe(const struct rec_page *p, char *buf, size_t sz)
{
	struct text t = { .buf = buf, .sz = sz };
	char fs[4 * PIN_FS_BYTES];

	buf[0] = '\0';
	add(&t, "pfn 0x%" PRIx64 ": ", p->pfn);
	if (p->kind == PAGE_KIND_NONE) {
		add(&t, "no ordinary memory, or not readable");
		return;
	}
	if (p->kind != PAGE_KIND_FREE)
		add_counts(&t, p);
	add(&t, "%s%s", p->kind == PAGE_KIND_FREE ? "" : "; ", text_page_kind(p->kind));
	if (p->zone)
		add(&t, " in %s/%u", text_page_zone(p->zone), p->node);
	if (p->kind == PAGE_KIND_ANON && p->mapcount == 0)
		add(&t, ", mapped by nobody: its process freed it");
	if (*p->fs)
		add(&t, " of %s", text_clean(p->fs, fs, sizeof(fs)));
	if (p->ino)
		add(&t, " %u:%u inode %" PRIu64, p->dev >> 20, p->dev & 0xfffff, p->ino);
	add_flags(&t, p->flags);
}
