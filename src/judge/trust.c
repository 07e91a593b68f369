// SPDX-License-Identifier: GPL-2.0
#include <sys/wait.h>
#include "judge/trust.h"
#include "record/names.h"

/* A reason that this version cannot name is as bad as one that it can. */
bool trust__is_account_loss(unsigned reason)
{
	const struct text_loss *loss = text_loss(reason);

	return loss->account || !loss->name;
}

u64 trust__lost(const struct session *s)
{
	u64 lost = 0;

	for (unsigned i = 0; i < LOSS_MAX; i++)
		if (trust__is_account_loss(i) &&
		    __builtin_add_overflow(lost, session__lost(s, i), &lost))
			return UINT64_MAX;
	return lost;
}

static bool is_bad_hook(const struct rec_hook *hook)
{
	static const struct {
		bool known;
		enum hook_need need;
	} needs[HOOK_ID_MAX] = {
#define X(id, number, symbol, by, role, family, need, ...) [HOOK_##id] = { true, HOOK_NEED_##need },
		PINACCT_HOOKS(X)
#undef X
	};

	if (hook->state == HOOK_STATE_ATTACHED || hook->api >= HOOK_ID_MAX ||
	    !needs[hook->api].known)
		return false;
	if (needs[hook->api].need == HOOK_NEED_MUST)
		return true;
	/* a hook of need SOME must attach where its function exists */
	return needs[hook->api].need == HOOK_NEED_SOME && hook->state != HOOK_STATE_MISSING &&
	       hook->state != HOOK_STATE_UNUSED;
}

static void look_at_hooks(struct trust *t, const struct session *s)
{
	const struct rec_hook *hook;

	for (size_t i = 0; (hook = session__hook(s, i)); i++) {
		if (!is_bad_hook(hook))
			continue;
		if (!t->bad_hook)
			t->bad_hook = hook;
		t->nr_bad_hooks++;
	}
}

/*
 * Of a command, when a signal that ended the run killed it, too: whatever it would have pinned and
 * leaked later was not seen. One that caught the signal and exited by itself ran to its end.
 * Without a command, a signal is how a recording ends.
 */
static bool was_interrupted(const struct session *s)
{
	const struct rec_mark *end = session__mark(s, MARK_END);
	const struct rec_mark *cmd_end = session__mark(s, MARK_CMD_END);
	const struct rec_mark *not_done = session__mark(s, MARK_NOT_DONE);

	if (not_done && not_done->value == NOT_DONE_INTERRUPTED)
		return true;
	return end && end->value == 1 && cmd_end && WIFSIGNALED((int)cmd_end->value);
}

static enum doubt first_doubt(const struct trust *t, const struct session *s, bool incomplete,
			      bool nothing_tried)
{
	if (incomplete)
		return DOUBT_INCOMPLETE;
	if (!session__mark(s, MARK_END))
		return DOUBT_RUNNING;
	if (session__mark(s, MARK_CMD_START) && !session__mark(s, MARK_CMD_END))
		return DOUBT_CMD;
	if (t->witness.blind)
		return DOUBT_BLIND;
	if (t->lost && !t->loss_explained)
		return DOUBT_LOSS;
	/* after a loss that is explained, what the hooks have less than vmstat is the loss */
	if (!t->lost && t->witness.unexplained)
		return DOUBT_UNRECONCILED;
	if (t->bad_hook)
		return DOUBT_HOOK;
	if (!t->witness.present)
		return DOUBT_WITNESS;
	if (t->witness.slack && !t->lost)
		return DOUBT_SLACK;
	if (was_interrupted(s))
		return DOUBT_INTERRUPTED;
	return nothing_tried ? DOUBT_NOT_TRIED : DOUBT_NONE;
}

void trust__assess(struct trust *t, const struct session *s, bool incomplete, bool nothing_tried)
{
	static const char *const uncertain[DOUBT_CNT] = {
		[DOUBT_INCOMPLETE] = "the recording was cut off",
		[DOUBT_BLIND] = "the hooks were blind",
		[DOUBT_LOSS] = "records were lost",
		[DOUBT_UNRECONCILED] = "vmstat does not agree",
		[DOUBT_HOOK] = "a hook was missing",
	};

	*t = (struct trust){ .lost = trust__lost(s) };
	witness__compare(s, &t->witness);
	if (t->lost) {
		completeness__check(&t->completeness, s, &t->witness);
		t->loss_explained = t->completeness.proven;
	}
	look_at_hooks(t, s);
	t->doubt = first_doubt(t, s, incomplete, nothing_tried);
	t->uncertain = uncertain[t->doubt];
}
