// SPDX-License-Identifier: GPL-2.0
#include "kernel_types.h"
#include "maps.bpf.h"
#include "page.bpf.h"

/*
 * Where the struct pages are, who calls (kernel/self.h) and what time it is. Run from user space,
 * in its own context, before any other program is attached.
 */
SEC("syscall")
int calibrate(void *ctx)
{
	calibrated_ns = bpf_ktime_get_ns();
	own_tgid = bpf_get_current_pid_tgid() >> 32;
	pid_ns__of(bpf_get_current_task_btf(), &own_ns);
	find_struct_pages(cfg_vmemmap_base_addr);
	if (cfg_zero_pfn_addr) {
		u64 pfn = 0;

		bpf_probe_read_kernel(&pfn, sizeof(pfn), (void *)cfg_zero_pfn_addr);
		zero_page = vmemmap_start + (pfn << cfg_page_struct_shift);
	}
	return 0;
}
