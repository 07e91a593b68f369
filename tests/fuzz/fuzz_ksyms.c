// SPDX-License-Identifier: GPL-2.0
/* Any text as /proc/kallsyms: parsed, or refused, never read beyond its end. */
#include "kernel/ksyms.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct ksyms *ks = ksyms__parse((const char *)data, size, "fuzz", NULL, 0);
	const char *name, *module;
	u64 addr = 0;

	if (!ks)
		return 0;
	for (size_t i = 0; i + sizeof(addr) <= size && i < 64; i += sizeof(addr)) {
		__builtin_memcpy(&addr, data + i, sizeof(addr));
		if (!ksyms__find(ks, addr, &name, &module, NULL) && !*name)
			__builtin_trap(); /* a symbol without a name */
		ksyms__is_bpf(ks, addr);
	}
	ksyms__free(ks);
	return 0;
}
