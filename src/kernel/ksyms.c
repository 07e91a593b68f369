// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/array.h"
#include "kernel/ksyms.h"
#include "base/name_index.h"

/* KSYM_NAME_LEN of include/linux/kallsyms.h is 512 since 6.1, end included. */
#define KSYM_NAME_MAX 511

/*
 * How far behind its begin the last function of a module may reach. kallsyms has no sizes, and what
 * comes behind the pages of a module may be BPF.
 */
#define MODULE_LAST_FUNC_MAX 8192

struct ksym {
	u64 addr;
	u32 name; /* into the pool; grows in the order of the file */
	u32 module;
};

struct range {
	u64 start, end;
};

/* Variables whose address somebody asks for: kallsyms has too many to keep all. */
static const char *const variables[] = {
	"vmemmap_base",				  /* x86: where struct pages begin */
	"zero_pfn",				  /* the page frame of the zero page, until 6.18 */
	"zero_page_pfn",			  /* the same in 7.x (KERNEL.md 3.4) */
	"huge_zero_pfn",    "memory_cgrp_subsys", /* tells a mem_cgroup from what looks like one */
	"io_uring_fops",    "dma_buf_fops",
	"udmabuf_ops", /* tell what an open file is */
	"node_data",	    "nr_node_ids",
	"contig_page_data",			   /* nodes, whose statistics have pins; */
	"__per_cpu_offset", "__cpu_possible_mask", /* and each CPU's part of them */
};
#define VARIABLE_CNT (sizeof(variables) / sizeof(variables[0]))

struct ksyms {
	u64 variable_addr[VARIABLE_CNT];
	struct ksym *syms;	   /* by address, then as in the file */
	struct name_index by_name; /* indexes of syms */
	size_t cnt, cap;
	char *pool; /* all strings; "" at 0 */
	size_t pool_sz;
	u32 last_module;
	bool addr_seen; /* one that is not zero */
	struct range text, init_text;
};

struct line {
	u64 addr;
	char type;
	const char *name, *module;
	size_t name_len, module_len;
};

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return -1;
}

/* "ffffffff81000000 T name" or "ffffffffc0000000 t name\t[module]"; at..end has no newline. */
static bool parse_line(const char *at, const char *end, struct line *line)
{
	const char *start = at;

	memset(line, 0, sizeof(*line));
	for (; at < end && hex_digit(*at) >= 0; at++)
		line->addr = line->addr << 4 | (u64)hex_digit(*at);
	if (at == start || at - start > 16 || end - at < 4 || *at != ' ' || !at[1] || at[2] != ' ')
		return false;
	line->type = at[1];
	at += 3;
	line->name = at;
	while (at < end && !is_blank(*at) && *at)
		at++;
	line->name_len = (size_t)(at - line->name);
	while (at < end && is_blank(*at))
		at++;
	if (at < end && *at == '[' && end[-1] == ']') {
		line->module = at + 1;
		line->module_len = (size_t)(end - 1 - line->module);
		if (memchr(line->module, '\0', line->module_len) ||
		    line->module_len > KSYM_NAME_MAX)
			return false;
	}
	return line->name_len && line->name_len <= KSYM_NAME_MAX;
}

/* The pool was made as large as the text, and each string has more bytes there than here. */
static u32 pool_add(struct ksyms *ks, const char *str, size_t len)
{
	u32 at = (u32)ks->pool_sz;

	memcpy(ks->pool + at, str, len);
	ks->pool[at + len] = '\0';
	ks->pool_sz += len + 1;
	return at;
}

/* Symbols of a module stand together in kallsyms, so comparing with the last one is enough. */
static u32 pool_add_module(struct ksyms *ks, const char *str, size_t len)
{
	const char *last = ks->pool + ks->last_module;

	if (!len)
		return 0;
	if (strlen(last) != len || memcmp(last, str, len))
		ks->last_module = pool_add(ks, str, len);
	return ks->last_module;
}

static bool line_is(const struct line *line, const char *name)
{
	return !line->module_len && strlen(name) == line->name_len &&
	       !memcmp(line->name, name, line->name_len);
}

static void note_marker(struct ksyms *ks, const struct line *line)
{
	const struct {
		const char *name;
		u64 *at;
	} markers[] = {
		{ "_stext", &ks->text.start },
		{ "_etext", &ks->text.end },
		{ "_sinittext", &ks->init_text.start },
		{ "_einittext", &ks->init_text.end },
	};

	if (!strchr("_cdhimnuvz", *line->name))
		return;
	for (size_t i = 0; i < VARIABLE_CNT; i++)
		if (line_is(line, variables[i]))
			ks->variable_addr[i] = line->addr;
	for (size_t i = 0; i < sizeof(markers) / sizeof(markers[0]); i++)
		if (line_is(line, markers[i].name))
			*markers[i].at = line->addr;
}

static int add_line(struct ksyms *ks, const struct line *line)
{
	if (!line->addr)
		return 0;
	ks->addr_seen = true;
	note_marker(ks, line);
	/* '$': arm64's mapping symbols, no functions */
	if (!strchr("tTwW", line->type) || *line->name == '$')
		return 0;
	if (ARRAY_GROW(ks->syms, ks->cnt, ks->cap))
		return -ENOMEM;
	ks->syms[ks->cnt++] = (struct ksym){
		.addr = line->addr,
		.name = pool_add(ks, line->name, line->name_len),
		.module = pool_add_module(ks, line->module, line->module_len),
	};
	return 0;
}

/* Lines of another form are passed over: a later kernel may add some. */
static int parse_text(struct ksyms *ks, const char *text, size_t sz, size_t *nr_lines)
{
	const char *at = text, *end = text + sz;

	while (at < end) {
		const char *eol = memchr(at, '\n', (size_t)(end - at));
		struct line line;
		int err;

		if (!eol)
			eol = end;
		if (parse_line(at, eol, &line)) {
			err = add_line(ks, &line);
			if (err)
				return err;
			++*nr_lines;
		}
		at = eol + 1;
	}
	return 0;
}

static int cmp_addr(const void *a, const void *b)
{
	const struct ksym *x = a, *y = b;

	if (x->addr != y->addr)
		return x->addr < y->addr ? -1 : 1;
	return (x->name > y->name) - (x->name < y->name);
}

/*
 * The last first, so that of several with one name the one with the lowest address is found first.
 */
static int index_names(struct ksyms *ks)
{
	if (name_index__init(&ks->by_name, (u32)ks->cnt))
		return -ENOMEM;
	for (size_t i = ks->cnt; i-- > 0;)
		name_index__add(&ks->by_name, ks->pool + ks->syms[i].name, (u32)i);
	return 0;
}

/* As the kernel has them, but for those of modules. */
static void sort_by_address(struct ksyms *ks)
{
	for (size_t i = 1; i < ks->cnt; i++) {
		if (cmp_addr(&ks->syms[i - 1], &ks->syms[i]) > 0) {
			qsort(ks->syms, ks->cnt, sizeof(*ks->syms), cmp_addr);
			return;
		}
	}
}

/* Without markers the text is where vmlinux has functions. */
static void guess_text(struct ksyms *ks)
{
	const struct ksym *first = NULL, *last = NULL;

	if (ks->text.start && ks->text.start < ks->text.end)
		return;
	for (size_t i = 0; i < ks->cnt; i++) {
		if (ks->syms[i].module)
			continue;
		if (!first)
			first = &ks->syms[i];
		last = &ks->syms[i];
	}
	ks->text.start = first ? first->addr : 0;
	ks->text.end = last ? last->addr : 0;
	if (last && __builtin_add_overflow(last->addr, MODULE_LAST_FUNC_MAX, &ks->text.end))
		ks->text.end = UINT64_MAX;
}

static int fill(struct ksyms *ks, const char *text, size_t sz, const char **why)
{
	size_t nr_lines = 0;
	char *pool;
	int err;

	*why = "out of memory";
	ks->pool = malloc(sz + 1);
	if (!ks->pool)
		return -ENOMEM;
	ks->pool[0] = '\0';
	ks->pool_sz = 1;
	err = parse_text(ks, text, sz, &nr_lines);
	if (err)
		return err;
	if (nr_lines && !ks->addr_seen) {
		*why = "all addresses are zero, the kernel hides them from this user: run as root "
		       "(CAP_SYSLOG); if you are root, 'sysctl kernel.kptr_restrict=1'";
		return -EPERM;
	}
	if (!ks->cnt) {
		*why = "no function in it";
		return -ENODATA;
	}
	pool = realloc(ks->pool, ks->pool_sz);
	if (pool)
		ks->pool = pool;
	sort_by_address(ks);
	guess_text(ks);
	return index_names(ks);
}

static void set_err(char *err, size_t err_sz, const char *name, const char *why)
{
	if (err && err_sz)
		snprintf(err, err_sz, "%s: %s", name, why);
}

struct ksyms *ksyms__parse(const char *text, size_t sz, const char *name, char *err, size_t err_sz)
{
	struct ksyms *ks = NULL;
	const char *why = "larger than any kernel's";
	int ret = -EFBIG;

	if (sz > KSYMS_TEXT_MAX_BYTES)
		goto out;
	why = "out of memory";
	ret = -ENOMEM;
	ks = calloc(1, sizeof(*ks));
	if (ks)
		ret = fill(ks, text, sz, &why);
out:
	if (!ret)
		return ks;
	set_err(err, err_sz, name, why);
	ksyms__free(ks);
	errno = -ret;
	return NULL;
}

void ksyms__free(struct ksyms *ks)
{
	if (!ks)
		return;
	free(ks->syms);
	name_index__deinit(&ks->by_name);
	free(ks->pool);
	free(ks);
}

size_t ksyms__cnt(const struct ksyms *ks)
{
	return ks->cnt;
}

/* The first symbol at addr or above; cnt = none. */
static size_t lower_bound(const struct ksyms *ks, u64 addr)
{
	size_t lo = 0, hi = ks->cnt;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (ks->syms[mid].addr < addr)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

static bool in_range(const struct range *r, u64 addr)
{
	return addr >= r->start && addr < r->end;
}

/* Does the code of the last symbol before `next` reach to addr? */
static bool reaches(const struct ksyms *ks, size_t next, u64 addr)
{
	const struct ksym *sym = &ks->syms[next - 1];

	if (!sym->module)
		return in_range(&ks->text, addr) || in_range(&ks->init_text, addr);
	if (addr - sym->addr < MODULE_LAST_FUNC_MAX)
		return true;
	return next < ks->cnt && !strcmp(ks->pool + ks->syms[next].module, ks->pool + sym->module);
}

/*
 * The symbol that addr is in, NULL when there is none. Of several at one address the first of the
 * file: kallsyms_lookup() takes the same.
 */
static const struct ksym *find(const struct ksyms *ks, u64 addr)
{
	size_t next = addr == UINT64_MAX ? ks->cnt : lower_bound(ks, addr + 1);

	if (!next || !reaches(ks, next, addr))
		return NULL;
	return &ks->syms[lower_bound(ks, ks->syms[next - 1].addr)];
}

int ksyms__find(const struct ksyms *ks, u64 addr, const char **name, const char **module, u64 *off)
{
	const struct ksym *sym = find(ks, addr);

	if (!sym)
		return -ENOENT;
	if (name)
		*name = ks->pool + sym->name;
	if (module)
		*module = ks->pool + sym->module;
	if (off)
		*off = addr - sym->addr;
	return 0;
}

/*
 * No modules though kallsyms shows them as such: "bpf" (get_ksymbol_bpf()), "__builtin__ftrace"
 * (FTRACE_TRAMPOLINE_MOD) and "__builtin__kprobes" (get_ksymbol_kprobe()), kernel/kallsyms.c.
 */
static bool is_run_time(const struct ksyms *ks, const struct ksym *sym)
{
	const char *module = ks->pool + sym->module;

	return !strcmp(module, "bpf") || !strncmp(module, "__builtin__", strlen("__builtin__"));
}

int ksyms__addr(const struct ksyms *ks, const char *name, u64 *addr)
{
	const struct ksym *found = NULL;

	for (u32 i = name_index__first(&ks->by_name, name); i != NAME_INDEX_END;
	     i = ks->by_name.next[i]) {
		const struct ksym *sym = &ks->syms[i];

		if (strcmp(ks->pool + sym->name, name) || is_run_time(ks, sym))
			continue;
		if (found && found->addr != sym->addr)
			return -ENOTUNIQ;
		if (addr && !found)
			*addr = sym->addr;
		found = sym;
	}
	return found ? 0 : -ENOENT;
}

u64 ksyms__variable(const struct ksyms *ks, const char *name)
{
	for (size_t i = 0; i < VARIABLE_CNT; i++)
		if (!strcmp(name, variables[i]))
			return ks->variable_addr[i];
	return 0;
}

const char *ksyms__variable_name(size_t i)
{
	return i < VARIABLE_CNT ? variables[i] : NULL;
}

bool ksyms__has_function(const struct ksyms *ks, const char *name)
{
	return ksyms__addr(ks, name, NULL) != -ENOENT;
}

bool ksyms__is_bpf(const struct ksyms *ks, u64 addr)
{
	const struct ksym *sym = find(ks, addr);

	return !sym || is_run_time(ks, sym);
}

void ksyms__text_range(const struct ksyms *ks, u64 *start, u64 *end)
{
	*start = ks->text.start;
	*end = ks->text.end;
}
