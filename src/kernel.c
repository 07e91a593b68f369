// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include "kernel.h"
#include "ksyms.h"

#define VMLINUX_BTF "/sys/kernel/btf/vmlinux"
#define PID_MAX_LIMIT 4194304 /* include/linux/threads.h */

static void read_word(const char *path, char *buf, size_t sz)
{
	FILE *f = fopen(path, "re");

	buf[0] = '\0';
	if (!f)
		return;
	if (fgets(buf, sz, f))
		buf[strcspn(buf, "\n")] = '\0';
	fclose(f);
}

static bool lockdown(void)
{
	char line[128];

	read_word("/sys/kernel/security/lockdown", line, sizeof(line));
	return strstr(line, "[confidentiality]") != NULL;
}

void kernel__explain_refusal(int err, char *buf, size_t sz)
{
	/* -EACCES is the verifier's; permission is -EPERM */
	if (err != -EPERM)
		snprintf(buf, sz, "the kernel does not load our BPF programs: %s; run with -v for the verifier's words",
			 strerror(-err));
	else if (geteuid() != 0)
		snprintf(buf, sz, "no permission to load BPF programs: run as root, or with CAP_BPF, CAP_PERFMON and CAP_SYS_ADMIN");
	else if (lockdown())
		snprintf(buf, sz, "the kernel is locked down (confidentiality) and refuses BPF tracing even to root: boot with lockdown=integrity or none");
	else
		snprintf(buf, sz, "this kernel refuses BPF tracing programs even to root (a container, a security module or a hypervisor's policy): run on the host, or in a virtual machine of your own");
}

/*
 * FOLL_* are macros in 6.1, which leave no trace in BTF, and enumerators of unnamed
 * enums from 6.3 on (KERNEL-FACTS 1.1): search for the name, else take 6.1's values.
 */
static u32 enumerator(const struct btf *btf, const char *name, u32 fallback)
{
	u32 n = btf__type_cnt(btf);

	for (u32 id = 1; id < n; id++) {
		const struct btf_type *t = btf__type_by_id(btf, id);
		const struct btf_enum *e;

		if (!btf_is_enum(t) || btf__name_by_offset(btf, t->name_off)[0])
			continue;
		e = btf_enum(t);
		for (u16 i = 0; i < btf_vlen(t); i++)
			if (!strcmp(btf__name_by_offset(btf, e[i].name_off), name))
				return e[i].val;
	}
	return fallback;
}

/*
 * With CONFIG_PREEMPT_DYNAMIC it is chosen at boot, or later, and told in debugfs
 * (kernel/sched/debug.c), the mode in force in parentheses. Not knowing, the worst.
 */
static enum preemption preemption(const char *version)
{
	char modes[64];

	if (!strstr(version, "PREEMPT"))
		return PREEMPTION_NONE;
	read_word("/sys/kernel/debug/sched/preempt", modes, sizeof(modes));
	if (strstr(modes, "(none)") || strstr(modes, "(voluntary)"))
		return PREEMPTION_NONE;
	return strstr(modes, "(lazy)") ? PREEMPTION_LAZY : PREEMPTION_FULL;
}

static int load_btf(struct kernel *k, char *err, size_t err_sz)
{
	if (access(VMLINUX_BTF, R_OK)) {
		int code = -errno;

		snprintf(err, err_sz, "this kernel has no BTF (%s: %s): boot one built with CONFIG_DEBUG_INFO_BTF=y, as distributions' are",
			 VMLINUX_BTF, strerror(errno));
		return code;
	}
	k->btf = btf__parse(VMLINUX_BTF, NULL);
	if (!k->btf) {
		int code = -errno;

		snprintf(err, err_sz, "cannot read the kernel's BTF (%s): %s", VMLINUX_BTF, strerror(errno));
		return code;
	}
	return 0;
}

static void read_facts(struct kernel *k)
{
	struct utsname u;
	char number[16];
	int id;

	if (!uname(&u)) {
		snprintf(k->release, sizeof(k->release), "%s", u.release);
		snprintf(k->machine, sizeof(k->machine), "%s", u.machine);
		k->preemption = preemption(u.version);
	}
	read_word("/proc/sys/kernel/random/boot_id", k->boot_id, sizeof(k->boot_id));
	k->foll_longterm = enumerator(k->btf, "FOLL_LONGTERM", 0x10000);
	k->foll_inner = enumerator(k->btf, "FOLL_GET", 0x4) | enumerator(k->btf, "FOLL_PIN", 0x40000);
	k->bios_pin = enumerator(k->btf, "BIO_PAGE_PINNED", ~0u) != ~0u;
	id = btf__find_by_name_kind(k->btf, "page", BTF_KIND_STRUCT);
	k->page_struct_bytes = id > 0 ? btf__type_by_id(k->btf, id)->size : 64;
	read_word("/proc/sys/kernel/pid_max", number, sizeof(number));
	k->pid_max = strtoul(number, NULL, 10) ?: PID_MAX_LIMIT;
}

/*
 * What the programs must know of struct page. That there is one array of them (CONFIG_SPARSEMEM_VMEMMAP, which
 * distributions have): a variable says where, or it is at the place where vmemmap_populate() makes it.
 */
static int check_layout(const struct kernel *k, char *err, size_t err_sz)
{
	if (k->page_struct_bytes & (k->page_struct_bytes - 1)) {
		snprintf(err, err_sz, "struct page has %u bytes here, not a power of two: this kernel's layout is not supported",
			 k->page_struct_bytes);
		return -ENOTSUP;
	}
	if (!ksyms__variable(k->ksyms, "vmemmap_base") &&
	    !ksyms__has_function(k->ksyms, "vmemmap_populate")) {
		snprintf(err, err_sz, "this kernel's struct pages are not in one array: boot one built with CONFIG_SPARSEMEM_VMEMMAP=y, as distributions' are");
		return -ENOTSUP;
	}
	return 0;
}

int kernel__probe(struct kernel *k, char *err, size_t err_sz)
{
	int code;

	memset(k, 0, sizeof(*k));
	code = load_btf(k, err, err_sz);
	if (code)
		return code;
	k->ksyms = ksyms__load(KSYMS_PATH, err, err_sz);
	if (!k->ksyms) {
		code = errno ? -errno : -EIO;
		kernel__deinit(k);
		return code;
	}
	read_facts(k);
	code = check_layout(k, err, err_sz);
	if (code)
		kernel__deinit(k);
	return code;
}

void kernel__deinit(struct kernel *k)
{
	btf__free(k->btf);
	ksyms__free(k->ksyms);
	k->btf = NULL;
	k->ksyms = NULL;
}

static bool module_has_func(const struct kernel *k, const char *module, const char *symbol)
{
	struct btf *btf = btf__load_module_btf(module, k->btf);
	bool has;

	if (!btf)
		return false;
	has = btf__find_by_name_kind(btf, symbol, BTF_KIND_FUNC) > 0;
	btf__free(btf);
	return has;
}

bool kernel__has_func(const struct kernel *k, const char *symbol)
{
	const char *module;
	u64 addr;

	if (ksyms__addr(k->ksyms, symbol, &addr))
		return false;
	if (btf__find_by_name_kind(k->btf, symbol, BTF_KIND_FUNC) > 0)
		return true;
	return !ksyms__find(k->ksyms, addr, NULL, &module, NULL) && module[0] &&
	       module_has_func(k, module, symbol);
}

bool kernel__has_symbol(const struct kernel *k, const char *symbol)
{
	return ksyms__has_function(k->ksyms, symbol);
}

bool kernel__has_tracepoint(const struct kernel *k, const char *name)
{
	char type[128];

	snprintf(type, sizeof(type), "btf_trace_%s", name);
	return btf__find_by_name_kind(k->btf, type, BTF_KIND_TYPEDEF) > 0;
}
