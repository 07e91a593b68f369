// SPDX-License-Identifier: GPL-2.0
#include "kernel_types.h"
#include "maps.bpf.h"
#include "page.bpf.h"

/* Where the struct pages are. Run once from user space, before any other program is attached. */
SEC("syscall")
int calibrate(void *ctx)
{
	find_struct_pages(cfg_vmemmap_base_addr);
	if (cfg_zero_pfn_addr) {
		u64 pfn = 0;

		bpf_probe_read_kernel(&pfn, sizeof(pfn), (void *)cfg_zero_pfn_addr);
		zero_page = vmemmap_start + (pfn << cfg_page_struct_shift);
	}
	return 0;
}
