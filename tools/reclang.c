// SPDX-License-Identifier: GPL-2.0
/* The record language's tables: which words and keys a kind has, and the names of values. */
#include <string.h>
#include "reclang.h"

static const struct reclang_name hook_names[] = {
#define X(id, number, symbol, ...) { number, #symbol },
	PINACCT_HOOKS(X)
#undef X
		{ 0, NULL },
};

static const struct reclang_name loss_names[] = {
#define X(id, number, class, name, ...) { number, name },
	PINACCT_LOSSES(X)
#undef X
		{ 0, NULL },
};

const struct reclang_name reclang_kind_names[] = {
#define X(id, number, type, name) { number, name },
	PINACCT_RECORDS(X)
#undef X
		{ 0, NULL },
};

static const struct reclang_name pin_flags[] = {
	{ PIN_F_WRITE, "write" },	{ PIN_F_LONGTERM, "longterm" },
	{ PIN_F_MORE, "more" },		{ PIN_F_NEXT, "next" },
	{ PIN_F_NOVMSTAT, "novmstat" }, { PIN_F_TRUNCATED, "truncated" },
	{ PIN_F_NOSTACK, "nostack" },	{ PIN_F_DIRTY, "dirty" },
	{ PIN_F_IRQ, "irq" },		{ PIN_F_INNER, "inner" },
	{ PIN_F_KTHREAD, "kthread" },	{ PIN_F_FILE, "ltfile" },
	{ PIN_F_MAPPED, "file" },	{ PIN_F_ANON, "anon" },
	{ PIN_F_SHMEM, "shmem" },	{ 0, NULL },
};

static const struct reclang_name iter_kinds[] = {
	{ PIN_ITER_UBUF, "ubuf" }, { PIN_ITER_IOVEC, "iovec" },	    { PIN_ITER_BVEC, "bvec" },
	{ PIN_ITER_KVEC, "kvec" }, { PIN_ITER_FOLIOQ, "folioq" },   { PIN_ITER_XARRAY, "xarray" },
	{ PIN_ITER_PIPE, "pipe" }, { PIN_ITER_DISCARD, "discard" }, { 0, NULL },
};

static const struct reclang_name iter_dirs[] = {
	{ PIN_DIR_SOURCE, "source" },
	{ PIN_DIR_DEST, "dest" },
	{ 0, NULL },
};

static const struct reclang_name stack_types[] = {
	{ STACK_KERNEL, "kernel" },
	{ STACK_USER, "user" },
	{ 0, NULL },
};

static const struct reclang_name stack_flags[] = {
	{ STACK_F_TRUNCATED, "truncated" },
	{ 0, NULL },
};

static const struct reclang_name phases[] = {
	{ VMSTAT_START, "start" },
	{ VMSTAT_END, "end" },
	{ 0, NULL },
};

static const struct reclang_name vmstat_flags[] = {
	{ VMSTAT_F_QUIET, "quiet" },
	{ VMSTAT_F_OWN_TRIED, "own-tried" },
	{ VMSTAT_F_OWN_SEEN, "own-seen" },
	{ 0, NULL },
};

static const struct reclang_name marks[] = {
	{ MARK_START, "start" },
	{ MARK_CMD_START, "cmd-start" },
	{ MARK_CMD_END, "cmd-end" },
	{ MARK_SETTLED, "settled" },
	{ MARK_END, "end" },
	{ MARK_NAME, "name" },
	{ MARK_SCANNED, "scanned" },
	{ MARK_NOT_DONE, "not-done" },
	{ MARK_IO_UNSEEN, "io-unseen" },
	{ MARK_IN_FLIGHT, "in-flight" },
	{ MARK_TOOL, "tool" },
	{ 0, NULL },
};

static const struct reclang_name page_phases[] = {
	{ PAGE_PHASE_START, "start" },
	{ PAGE_PHASE_SUSPECT, "suspect" },
	{ PAGE_PHASE_FREED, "freed" },
	{ PAGE_PHASE_LOSS, "loss" },
	{ 0, NULL },
};

static const struct reclang_name page_kinds[] = {
#define X(id, number, name) { number, name },
	PINACCT_PAGE_KINDS(X)
#undef X
		{ 0, NULL },
};

static const struct reclang_name page_flags[] = {
	{ PAGE_F_LOCKED, "locked" },
	{ PAGE_F_DIRTY, "dirty" },
	{ PAGE_F_WRITEBACK, "writeback" },
	{ PAGE_F_LRU, "lru" },
	{ PAGE_F_SWAPCACHE, "swapcache" },
	{ PAGE_F_UNSTABLE, "unstable" },
	{ 0, NULL },
};

static const struct reclang_name page_zones[] = {
#define X(id, number, name) { number, name },
	PINACCT_PAGE_ZONES(X)
#undef X
		{ 0, NULL },
};

static const struct reclang_name owner_kinds[] = {
#define X(id, number, name) { number, name },
	PINACCT_OWNER_KINDS(X)
#undef X
		{ 0, NULL },
};

static const struct reclang_name stack_modes[] = {
	{ STACKS_OFF, "off" },
	{ STACKS_CALLER, "caller" },
	{ STACKS_CACHED, "cached" },
	{ STACKS_EXACT, "exact" },
	{ 0, NULL },
};

static const struct reclang_name hook_states[] = {
	{ HOOK_STATE_ATTACHED, "attached" },
	{ HOOK_STATE_MISSING, "missing" },
	{ HOOK_STATE_FAILED, "failed" },
	{ HOOK_STATE_UNUSED, "unused" },
	{ 0, NULL },
};

static const struct reclang_name hook_mechs[] = {
	{ HOOK_MECH_NONE, "none" },   { HOOK_MECH_FENTRY, "fentry" },
	{ HOOK_MECH_FEXIT, "fexit" }, { HOOK_MECH_KPROBE, "kprobe" },
	{ HOOK_MECH_TP, "tp" },	      { 0, NULL },
};

/* A field of struct rec_<r>; further members of the table's row may follow. */
#define F(key_, type_, r, m, ...)                                                                  \
	{                                                                                          \
		.key = key_, .type = RECLANG_##type_, .off = offsetof(struct rec_##r, m),          \
		.sz = sizeof(((struct rec_##r *)NULL)->m), ##__VA_ARGS__                           \
	}
#define FIELDS_END                                                                                 \
	{                                                                                          \
		.sz = 0                                                                            \
	}

const struct reclang_field reclang_common[] = {
	F("ts", TIME, hdr, ts_ns),
	F("cpu", NUM, hdr, cpu),
	FIELDS_END,
};

static const struct reclang_field fields_rec_meta[] = {
	F("release", TEXT, meta, release),
	F("page", NUM, meta, page_bytes, .def = 4096),
	F("cpus", NUM, meta, nr_cpus),
	F("stacks", ENUM, meta, stacks, .names = stack_modes),
	F("realtime", TIME, meta, realtime_offset_ns),
	F("preexisting", SIGNED, meta, preexisting_pages),
	F("boot", TEXT, meta, boot_id),
	F("machine", TEXT, meta, machine),
	F("tool", TEXT, meta, tool),
	F("command", TEXT, meta, command),
	F("version", NUM, meta, wire_version, .def = PINACCT_WIRE_VERSION),
	FIELDS_END,
};

static const struct reclang_field fields_rec_hook[] = {
	F(NULL, ENUM, hook, api, .names = hook_names),
	F(NULL, ENUM, hook, state, .names = hook_states),
	F(NULL, ENUM, hook, mech, .names = hook_mechs),
	F("error", SIGNED, hook, error),
	F("symbol", TEXT, hook, symbol, .names = hook_names),
	FIELDS_END,
};

static const struct reclang_field fields_rec_pin[] = {
	F("tid", NUM, pin, tid),
	F("tgid", NUM, pin, tgid),
	F("comm", TEXT, pin, comm),
	F("api", ENUM, pin, api, .names = hook_names),
	F("flags", FLAGS, pin, flags, .names = pin_flags),
	F("stack", NUM, pin, stack_id),
	F("ustack", NUM, pin, ustack_id),
	F("mm", HEX, pin, mm),
	F("ctx", HEX, pin, bio),
	F("cgroup", NUM, pin, cgroup_id),
	F("iter", ENUM, pin, iter_kind, .names = iter_kinds),
	F("dir", ENUM, pin, iter_dir, .names = iter_dirs),
	F("fs", TEXT, pin, fs),
	F("dev", DEV, pin, dev),
	F("ino", NUM, pin, ino),
	F("fs_hook", ENUM, pin, fs_hook, .names = hook_names),
	F("call", NUM, pin, call_id),
	F("runs", RUNS, pin, nr_runs),
	FIELDS_END,
};

static const struct reclang_field fields_rec_unpin[] = {
	F("tid", NUM, unpin, tid),
	F("tgid", NUM, unpin, tgid),
	F("comm", TEXT, unpin, comm),
	F("api", ENUM, unpin, api, .names = hook_names),
	F("flags", FLAGS, unpin, flags, .names = pin_flags),
	F("stack", NUM, unpin, stack_id),
	F("mm", HEX, unpin, mm),
	F("ctx", HEX, unpin, bio),
	F("call", NUM, unpin, call_id),
	F("runs", RUNS, unpin, nr_runs),
	FIELDS_END,
};

static const struct reclang_field fields_rec_stack[] = {
	F(NULL, ENUM, stack, type, .names = stack_types),
	F("id", NUM, stack, id),
	F("tgid", NUM, stack, tgid),
	F("flags", FLAGS, stack, flags, .names = stack_flags),
	F(NULL, FRAMES, stack, nr),
	FIELDS_END,
};

static const struct reclang_field fields_rec_task[] = {
	F("tid", NUM, task, tid),
	F("tgid", NUM, task, tgid),
	F("parent", NUM, task, parent),
	F("mm", HEX, task, mm),
	F("comm", TEXT, task, comm),
	F("group_dead", NUM, task, group_dead),
	FIELDS_END,
};

static const struct reclang_field fields_rec_ns_pid[] = {
	F("tid", NUM, ns_pid, tid),
	F("tgid", NUM, ns_pid, tgid),
	F("ns_tid", NUM, ns_pid, ns_tid),
	F("ns_tgid", NUM, ns_pid, ns_tgid),
	FIELDS_END,
};

static const struct reclang_field fields_rec_lost[] = {
	F("reason", ENUM, lost, reason, .names = loss_names),
	F("count", NUM, lost, count),
	F("api", ENUM, lost, api, .names = hook_names),
	FIELDS_END,
};

static const struct reclang_field fields_rec_stack_use[] = {
	F("hits", NUM, stack_use, hits),
	F("misses", NUM, stack_use, misses),
	F("checks", NUM, stack_use, checks),
	FIELDS_END,
};

static const struct reclang_field fields_rec_vmstat[] = {
	F(NULL, ENUM, vmstat, phase, .names = phases),
	F("acquired", NUM, vmstat, vm_acquired),
	F("released", NUM, vmstat, vm_released),
	F("seen", PAIR, vmstat, seen_acquired),
	F("added", NUM, vmstat, added),
	F("zero", PAIR, vmstat, zero_acquired),
	F("slack", NUM, vmstat, slack),
	F("flags", FLAGS, vmstat, flags, .names = vmstat_flags),
	FIELDS_END,
};

static const struct reclang_field fields_rec_mark[] = {
	F(NULL, ENUM, mark, mark, .names = marks),
	F("value", NUM, mark, value),
	F("text", TEXT, mark, text),
	FIELDS_END,
};

static const struct reclang_field fields_rec_sym[] = {
	F(NULL, HEX, sym, addr),
	F(NULL, NAMEOFF, sym, name),
	F(NULL, MODULE, sym, module),
	F("tgid", NUM, sym, tgid),
	F("file", TEXT, sym, file),
	F("line", NUM, sym, line),
	FIELDS_END,
};

static const struct reclang_field fields_rec_page[] = {
	F(NULL, ENUM, page, phase, .names = page_phases),
	F(NULL, ENUM, page, kind, .names = page_kinds),
	F("pfn", NUM, page, pfn),
	F("order", NUM, page, order),
	F("folios", NUM, page, folios, .def = 1),
	F("refcount", SIGNED, page, refcount),
	F("pincount", SIGNED, page, pincount),
	F("mapcount", SIGNED, page, mapcount),
	F("flags", FLAGS, page, flags, .names = page_flags),
	F("cgroup", NUM, page, cgroup_id),
	F("fs", TEXT, page, fs),
	F("dev", DEV, page, dev),
	F("ino", NUM, page, ino),
	F("stack", NUM, page, stack_id),
	F("zone", ENUM, page, zone, .names = page_zones),
	F("node", NUM, page, node),
	FIELDS_END,
};

static const struct reclang_field fields_rec_writeback[] = {
	F("pfn", NUM, writeback, pfn),
	F("order", NUM, writeback, order),
	F("refcount", SIGNED, writeback, refcount),
	F("pincount", SIGNED, writeback, pincount),
	F("fs", TEXT, writeback, fs),
	F("dev", DEV, writeback, dev),
	F("ino", NUM, writeback, ino),
	F("stack", NUM, writeback, stack_id),
	F("tid", NUM, writeback, tid),
	F("tgid", NUM, writeback, tgid),
	F("comm", TEXT, writeback, comm),
	FIELDS_END,
};

static const struct reclang_field fields_rec_owner[] = {
	F(NULL, ENUM, owner, phase, .names = page_phases),
	F(NULL, ENUM, owner, kind, .names = owner_kinds),
	F("object", HEX, owner, object),
	F("mm", HEX, owner, mm),
	F("start", HEX, owner, start),
	F("bytes", NUM, owner, bytes),
	F("pinned_vm", NUM, owner, pinned_vm),
	F("locked_vm", NUM, owner, locked_vm),
	F("tgid", NUM, owner, tgid),
	F("pid", NUM, owner, pid),
	F("fd", SIGNED, owner, fd),
	F("others", NUM, owner, others),
	F("comm", TEXT, owner, comm),
	F("path", TEXT, owner, path),
	F("runs", RUNS, owner, nr_runs),
	FIELDS_END,
};

static const struct reclang_field fields_raw[] = {
	F(NULL, ENUM, hdr, kind, .names = reclang_kind_names),
	{ .key = "data", .type = RECLANG_DATA, .off = sizeof(struct rec_hdr), .sz = 1 },
	FIELDS_END,
};

/* The fields go by the struct: fork, exit and mm share theirs. */
static const struct reclang_kind kinds[] = {
#define X(id, number, type, name) { name, number, sizeof(struct type), fields_##type },
	PINACCT_RECORDS(X)
#undef X
		{ "raw", REC_NONE, sizeof(struct rec_hdr), fields_raw },
};

#define NR_KINDS (sizeof(kinds) / sizeof(*kinds))

const struct reclang_kind *reclang__kind_by_text(const char *text)
{
	for (size_t i = 0; i < NR_KINDS; i++)
		if (!strcmp(kinds[i].text, text))
			return &kinds[i];
	return NULL;
}

const struct reclang_kind *reclang__kind_by_number(u16 kind)
{
	for (size_t i = 0; i < NR_KINDS; i++)
		if (kinds[i].kind == kind)
			return &kinds[i];
	return NULL;
}

const char *reclang__name(const struct reclang_name *names, u64 value)
{
	for (; names && names->text; names++)
		if (names->value == value)
			return names->text;
	return NULL;
}

const char *reclang__default_text(const void *rec, const struct reclang_field *f)
{
	const char *name = NULL;

	if (f->names)
		name = reclang__name(f->names, ((const struct rec_hook *)rec)->api);
	return name ? name : "";
}

u64 reclang__get(const void *rec, const struct reclang_field *f)
{
	u64 value = 0;

	memcpy(&value, (const char *)rec + f->off, f->sz);
	return value;
}

bool reclang__put(void *rec, const struct reclang_field *f, u64 value)
{
	if (f->sz < sizeof(value) && value >> (8 * f->sz))
		return false;
	memcpy((char *)rec + f->off, &value, f->sz);
	return true;
}
