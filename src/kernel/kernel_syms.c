// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "record/hook.h"
#include "kernel/kernel_syms.h"
#include "kernel/ksyms.h"
#include "base/log.h"
#include "kernel/lookup.h"

#define MODULES_PATH "/proc/modules"
#define TEXT_START   "_stext"
#define TEXT_END     "_etext"

/* Beside the hooks' functions: vmemmap_populate() tells that there is one array of struct pages. */
static const char *const others[] = { TEXT_START, TEXT_END, "vmemmap_populate" };
#define OTHERS_CNT (sizeof(others) / sizeof(others[0]))

static u64 addr_of(const struct kernel_syms *s, const char *name)
{
	for (u32 i = 0; i < s->nr; i++)
		if (!strncmp(s->names[i].name, name, sizeof(s->names[i].name)))
			return s->names[i].addr;
	return 0;
}

static int ask(struct kernel_syms *s)
{
	const char *variable;
	int err;

	for (size_t i = 0; i < hooks_cnt; i++)
		lookup__name(&s->names[s->nr++], hooks[i].symbol);
	for (size_t i = 0; i < OTHERS_CNT; i++)
		lookup__name(&s->names[s->nr++], others[i]);
	for (size_t i = 0; (variable = ksyms__variable_name(i)); i++)
		lookup__name(&s->names[s->nr++], variable);
	err = lookup__addrs(s->names, s->nr);
	return err || (addr_of(s, TEXT_START) && addr_of(s, TEXT_END)) ? err : -ENOENT;
}

int kernel_syms__init(struct kernel_syms *s, char *err, size_t err_sz)
{
	int code;

	*s = (struct kernel_syms){ .names = calloc(LOOKUP_NAMES_MAX, sizeof(*s->names)) };
	code = s->names ? ask(s) : -ENOMEM;
	if (!code)
		return 0;
	log_debug("symbols are read from " KSYMS_PATH ", not looked up: %s", strerror(-code));
	kernel_syms__deinit(s);
	s->all = ksyms__load(KSYMS_PATH, err, err_sz);
	return s->all ? 0 : errno ? -errno : -EIO;
}

void kernel_syms__deinit(struct kernel_syms *s)
{
	free(s->names);
	ksyms__free(s->all);
	*s = (struct kernel_syms){ 0 };
}

bool kernel_syms__function(const struct kernel_syms *s, const char *name, u64 *addr)
{
	u64 found;

	if (!s->names)
		return ksyms__has_function(s->all, name) &&
		       (!addr || !ksyms__addr(s->all, name, addr));
	found = addr_of(s, name);
	if (found && addr)
		*addr = found;
	return found;
}

u64 kernel_syms__variable(const struct kernel_syms *s, const char *name)
{
	return s->names ? addr_of(s, name) : ksyms__variable(s->all, name);
}

void kernel_syms__text_range(const struct kernel_syms *s, u64 *start, u64 *end)
{
	if (!s->names) {
		ksyms__text_range(s->all, start, end);
		return;
	}
	*start = addr_of(s, TEXT_START);
	*end = addr_of(s, TEXT_END);
}

/*
 * "NAME BYTES USERS DEPENDENTS STATE 0xADDRESS" a line (kernel/module/procfs.c); the address is
 * that of its text.
 */
static bool module_at(u64 addr, char *buf, size_t sz)
{
	FILE *f = fopen(MODULES_PATH, "re");
	char line[512], name[64];
	u64 bytes, start, best = 0;

	while (f && fgets(line, sizeof(line), f)) {
		if (sscanf(line, "%63s %" SCNu64 " %*s %*s %*s 0x%" SCNx64, name, &bytes, &start) !=
		    3)
			continue;
		if (addr < start || addr - start >= bytes || start < best)
			continue;
		best = start;
		snprintf(buf, sz, "%s", name);
	}
	if (f)
		fclose(f);
	return best;
}

bool kernel_syms__module(const struct kernel_syms *s, u64 addr, char *buf, size_t sz)
{
	const char *module;

	if (s->names)
		return module_at(addr, buf, sz);
	if (ksyms__find(s->all, addr, NULL, &module, NULL) || !module[0])
		return false;
	snprintf(buf, sz, "%s", module);
	return true;
}
