/* SPDX-License-Identifier: GPL-2.0 */
/* Decodes one record and aborts unless all that event.h and decode.h promise is so. */
#ifndef PINACCT_FUZZ_EVENT_H
#define PINACCT_FUZZ_EVENT_H

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "record/decode.h"

#define MUST(cond)                                                                                 \
	do {                                                                                       \
		if (!(cond))                                                                       \
			abort();                                                                   \
	} while (0)

#define MUST_END(text) MUST(memchr(text, '\0', sizeof(text)))

static void must_be_call(const struct event_call *c, const char *buf, size_t sz)
{
	const char *runs = (const char *)c->runs;

	MUST(c->api < HOOK_ID_MAX);
	MUST_END(c->task.comm);
	MUST(runs >= buf && runs + (u64)c->nr_runs * sizeof(*c->runs) <= buf + sz);
	for (u32 i = 0; i < c->nr_runs; i++) {
		MUST(c->runs[i].pages > 0);
		MUST(c->runs[i].pfn + c->runs[i].pages > c->runs[i].pfn);
		MUST(c->runs[i].order <= 30 || c->runs[i].order == RUN_ORDER_UNKNOWN);
	}
}

static void must_be_stack(const struct event_stack *s, const char *buf, size_t sz)
{
	const char *ips = (const char *)s->ips;

	MUST(s->nr <= REC_STACK_MAX_FRAMES);
	MUST(s->type == STACK_KERNEL || s->type == STACK_USER);
	MUST(ips >= buf && ips + s->nr * sizeof(u64) <= buf + sz);
}

static void must_have_texts(const struct event *e)
{
	if (e->kind == EVENT_MARK)
		MUST_END(e->mark->text);
	if (e->kind == EVENT_HOOK)
		MUST_END(e->hook->symbol);
	if (e->kind == EVENT_META) {
		MUST_END(e->meta->release);
		MUST_END(e->meta->boot_id);
		MUST_END(e->meta->machine);
		MUST_END(e->meta->tool);
		MUST_END(e->meta->command);
	}
	if (e->kind == EVENT_SYM) {
		MUST_END(e->sym->name);
		MUST_END(e->sym->module);
		MUST_END(e->sym->file);
	}
}

/* As decode(). */
static inline int fuzz_decode(const void *buf, size_t avail, struct event *e)
{
	const char *why = NULL;
	int len = decode(buf, avail, e, &why);

	if (len < 0) {
		MUST(len == -EBADMSG || len == -ENODATA);
		MUST(why && *why);
		MUST(e->kind == EVENT_NONE);
		return len;
	}
	MUST(len >= (int)sizeof(struct rec_hdr) && len % 8 == 0 && (size_t)len <= avail);
	MUST(e->kind > EVENT_NONE && e->kind <= EVENT_SKIPPED);
	if (e->kind == EVENT_PIN) {
		must_be_call(&e->pin.call, buf, len);
		MUST_END(e->pin.file.fs);
	}
	if (e->kind == EVENT_UNPIN)
		must_be_call(&e->unpin.call, buf, len);
	if (e->kind == EVENT_STACK)
		must_be_stack(&e->stack, buf, len);
	if (e->kind == EVENT_LOST)
		MUST(e->lost->reason && e->lost->reason < LOSS_MAX);
	must_have_texts(e);
	return len;
}

#endif
