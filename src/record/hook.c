// SPDX-License-Identifier: GPL-2.0
#include "record/hook.h"

const struct hook hooks[] = {
#define X(id, number, symbol, by, role, family, need, in_vmstat, since)                            \
	{ HOOK_##id,	    #symbol,   HOOK_BY_##by, HOOK_ROLE_##role, HOOK_FAMILY_##family,       \
	  HOOK_NEED_##need, in_vmstat, since },
	PINACCT_HOOKS(X)
#undef X
};

const size_t hooks_cnt = sizeof(hooks) / sizeof(hooks[0]);

const struct hook *hook__by_id(unsigned id)
{
	for (size_t i = 0; i < hooks_cnt; i++)
		if (hooks[i].id == id)
			return &hooks[i];
	return NULL;
}

const char *hook_role__name(enum hook_role role)
{
	static const char *const names[] = {
		[HOOK_ROLE_ACQUIRE] = "acquire", [HOOK_ROLE_RELEASE] = "release",
		[HOOK_ROLE_BIO] = "bio",	 [HOOK_ROLE_ITER] = "iterator",
		[HOOK_ROLE_FS] = "file",	 [HOOK_ROLE_GUARD] = "guard",
		[HOOK_ROLE_TASK] = "task",	 [HOOK_ROLE_PAGE] = "page",
		[HOOK_ROLE_GET] = "get",	 [HOOK_ROLE_PUT] = "put",
		[HOOK_ROLE_OP] = "operation",	 [HOOK_ROLE_REF] = "reference",
	};
	return names[role];
}

const char *hook__cost(const struct hook *h)
{
	switch (h->role) {
	case HOOK_ROLE_ACQUIRE:
		return "pins taken through it are not seen: its releases look like double unpins";
	case HOOK_ROLE_RELEASE:
		return "releases through it are not seen: its pins look like leaks";
	case HOOK_ROLE_BIO:
		return "releases are matched to pins without knowing the bio";
	case HOOK_ROLE_ITER:
		return "pins do not say what iterator they came from";
	case HOOK_ROLE_FS:
		return "pins of this path do not name their file system";
	case HOOK_ROLE_GUARD:
		return "releases inside a failed pin call may be counted";
	case HOOK_ROLE_TASK:
		return "ends of tasks are not seen: no orphans, no family of the command";
	case HOOK_ROLE_PAGE:
		return "writeback and freeing of pinned pages are not seen";
	case HOOK_ROLE_GET:
		return "the audit does not see references taken through it";
	case HOOK_ROLE_PUT:
		return "the audit does not see these references put";
	case HOOK_ROLE_REF:
		return "who puts a pinned page with put_page() is not named";
	case HOOK_ROLE_OP:
		return "the audit does not count these operations";
	}
	return "";
}
