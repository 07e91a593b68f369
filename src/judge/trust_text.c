// SPDX-License-Identifier: GPL-2.0
/* Why a run cannot be judged, in words. */
#include <inttypes.h>
#include <stdio.h>
#include "judge/trust.h"
#include "record/names.h"

/* What is left open after the pages were read. */
static void say_what_is_missing(const struct completeness *c, char *buf, size_t sz)
{
	if (!c->asked && !c->vanished)
		return;
	if (c->base_unknown)
		snprintf(buf, sz, "; pins of before the start are not known (--no-scan?)");
	else if (c->unread)
		snprintf(buf, sz, "; %" PRIu64 " open pages could not be asked", c->unread);
	else if (c->doubtful)
		snprintf(buf, sz, "; %" PRIu64 " open pages were pinned before, too", c->doubtful);
	else if (c->unknown)
		snprintf(buf, sz, "; %+" PRId64 " pages remain unknown after asking them",
			 c->unknown);
}

/* "7 records lost (ring-pin 4, ring-unpin 3)" */
static void say_loss(const struct trust *t, const struct session *s, char *buf, size_t sz)
{
	const char *sep = " (";
	size_t len;

	len = snprintf(buf, sz, "%" PRIu64 " record%s lost", t->lost, t->lost == 1 ? "" : "s");
	for (unsigned i = 0; i < LOSS_MAX && len < sz; i++) {
		const char *name = text_loss(i)->name;

		if (!trust__is_account_loss(i) || !session__lost(s, i))
			continue;
		len += snprintf(buf + len, sz - len, "%s%s %" PRIu64, sep, name ? name : "unknown",
				session__lost(s, i));
		sep = ", ";
	}
	if (len < sz)
		len += snprintf(buf + len, sz - len, ")");
	if (len < sz)
		say_what_is_missing(&t->completeness, buf + len, sz - len);
}

static void say_hook(const struct trust *t, char *buf, size_t sz)
{
	const struct rec_hook *hook = t->bad_hook;
	int len;

	if (hook->state == HOOK_STATE_FAILED)
		len = snprintf(buf, sz, "hook '%s' could not be attached (error %d)",
			       text_hook(hook->api), hook->error);
	else
		len = snprintf(buf, sz, "hook '%s' is %s", text_hook(hook->api),
			       hook->state == HOOK_STATE_UNUSED ? "not in use" : "missing");
	if (t->nr_bad_hooks > 1)
		snprintf(buf + len, sz - len, ", and %zu more", t->nr_bad_hooks - 1);
}

static void say_command(const struct session *s, char *buf, size_t sz)
{
	const struct rec_mark *end = session__mark(s, MARK_END);

	snprintf(buf, sz, "%s the command ended",
		 end->value == 1 ? "interrupted before" : "the tracing stopped before");
}

void trust__say_doubt(const struct trust *t, const struct session *s, char *buf, size_t sz)
{
	buf[0] = '\0';
	switch (t->doubt) {
	case DOUBT_INCOMPLETE:
		snprintf(buf, sz, "the recording was cut off");
		break;
	case DOUBT_RUNNING:
		snprintf(buf, sz, "the run has no end mark");
		break;
	case DOUBT_CMD:
		say_command(s, buf, sz);
		break;
	case DOUBT_BLIND:
		snprintf(buf, sz,
			 "the hooks did not see pinacct's own pins (is "
			 "kernel.ftrace_enabled 0?)");
		break;
	case DOUBT_LOSS:
		say_loss(t, s, buf, sz);
		break;
	case DOUBT_UNRECONCILED:
		snprintf(buf, sz, "vmstat's net is %+" PRId64 " pages, the hooks saw %+" PRId64,
			 t->witness.vm_net, t->witness.seen_net);
		break;
	case DOUBT_HOOK:
		say_hook(t, buf, sz);
		break;
	case DOUBT_WITNESS:
		snprintf(buf, sz, "no vmstat sample");
		break;
	case DOUBT_SLACK:
		snprintf(buf, sz,
			 "others pinned without a pause, so that vmstat is known to within %" PRIu64
			 " pages only",
			 t->witness.slack);
		break;
	case DOUBT_INTERRUPTED:
		snprintf(buf, sz, "a signal ended the %s before it was done",
			 session__mark(s, MARK_CMD_START) ? "command" : "exercise");
		break;
	case DOUBT_NOT_TRIED:
		snprintf(buf, sz, "nothing could be tried; see the reasons in the audit");
		break;
	case DOUBT_NONE:
	case DOUBT_CNT:
		break;
	}
}
