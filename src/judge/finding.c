// SPDX-License-Identifier: GPL-2.0
#include "judge/finding.h"

const struct finding_def finding_defs[FINDING_CNT] = {
#define X(name, id, severity, views, age, headline, meaning, remedy)                               \
	[FINDING_##                                                                                \
		name] = { id,	 SEVERITY_##severity, views, FINDING_AGE_##age, headline, meaning, \
			  remedy },
	PINACCT_FINDINGS(X)
#undef X
};
