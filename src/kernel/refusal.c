// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <linux/capability.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <pinacct/types.h>
#include "base/read_word.h"
#include "kernel/refusal.h"

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))
#define ENOTSUPP      524 /* the kernel's own, include/linux/errno.h */

static bool is_zero(const char *path)
{
	char word[16];

	read_word(path, word, sizeof(word));
	return !strcmp(word, "0");
}

static bool jit_is_off(void)
{
	return is_zero("/proc/sys/net/core/bpf_jit_enable");
}

static bool locked_down(void)
{
	char line[128];

	read_word("/sys/kernel/security/lockdown", line, sizeof(line));
	return strstr(line, "[confidentiality]") != NULL;
}

/* "0 0 4294967295": all user ids are themselves. */
static bool in_user_namespace(void)
{
	unsigned inside, outside, count;
	char line[128];

	read_word("/proc/self/uid_map", line, sizeof(line));
	return sscanf(line, "%u %u %u", &inside, &outside, &count) == 3 &&
	       (inside || outside || count != 4294967295u);
}

static bool has_capability(unsigned cap)
{
	struct __user_cap_header_struct head = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3] = { 0 };

	if (syscall(SYS_capget, &head, data))
		return true; /* the kernel will tell */
	return data[CAP_TO_INDEX(cap)].effective & CAP_TO_MASK(cap);
}

/* CAP_SYS_ADMIN stands for the newer two (include/linux/capability.h: bpf_capable()). */
static bool may_trace(void)
{
	return has_capability(CAP_SYS_ADMIN) ||
	       (has_capability(CAP_BPF) && has_capability(CAP_PERFMON));
}

#define LOCKED_DOWN                                                                                \
	"the kernel is locked down (confidentiality) and refuses BPF tracing even to root: boot with lockdown=integrity or none"
#define JIT_OFF                                                                                    \
	"the kernel's BPF JIT is off, without which functions cannot be traced: 'sysctl -w net.core.bpf_jit_enable=1'"
#define TRACING_OFF                                                                                \
	"function tracing is switched off, so that no hook runs: 'sysctl -w kernel.ftrace_enabled=1'"
#define KPROBES_OFF                                                                                \
	"kprobes are switched off, so that not all hooks run: 'echo 1 >/sys/kernel/debug/kprobes/enabled'"
#define NO_CAPABILITY                                                                              \
	"no permission to load BPF programs: run as root, or with the capabilities CAP_BPF and CAP_PERFMON"
#define USER_NAMESPACE                                                                             \
	"in a user namespace the kernel refuses BPF tracing even to its root: run outside of it (of a rootless container), as root"

static bool no_proc(void)
{
	return access("/proc/self/stat", F_OK);
}

static bool no_sys(void)
{
	return access("/sys/kernel", F_OK);
}

static bool may_not_trace(void)
{
	return !may_trace();
}

static bool tracing_is_off(void)
{
	return is_zero("/proc/sys/kernel/ftrace_enabled");
}

int refusal__look(char *err, size_t err_sz)
{
	static const struct {
		bool (*is_so)(void);
		int code;
		const char *line;
	} looks[] = {
		{ no_proc, -ENOENT, "/proc is not mounted here: 'mount -t proc proc /proc'" },
		{ no_sys, -ENOENT, "/sys is not mounted here: 'mount -t sysfs sysfs /sys'" },
		{ in_user_namespace, -EPERM, USER_NAMESPACE },
		{ may_not_trace, -EPERM, NO_CAPABILITY },
		{ locked_down, -EPERM, LOCKED_DOWN },
	};

	for (size_t i = 0; i < ARRAY_SIZE(looks); i++) {
		if (!looks[i].is_so())
			continue;
		snprintf(err, err_sz, "%s", looks[i].line);
		return looks[i].code;
	}
	return 0;
}

const char *refusal__hooks_off(void)
{
	if (jit_is_off())
		return JIT_OFF;
	if (tracing_is_off())
		return TRACING_OFF;
	return is_zero("/sys/kernel/debug/kprobes/enabled") ? KPROBES_OFF : NULL;
}

int refusal__explain(int err, char *buf, size_t sz)
{
	/* without it libbpf 1.1 cannot ask for modules' BTF, and says one thing or another */
	if (err != -ENOTSUPP && err != -ENOMEM && !has_capability(CAP_SYS_ADMIN))
		snprintf(
			buf, sz,
			"this kernel does not load our BPF programs without CAP_SYS_ADMIN (%s): run as root, or with that capability, too",
			strerror(-err));
	else if (err == -EPERM)
		snprintf(
			buf, sz,
			"this kernel refuses BPF tracing programs although we have the capabilities (a container, a security module or a hypervisor's policy): run on the host, or in a virtual machine of your own");
	else if (err == -ENOTSUPP)
		snprintf(
			buf, sz,
			"this kernel cannot run our BPF programs (error 524): look whether its BPF JIT is on (net.core.bpf_jit_enable, CONFIG_BPF_JIT), or boot a distribution's kernel");
	else if (err == -ENOMEM)
		snprintf(
			buf, sz,
			"no memory for our BPF programs and maps: smaller buffers (--ring-size 256K), or a larger memory cgroup");
	else /* -EACCES is the verifier's */
		snprintf(
			buf, sz,
			"the kernel does not load our BPF programs: %s; run with -v for the verifier's words",
			strerror(-err));
	return err == -ENOTSUPP ? -ENOTSUP : err;
}
