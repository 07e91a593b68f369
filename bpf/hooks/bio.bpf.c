// SPDX-License-Identifier: GPL-2.0
/* Which bio, and which iterator, pages are pinned or released for. These programs count nothing. */
#include "kernel_types.h"
#include <bpf/bpf_tracing.h>
#include "gets.bpf.h"
#include "handle.bpf.h"
#include "program.bpf.h"

SEC("?fentry/bio_iov_iter_get_pages")
int fentry_bio_iov_iter_get_pages(u64 *ctx)
{
	return handle_bio_enter(arg(ctx, 0), (const struct iov_iter *)ctx[1]);
}

SEC("?fexit/bio_iov_iter_get_pages")
int fexit_bio_iov_iter_get_pages(void *ctx)
{
	return handle_bio_leave();
}

SEC("?fentry/bio_iov_iter_bounce")
int op_bio_iov_iter_bounce(u64 *ctx)
{
	return handle_bounce(ctx);
}

#define BIO_RELEASE_PROGRAMS(func)                                                                 \
	SEC("?fentry/" #func)                                                                      \
	int fentry_##func(void *ctx)                                                               \
	{                                                                                          \
		return set_release_bio(arg(ctx, 0));                                               \
	}                                                                                          \
	SEC("?fexit/" #func)                                                                       \
	int fexit_##func(void *ctx)                                                                \
	{                                                                                          \
		return set_release_bio(0);                                                         \
	}

static __always_inline int __bio_release_pages_body(void *ctx)
{
	const struct bio *bio = (const struct bio *)((u64 *)ctx)[0];

	return handle_bio_release(ctx, bio, arg(ctx, 0));
}
TWICE(fentry, __bio_release_pages, BIO_RELEASE_PAGES, true, note_nothing, __bio_release_pages_body)

/* Where bios hold references, which it puts (6.1). */
SEC("?fentry/__bio_release_pages")
int op___bio_release_pages(void *ctx)
{
	return handle_bio_put(ctx, (const struct bio *)((u64 *)ctx)[0], arg(ctx, 0));
}
BIO_RELEASE_PROGRAMS(bio_iov_iter_unbounce)
BIO_RELEASE_PROGRAMS(bio_unpin_pages)

/* Context: iterators. lib/ is built without fentry sites. */
#define ITER_PROGRAM(func)                                                                         \
	SEC("?kprobe/" #func)                                                                      \
	int kprobe_##func(struct pt_regs *ctx)                                                     \
	{                                                                                          \
		return handle_iter((const struct iov_iter *)PT_REGS_PARM1(ctx));                   \
	}

ITER_PROGRAM(iov_iter_extract_pages)
ITER_PROGRAM(iov_iter_pin_pages)
ITER_PROGRAM(iov_iter_pin_pages_alloc)
