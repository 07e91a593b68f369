// SPDX-License-Identifier: GPL-2.0
#include <stdarg.h>
#include <stdio.h>
#include "base/log.h"
#include "base/out.h"

static enum log_level max_level = LOG_WARN;

void log_set_level(enum log_level max)
{
	max_level = max;
}

int log_enabled(enum log_level level)
{
	return level <= max_level;
}

void log_msg(enum log_level level, const char *fmt, ...)
{
	static const char *const prefix[] = {
		[LOG_ERROR] = "pinacct: ",
		[LOG_WARN] = "pinacct: warning: ",
		[LOG_INFO] = "pinacct: ",
		[LOG_DEBUG] = "pinacct: debug: ",
	};
	va_list ap;

	if (!log_enabled(level))
		return;
	out__printf(stderr, "%s", prefix[level]);
	va_start(ap, fmt);
	out__vprintf(stderr, fmt, ap);
	va_end(ap);
	fputc('\n', stderr);
}
