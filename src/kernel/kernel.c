// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include "base/read_word.h"
#include "kernel/kernel.h"
#include "kernel/refusal.h"

#define VMLINUX_BTF   "/sys/kernel/btf/vmlinux"
#define PID_MAX_LIMIT 4194304 /* include/linux/threads.h */

/*
 * FOLL_* are macros in 6.1, which leave no trace in BTF, and enumerators of unnamed
 * enums from 6.3 on (KERNEL.md 2.1): search for the name, else take 6.1's values.
 */
enum wanted { FOLL_LONGTERM, FOLL_GET, FOLL_PIN, BIO_PAGE_PINNED, WANTED_MAX };
#define NO_SUCH_BIT ~0u

static const struct enumerator {
	const char *name;
	u32 fallback;
} enumerators[WANTED_MAX] = {
	[FOLL_LONGTERM] = { "FOLL_LONGTERM", 0x10000 },
	[FOLL_GET] = { "FOLL_GET", 0x4 },
	[FOLL_PIN] = { "FOLL_PIN", 0x40000 },
	[BIO_PAGE_PINNED] = { "BIO_PAGE_PINNED", NO_SUCH_BIT },
};

static void look_at_enum(const struct btf *btf, const struct btf_type *t, u32 *values)
{
	const struct btf_enum *e = btf_enum(t);

	for (u16 i = 0; i < btf_vlen(t); i++)
		for (int w = 0; w < WANTED_MAX; w++)
			if (!strcmp(btf__name_by_offset(btf, e[i].name_off), enumerators[w].name))
				values[w] = e[i].val;
}

/*
 * All of BTF is looked through once, as it is large: for names to find by, and for the enumerators.
 */
static int look_through_btf(struct kernel *k, u32 *values)
{
	u32 nr = btf__type_cnt(k->btf);

	if (name_index__init(&k->btf_names, nr))
		return -ENOMEM;
	for (int w = 0; w < WANTED_MAX; w++)
		values[w] = enumerators[w].fallback;
	for (u32 id = 1; id < nr; id++) {
		const struct btf_type *t = btf__type_by_id(k->btf, id);

		if (btf_is_enum(t) && !t->name_off)
			look_at_enum(k->btf, t, values);
		else if (btf_is_func(t) || btf_is_typedef(t) || btf_is_struct(t))
			name_index__add(&k->btf_names, btf__name_by_offset(k->btf, t->name_off),
					id);
	}
	return 0;
}

/* Its number; 0 = none. */
static u32 find_id(const struct kernel *k, const char *name, u32 kind)
{
	for (u32 id = name_index__first(&k->btf_names, name); id != NAME_INDEX_END;
	     id = k->btf_names.next[id]) {
		const struct btf_type *t = btf__type_by_id(k->btf, id);

		if (btf_kind(t) == kind && !strcmp(btf__name_by_offset(k->btf, t->name_off), name))
			return id;
	}
	return 0;
}

/* NULL = none. */
static const struct btf_type *find_type(const struct kernel *k, const char *name, u32 kind)
{
	u32 id = find_id(k, name, kind);

	return id ? btf__type_by_id(k->btf, id) : NULL;
}

static bool has_member(const struct kernel *k, const char *type, const char *member)
{
	const struct btf_type *t = find_type(k, type, BTF_KIND_STRUCT);
	const struct btf_member *m = t ? btf_members(t) : NULL;

	for (u16 i = 0; t && i < btf_vlen(t); i++)
		if (!strcmp(btf__name_by_offset(k->btf, m[i].name_off), member))
			return true;
	return false;
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

		snprintf(
			err, err_sz,
			"this kernel has no BTF (%s: %s): boot one built with CONFIG_DEBUG_INFO_BTF=y, as distributions' are",
			VMLINUX_BTF, strerror(errno));
		return code;
	}
	k->btf = btf__parse(VMLINUX_BTF, NULL);
	if (!k->btf) {
		int code = -errno;

		snprintf(err, err_sz, "cannot read the kernel's BTF (%s): %s", VMLINUX_BTF,
			 strerror(errno));
		return code;
	}
	return 0;
}

/*
 * With 7.3 a count of who disabled interrupts came into the preempt count, at bits 16 to 23, and
 * moved those of hard interrupts to bits 24 to 27 and NMI to bit 28 (KERNEL.md 1.5). The function
 * that counts down came with it.
 */
static u32 in_hardirq_mask(const struct kernel *k)
{
	return find_type(k, "_local_interrupt_enable", BTF_KIND_FUNC) ? 0x1f000000 : 0x00ff0000;
}

static int read_facts(struct kernel *k)
{
	const struct btf_type *page;
	u32 values[WANTED_MAX];
	struct utsname u;
	char number[16] = "";

	if (look_through_btf(k, values))
		return -ENOMEM;

	if (!uname(&u)) {
		snprintf(k->release, sizeof(k->release), "%s", u.release);
		snprintf(k->machine, sizeof(k->machine), "%s", u.machine);
		k->preemption = preemption(u.version);
	}
	read_word("/proc/sys/kernel/random/boot_id", k->boot_id, sizeof(k->boot_id));
	k->foll_longterm = values[FOLL_LONGTERM];
	k->foll_inner = values[FOLL_GET] | values[FOLL_PIN];
	k->in_hardirq_mask = in_hardirq_mask(k);
	k->bios_pin = values[BIO_PAGE_PINNED] != NO_SUCH_BIT;
	k->exit_blocks_rcu_tasks = has_member(k, "task_struct", "rcu_tasks_nvcsw") &&
				   !has_member(k, "task_struct", "rcu_tasks_exit_list");
	page = find_type(k, "page", BTF_KIND_STRUCT);
	k->page_struct_bytes = page ? page->size : 64;
	/* from 6.14 on a PID namespace has a limit of its own (7863dcc72d0f) */
	if (self__in_initial_pid_ns())
		read_word("/proc/sys/kernel/pid_max", number, sizeof(number));
	k->pid_max = strtoul(number, NULL, 10) ?: PID_MAX_LIMIT;
	return 0;
}

/*
 * What the programs must know of struct page. That there is one array of them
 * (CONFIG_SPARSEMEM_VMEMMAP, which distributions have): a variable says where, or it is at the
 * place where vmemmap_populate() makes it.
 */
static int check_layout(const struct kernel *k, char *err, size_t err_sz)
{
	if (k->page_struct_bytes & (k->page_struct_bytes - 1)) {
		snprintf(
			err, err_sz,
			"struct page has %u bytes here, not a power of two: this kernel's layout is not supported",
			k->page_struct_bytes);
		return -ENOTSUP;
	}
	if (!kernel_syms__variable(&k->syms, "vmemmap_base") &&
	    !kernel_syms__function(&k->syms, "vmemmap_populate", NULL)) {
		snprintf(
			err, err_sz,
			"this kernel's struct pages are not in one array: boot one built with CONFIG_SPARSEMEM_VMEMMAP=y, as distributions' are");
		return -ENOTSUP;
	}
	return 0;
}

int kernel__probe(struct kernel *k, char *err, size_t err_sz)
{
	int code;

	memset(k, 0, sizeof(*k));
	code = refusal__look(err, err_sz);
	if (code)
		return code;
	code = load_btf(k, err, err_sz);
	if (code)
		return code;
	code = kernel_syms__init(&k->syms, err, err_sz);
	if (!code) {
		code = read_facts(k);
		if (code)
			snprintf(err, err_sz, "out of memory");
	}
	if (!code)
		code = check_layout(k, err, err_sz);
	if (code)
		kernel__deinit(k);
	return code;
}

void kernel__deinit(struct kernel *k)
{
	name_index__deinit(&k->btf_names);
	btf__free(k->btf);
	kernel_syms__deinit(&k->syms);
	k->btf = NULL;
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
	char module[64];
	u64 addr;

	if (!kernel_syms__function(&k->syms, symbol, &addr))
		return false;
	return find_type(k, symbol, BTF_KIND_FUNC) ||
	       (kernel_syms__module(&k->syms, addr, module, sizeof(module)) &&
		module_has_func(k, module, symbol));
}

u32 kernel__func_id(const struct kernel *k, const char *symbol)
{
	return find_id(k, symbol, BTF_KIND_FUNC);
}

unsigned kernel__nr_args(const struct kernel *k, const char *symbol)
{
	const struct btf_type *func = find_type(k, symbol, BTF_KIND_FUNC);

	return func ? btf_vlen(btf__type_by_id(k->btf, func->type)) : 0;
}

bool kernel__has_symbol(const struct kernel *k, const char *symbol)
{
	return kernel_syms__function(&k->syms, symbol, NULL);
}

bool kernel__has_tracepoint(const struct kernel *k, const char *name)
{
	char type[128];

	snprintf(type, sizeof(type), "btf_trace_%s", name);
	return find_type(k, type, BTF_KIND_TYPEDEF);
}

bool kernel__pid_ns_is_safe(const struct kernel *k)
{
	bool is_first = k->self.ns.level == 1 && getpid() == 1;

	return !k->exit_blocks_rcu_tasks || !k->self.ns.level || is_first;
}
