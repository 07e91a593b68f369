// SPDX-License-Identifier: GPL-2.0
/* What happens to pages while they are pinned: writeback begins on them, or they are freed. */
#include "kernel_types.h"
#include "program.bpf.h"
#include "writeback.bpf.h"

SEC("?fentry/__folio_start_writeback")
int fentry___folio_start_writeback(void *ctx)
{
	return handle_writeback(ctx, arg(ctx, 0));
}

static __always_inline int mm_page_free_body(u64 *ctx, bool first)
{
	u64 page;

	if (!ctx[1])
		return 0;
	/* as a number: the verifier allows no arithmetic with its `struct page *` */
	bpf_probe_read_kernel(&page, sizeof(page), ctx);
	return handle_free(ctx, page, ctx[1], first);
}
PAIR(tp_btf, tp, mm_page_free, mm_page_free_body)
