// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <elfutils/libdwfl.h>
#include "base/array.h"
#include "kernel/usyms.h"

/* Processes kept at a time. libdwfl keeps a file open for each object that was asked for a name. */
#define USYMS_PROCS_MAX 16

struct range {
	u64 start, end;
};

struct proc {
	u32 tgid; /* 0 = free */
	Dwfl *dwfl;
	struct range *code; /* memory that may be executed, in order */
	size_t nr_code;
	u64 used; /* usyms.clock at the last use */
	u64 misses;
	u64 reread_at;			 /* at so many misses */
	u64 code_misses, code_reread_at; /* the same of `code` */
};

struct usyms {
	struct proc procs[USYMS_PROCS_MAX];
	u64 clock;
	u64 gone;
};

/*
 * Opens what a maps line names as the process sees it: /proc/PID/root leads into its mount
 * namespace. An executable that was replaced is still there as /proc/PID/exe. Only regular files:
 * opening a device or a FIFO may block or do something.
 */
static int open_mapped(u32 tgid, const char *path)
{
	char real[4096 + 64], exe[4096];
	struct stat st;
	ssize_t len;
	int fd;

	snprintf(real, sizeof(real), "/proc/%u/exe", tgid);
	len = readlink(real, exe, sizeof(exe) - 1);
	if (len < 0)
		len = 0;
	exe[len] = '\0';
	if (strcmp(exe, path) &&
	    (size_t)snprintf(real, sizeof(real), "/proc/%u/root%s", tgid, path) >= sizeof(real))
		return -1;
	fd = open(real, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	if (fd >= 0 && (fstat(fd, &st) || !S_ISREG(st.st_mode))) {
		close(fd);
		fd = -1;
	}
	return fd;
}

/* userdata is the tgid, see set_tgid(). */
static int find_elf(Dwfl_Module *mod, void **userdata, const char *name, Dwarf_Addr base,
		    char **file_name, Elf **elf)
{
	int fd;

	if (*name != '/') /* the vdso */
		return dwfl_linux_proc_find_elf(mod, userdata, name, base, file_name, elf);
	fd = open_mapped((u32)(uintptr_t)*userdata, name);
	if (fd < 0)
		return -1;
	*file_name = strdup(name);
	if (*file_name)
		return fd;
	close(fd);
	return -1;
}

/*
 * By build id under /usr/lib/debug only, where distributions install debug packages.
 * dwfl_standard_find_debuginfo() would go on to debuginfod when DEBUGINFOD_URLS is set, and a
 * download may take minutes.
 */
static int find_debuginfo(Dwfl_Module *mod, void **userdata, const char *name, Dwarf_Addr base,
			  const char *file, const char *link, GElf_Word crc, char **debug_file)
{
	return dwfl_build_id_find_debuginfo(mod, userdata, name, base, file, link, crc, debug_file);
}

struct report_arg {
	u32 tgid;
	unsigned modules_cnt;
};

static int note_module(Dwfl_Module *mod, void **userdata, const char *name, Dwarf_Addr start,
		       void *arg)
{
	struct report_arg *report = arg;

	(void)mod, (void)name, (void)start;
	*userdata = (void *)(uintptr_t)report->tgid;
	report->modules_cnt++;
	return DWARF_CB_OK;
}

/* Reads /proc/PID/maps; objects are opened only when an address is in them. */
static int read_maps(Dwfl *dwfl, u32 tgid)
{
	struct report_arg report = { .tgid = tgid };
	int err;

	dwfl_report_begin(dwfl);
	err = dwfl_linux_proc_report(dwfl, (pid_t)tgid);
	if (dwfl_report_end(dwfl, NULL, NULL) || err)
		return -ESRCH;
	if (dwfl_getmodules(dwfl, note_module, &report, 0) < 0)
		return -ESRCH;
	/* The maps of a zombie are empty. */
	return report.modules_cnt ? 0 : -ESRCH;
}

/* The executable mappings of /proc/PID/maps; none are left of a process that is gone. */
static int read_code(struct proc *p, u32 tgid)
{
	char path[32], line[4096], mode[5];
	size_t nr = 0, cap = 0;
	struct range *code = NULL, r;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%u/maps", tgid);
	f = fopen(path, "re");
	if (!f)
		return -ESRCH;
	while (fgets(line, sizeof(line), f)) {
		if (sscanf(line, "%" SCNx64 "-%" SCNx64 " %4s", &r.start, &r.end, mode) != 3 ||
		    mode[2] != 'x')
			continue;
		if (ARRAY_GROW(code, nr, cap))
			break;
		code[nr++] = r;
	}
	fclose(f);
	if (!nr) {
		free(code);
		return -ESRCH;
	}
	free(p->code);
	p->code = code;
	p->nr_code = nr;
	return 0;
}

static bool is_code(const struct proc *p, u64 addr)
{
	for (size_t i = 0; i < p->nr_code; i++)
		if (addr >= p->code[i].start && addr < p->code[i].end)
			return true;
	return false;
}

struct usyms *usyms__new(void)
{
	return calloc(1, sizeof(struct usyms));
}

static void proc_deinit(struct proc *p)
{
	if (p->dwfl)
		dwfl_end(p->dwfl);
	free(p->code);
	memset(p, 0, sizeof(*p));
}

void usyms__free(struct usyms *u)
{
	if (!u)
		return;
	for (int i = 0; i < USYMS_PROCS_MAX; i++)
		proc_deinit(&u->procs[i]);
	free(u);
}

u64 usyms__gone(const struct usyms *u)
{
	return u->gone;
}

void usyms__forget(struct usyms *u, u32 tgid)
{
	for (int i = 0; i < USYMS_PROCS_MAX; i++)
		if (tgid && u->procs[i].tgid == tgid)
			proc_deinit(&u->procs[i]);
}

/* The least recently used, which a free one is. */
static struct proc *victim(struct usyms *u)
{
	struct proc *p = &u->procs[0];

	for (int i = 1; i < USYMS_PROCS_MAX; i++)
		if (u->procs[i].used < p->used)
			p = &u->procs[i];
	return p;
}

static int get_proc(struct usyms *u, u32 tgid, struct proc **out)
{
	static const Dwfl_Callbacks callbacks = {
		.find_elf = find_elf,
		.find_debuginfo = find_debuginfo,
	};
	struct proc *p;
	int err;

	u->clock++;
	for (int i = 0; i < USYMS_PROCS_MAX; i++) {
		p = &u->procs[i];
		if (p->tgid == tgid) {
			p->used = u->clock;
			*out = p;
			return 0;
		}
	}
	p = victim(u);
	proc_deinit(p);
	p->dwfl = dwfl_begin(&callbacks);
	if (!p->dwfl)
		return -ENOMEM;
	err = read_maps(p->dwfl, tgid);
	if (err) {
		proc_deinit(p);
		return err;
	}
	read_code(p, tgid);
	p->tgid = tgid;
	p->used = u->clock;
	p->reread_at = p->code_reread_at = 1;
	*out = p;
	return 0;
}

/*
 * An address in no object: one may have been mapped since (dlopen). At the 1st, 2nd, 4th, 8th...
 * such address the maps are read again, so that a process full of JIT code does not make each
 * lookup a reading of /proc.
 */
static int get_module(struct usyms *u, struct proc *p, u64 addr, Dwfl_Module **mod)
{
	u32 tgid = p->tgid;
	int err;

	*mod = dwfl_addrmodule(p->dwfl, addr);
	if (*mod)
		return 0;
	if (++p->misses < p->reread_at)
		return -ENOENT;
	p->reread_at *= 2;
	err = read_maps(p->dwfl, tgid);
	if (err) {
		usyms__forget(u, tgid);
		return err;
	}
	*mod = dwfl_addrmodule(p->dwfl, addr);
	return *mod ? 0 : -ENOENT;
}

/* Keeps the end of a path that is too long: it tells more than its begin. */
static void copy_path(char *dst, size_t sz, const char *path)
{
	size_t len = strlen(path);
	const char *from = path;

	if (len >= sz) {
		from = path + len - (sz - 1);
		from = strchr(from, '/') ? strchr(from, '/') + 1 : from;
	}
	snprintf(dst, sz, "%s", from);
}

static void fill_module(Dwfl_Module *mod, struct rec_sym *out)
{
	const char *path = dwfl_module_info(mod, NULL, NULL, NULL, NULL, NULL, NULL, NULL);
	const char *base = path ? strrchr(path, '/') : NULL;

	if (!path)
		return;
	if (!strncmp(path, "[vdso", 5)) /* libdwfl adds the pid */
		path = "[vdso]";
	snprintf(out->module, sizeof(out->module), "%s", base ? base + 1 : path);
}

static void copy_line(const char *path, int nr, struct rec_sym *out)
{
	if (!path || nr <= 0)
		return;
	copy_path(out->file, sizeof(out->file), path);
	out->line = (u32)nr;
}

/*
 * dwfl_module_getsrc() finds the unit of an address by .debug_aranges, which clang does not write
 * and libdw 0.188 does not make up for; so ask each unit.
 */
static void fill_line_without_aranges(Dwfl_Module *mod, u64 addr, struct rec_sym *out)
{
	Dwarf_Die *cu = NULL;
	Dwarf_Addr bias;

	while ((cu = dwfl_module_nextcu(mod, cu, &bias))) {
		Dwarf_Line *line;
		int nr = 0;

		if (dwarf_haspc(cu, addr - bias) != 1)
			continue;
		line = dwarf_getsrc_die(cu, addr - bias);
		if (line && !dwarf_lineno(line, &nr))
			copy_line(dwarf_linesrc(line, NULL, NULL), nr, out);
		return;
	}
}

/*
 * addr is what a call returns to, so the line is that of the byte before, except where a function
 * begins.
 */
static void fill_line(Dwfl_Module *mod, struct rec_sym *out)
{
	u64 addr = out->off ? out->addr - 1 : out->addr;
	Dwfl_Line *line = dwfl_module_getsrc(mod, addr);
	const char *path;
	int nr = 0;

	if (!line) {
		fill_line_without_aranges(mod, addr, out);
		return;
	}
	path = dwfl_lineinfo(line, NULL, &nr, NULL, NULL, NULL);
	copy_line(path, nr, out);
}

static int fill_name(Dwfl_Module *mod, struct rec_sym *out)
{
	const char *name;
	GElf_Off off = 0;
	GElf_Sym sym;

	name = dwfl_module_addrinfo(mod, out->addr, &off, &sym, NULL, NULL, NULL);
	if (!name) {
		/*
		 * Behind the end of a function whose last instruction is a call that never returns.
		 */
		name = dwfl_module_addrinfo(mod, out->addr - 1, &off, &sym, NULL, NULL, NULL);
		off++;
	}
	if (!name)
		return -ENOENT;
	snprintf(out->name, sizeof(out->name), "%s", name);
	out->off = off;
	return 0;
}

bool usyms__may_be_code(struct usyms *u, u32 tgid, u64 addr)
{
	struct proc *p;

	if (!tgid || tgid > INT32_MAX || get_proc(u, tgid, &p) || !p->nr_code || is_code(p, addr))
		return true;
	/* mapped since, as in get_module() */
	if (++p->code_misses < p->code_reread_at)
		return false;
	p->code_reread_at *= 2;
	return !read_code(p, tgid) && is_code(p, addr);
}

void usyms__open(struct usyms *u, u32 tgid, u64 addr)
{
	Dwfl_Module *mod;
	struct proc *p;
	GElf_Addr bias;

	if (tgid && tgid <= INT32_MAX && !get_proc(u, tgid, &p) && !get_module(u, p, addr, &mod))
		dwfl_module_getelf(mod, &bias);
}

int usyms__resolve(struct usyms *u, u32 tgid, u64 addr, struct rec_sym *out)
{
	Dwfl_Module *mod = NULL;
	struct proc *p;
	int err;

	memset(out, 0, sizeof(*out));
	out->h.sz = sizeof(*out);
	out->h.kind = REC_SYM;
	out->addr = addr;
	out->tgid = tgid;
	err = tgid && tgid <= INT32_MAX ? get_proc(u, tgid, &p) : -ESRCH;
	if (!err)
		err = get_module(u, p, addr, &mod);
	if (err == -ESRCH)
		u->gone++;
	if (err)
		return err;
	fill_module(mod, out);
	err = fill_name(mod, out);
	fill_line(mod, out);
	return err;
}
