/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What kind of memory a pin is of: told by its first page, when it is pinned, as nobody can tell
 * once the pin is gone. Of long-term pins, which are few; of all pins and references when these are
 * recorded.
 */
#ifndef PINACCT_BACKING_BPF_H
#define PINACCT_BACKING_BPF_H

#include "kernel_types.h"
#include "maps.bpf.h"
#include "pagekind.bpf.h"

/* Eight bytes of a file system type's name. */
#define FS_TMPFS  0x7366706d74ULL	/* "tmpfs" */
#define FS_DEVTMP 0x7366706d74766564ULL /* "devtmpfs" */
#define FS_HUGE	  0x66626c7465677568ULL /* "hugetlbf" */

static __always_inline bool wants_backing(u32 flags)
{
	return flags & PIN_F_LONGTERM || cfg_gets;
}

static __always_inline bool is_hugetlb(u64 head)
{
	u64 flags = word_at(head + page_flags_offset());

	/* 1 for the references: a page that is pinned has some */
	return kind_by_type(head, flags, 1) == PAGE_KIND_HUGETLB ||
	       is_hugetlb_61(head, head_order(head));
}

static __always_inline u32 backing_by_fs(u64 fs)
{
	if (fs == FS_HUGE)
		return PIN_F_HUGETLB;
	return fs == FS_TMPFS || fs == FS_DEVTMP ? PIN_F_SHMEM : PIN_F_FILE;
}

/*
 * The flag; and of a page with a file, its file, unless the record names the file of an operation.
 */
__noinline int name_backing(struct rec_pin *r, u64 page)
{
	u64 head, mapping, ino = 0, fs[PIN_FS_BYTES / 8] = {};
	u32 dev = 0;

	if (!r || !page)
		return 0;
	head = page_head(page);
	mapping = word_at(head + PAGE_OFF(mapping));
	if (mapping & MAPPING_KSM) {
		r->flags |= is_hugetlb(head) ? PIN_F_HUGETLB : PIN_F_ANON;
		return 0;
	}
	if (mapping)
		page_file(mapping, &ino, &dev, (char *)fs);
	if (!fs[0])
		return 0;
	r->flags |= backing_by_fs(fs[0]);
	if (r->fs_hook)
		return 0;
	r->ino = ino;
	r->dev = dev;
	((u64 *)r->fs)[0] = fs[0];
	((u64 *)r->fs)[1] = fs[1];
	return 0;
}

#endif
