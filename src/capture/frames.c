// SPDX-License-Identifier: GPL-2.0
#include <stddef.h>
#include <string.h>
#include "capture/frames.h"
#include "kernel/ksyms.h"

/*
 * Where the call of a trampoline returns to, in bytes from the function's begin. x86: a call of
 * five bytes, behind endbr64 (four bytes) where the kernel is built for IBT. arm64: two
 * instructions, behind `bti c`.
 */
#ifdef __aarch64__
static const u64 entry_returns[] = { 8, 12 };
#else
static const u64 entry_returns[] = { 5, 9 };
#endif

static const struct {
	const char *stub, *says;
} hiders[] = {
	{ "return_to_handler", "[caller hidden by the function graph tracer]" },
	{ "arch_rethook_trampoline", "[caller hidden by a return probe]" },
	{ "__kretprobe_trampoline", "[caller hidden by a return probe]" },
};

const char *frames__hidden_caller(const char *name)
{
	for (size_t i = 0; i < sizeof(hiders) / sizeof(hiders[0]); i++)
		if (!strcmp(name, hiders[i].stub))
			return hiders[i].says;
	return NULL;
}

bool frames__any_unknown(const struct ksyms *ks, const u64 *ips, u16 nr)
{
	for (u16 i = 0; i < nr; i++)
		if (ksyms__find(ks, ips[i], NULL, NULL, NULL) && ksyms__is_bpf(ks, ips[i]))
			return true;
	return false;
}

/* Was ip, of the frame behind that of `nearer`, left there by a trampoline that called the rest? */
static bool is_left_by_trampoline(const struct ksyms *ks, u64 ip, u64 nearer)
{
	u64 off, nearer_off;

	if (ksyms__find(ks, ip, NULL, NULL, &off) ||
	    ksyms__find(ks, nearer, NULL, NULL, &nearer_off) || ip - off != nearer - nearer_off)
		return false;
	for (size_t i = 0; i < sizeof(entry_returns) / sizeof(entry_returns[0]); i++)
		if (off == entry_returns[i])
			return true;
	return false;
}

/*
 * The entry stubs of interrupts (arch/x86/entry: asm_common_interrupt, asm_sysvec_*). Below them is
 * the task that happened to run.
 */
static bool is_interrupt_entry(const struct ksyms *ks, u64 ip)
{
	const char *name;

	return !ksyms__find(ks, ip, &name, NULL, NULL) &&
	       (!strncmp(name, "asm_sysvec_", 11) || !strcmp(name, "asm_common_interrupt"));
}

u16 frames__keep_kernel(const struct ksyms *ks, u64 *ips, u16 nr)
{
	u16 kept = 0;

	for (u16 i = 0; i < nr; i++) {
		if (ksyms__is_bpf(ks, ips[i]) ||
		    (kept && is_left_by_trampoline(ks, ips[i], ips[kept - 1])))
			continue;
		ips[kept++] = ips[i];
		if (is_interrupt_entry(ks, ips[i]))
			break;
	}
	return kept;
}
