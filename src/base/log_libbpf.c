// SPDX-License-Identifier: GPL-2.0
#include <stdio.h>
#include <bpf/libbpf.h>
#include "base/log.h"
#include "base/log_libbpf.h"

static int libbpf_log(enum libbpf_print_level level, const char *fmt, va_list ap)
{
	if (!log_enabled(level == LIBBPF_WARN ? LOG_INFO : LOG_DEBUG) || level == LIBBPF_DEBUG)
		return 0;
	return vfprintf(stderr, fmt, ap);
}

void log__libbpf(void)
{
	libbpf_set_print(libbpf_log);
}
