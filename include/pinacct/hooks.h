/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Every kernel function that pinacct looks at: the one table.
 *
 * A row gives the kernel symbol; its BPF programs are found by name
 * (`fexit_<symbol>`, `fentry_<symbol>`, `kprobe_<symbol>`,
 * `kretprobe_<symbol>`), so that adding a hook is one row here and one small
 * program in bpf/. Autoload, attach, `probe`, `--dry-run`, the wire format's
 * `api` numbers and the names in reports all come from this table.
 *
 * Columns:
 *   id      HOOK_<id>, and the name of the `api` number on the wire
 *   number  that number: written to files, so append only, never renumber
 *   symbol  the kernel function
 *   by      whose call it is: of a TASK, or of an IRQ as well; or it is a tracepoint, TP
 *   role    ACQUIRE  counts pins         RELEASE  counts unpins
 *           BIO, ITER, FS, GUARD         context for attribution, counts nothing
 *           GET      references (FOLL_GET) taken PUT      references put, where that can be seen
 *           OP       a file operation begins; context, too
 *                    (these three are off unless asked for: --gets, audit)
 *           REF                          a page loses a reference; off unless asked for: --page-ref
 *           TASK                         life of tasks and address spaces
 *           PAGE                         writeback and freeing of pinned pages
 *   family  which releases belong to which acquisitions (ledger rule 2)
 *   need    MUST: without it the verdict is wrong; SOME: where it exists, it
 *           must attach; MAY: attribution only
 *   vmstat  does the function move nr_foll_pin_*? (KERNEL.md 3.3)
 *   since   the kernel (and commit, where one is known) that brought it
 */
#ifndef PINACCT_HOOKS_H
#define PINACCT_HOOKS_H

/* clang-format off: a row a hook */
#define PINACCT_HOOKS(X)                                                                           \
	/* acquisitions: recorded when the call returns */                                         \
	X(PIN_USER_PAGES, 1, pin_user_pages, TASK, ACQUIRE, USER, MUST, 1, "5.6 eddb1c228f79")     \
	X(PIN_USER_PAGES_FAST, 2, pin_user_pages_fast, TASK, ACQUIRE, USER, MUST, 1,               \
	  "5.6 eddb1c228f79")                                                                      \
	X(PIN_USER_PAGES_REMOTE, 3, pin_user_pages_remote, TASK, ACQUIRE, USER, MUST, 1,           \
	  "5.6 eddb1c228f79")                                                                      \
	X(PIN_USER_PAGES_UNLOCKED, 4, pin_user_pages_unlocked, TASK, ACQUIRE, USER, MUST, 1,       \
	  "5.8 91429023a69d")                                                                      \
	X(PIN_USER_PAGES_FAST_ONLY, 5, pin_user_pages_fast_only, TASK, ACQUIRE, USER, SOME, 1,     \
	  "5.8 104acc327648, gone in 6.3")                                                         \
	X(MEMFD_PIN_FOLIOS, 6, memfd_pin_folios, TASK, ACQUIRE, FOLIO, SOME, 1,                    \
	  "6.11 89c1905d9c14")                                                                     \
	X(FOLIO_ADD_PIN, 7, folio_add_pin, TASK, ACQUIRE, USER, SOME, 0, "6.5 1101fb8f89e5")       \
	X(FOLIO_ADD_PINS, 8, folio_add_pins, TASK, ACQUIRE, FOLIO, SOME, 1, "6.13")                \
	X(PIN_USER_PAGE, 9, pin_user_page, TASK, ACQUIRE, USER, SOME, 1, "patched kernels only")   \
	/* references: recorded when the call returns, never counted as pins */                    \
	X(GET_USER_PAGES, 16, get_user_pages, TASK, GET, NONE, MAY, 0, "2.4")                      \
	X(GET_USER_PAGES_FAST, 17, get_user_pages_fast, TASK, GET, NONE, MAY, 0,                   \
	  "2.6.27 21cc199baa81")                                                                   \
	X(GET_USER_PAGES_REMOTE, 18, get_user_pages_remote, TASK, GET, NONE, MAY, 0,               \
	  "4.6 1e9877902dc7")                                                                      \
	X(GET_USER_PAGES_UNLOCKED, 19, get_user_pages_unlocked, TASK, GET, NONE, MAY, 0, "4.0")    \
	X(GET_USER_PAGES_FAST_ONLY, 20, get_user_pages_fast_only, TASK, GET, NONE, MAY, 0, "5.8")  \
	/* put_page() is inline everywhere; these callers of it are not (KERNEL.md 2.4) */         \
	X(NFS_DIRECT_RELEASE_PAGES, 24, nfs_direct_release_pages, TASK, PUT, NONE, MAY, 0,         \
	  "2.6, nfs")                                                                              \
	/* tracepoints of kernels with CONFIG_DEBUG_PAGE_REF: put_page(), too, changes a count */  \
	X(PAGE_REF_MOD, 25, page_ref_mod, TP, REF, NONE, MAY, 0, "4.6, DEBUG_PAGE_REF")            \
	X(PAGE_REF_MOD_AND_TEST, 26, page_ref_mod_and_test, TP, REF, NONE, MAY, 0,                 \
	  "4.6, DEBUG_PAGE_REF")                                                                   \
	X(PAGE_REF_MOD_AND_RETURN, 27, page_ref_mod_and_return, TP, REF, NONE, MAY, 0,             \
	  "4.6, DEBUG_PAGE_REF")                                                                   \
	/* releases: recorded when the call begins, before the page can be pinned again */         \
	X(UNPIN_USER_PAGE, 32, unpin_user_page, IRQ, RELEASE, USER, MUST, 1, "5.6 f1f6a7dd9b53")   \
	X(UNPIN_USER_PAGES, 33, unpin_user_pages, TASK, RELEASE, USER, MUST, 1,                    \
	  "5.6 f1f6a7dd9b53")                                                                      \
	X(UNPIN_USER_PAGES_DIRTY_LOCK, 34, unpin_user_pages_dirty_lock, TASK, RELEASE, USER, MUST, \
	  1, "5.6 f1f6a7dd9b53")                                                                   \
	X(UNPIN_USER_PAGE_RANGE_DIRTY_LOCK, 35, unpin_user_page_range_dirty_lock, TASK, RELEASE,   \
	  USER, MUST, 1, "5.14 458a4f788f43")                                                      \
	X(UNPIN_USER_FOLIO, 36, unpin_user_folio, IRQ, RELEASE, USER, SOME, 1, "6.11")             \
	X(UNPIN_FOLIO, 37, unpin_folio, TASK, RELEASE, FOLIO, SOME, 1, "6.11 6cc040542ba7")        \
	X(UNPIN_FOLIOS, 38, unpin_folios, TASK, RELEASE, FOLIO, SOME, 1, "6.11 6cc040542ba7")      \
	/* context: whose bio, which iterator, what file system; never counted */                  \
	X(BIO_IOV_ITER_GET_PAGES, 64, bio_iov_iter_get_pages, TASK, BIO, NONE, MAY, 0, "4.8")      \
	X(BIO_RELEASE_PAGES, 65, __bio_release_pages, IRQ, BIO, USER, MAY, 0, "6.2")               \
	X(BIO_IOV_ITER_UNBOUNCE, 66, bio_iov_iter_unbounce, TASK, BIO, NONE, MAY, 0, "7.0")        \
	X(BIO_UNPIN_PAGES, 67, bio_unpin_pages, TASK, BIO, NONE, MAY, 0, "patched kernels only")   \
	X(IOV_ITER_EXTRACT_PAGES, 68, iov_iter_extract_pages, TASK, ITER, NONE, MAY, 0,            \
	  "6.3 7d58fe731028")                                                                      \
	X(IOV_ITER_PIN_PAGES, 69, iov_iter_pin_pages, TASK, ITER, NONE, MAY, 0,                    \
	  "patched kernels only")                                                                  \
	X(IOV_ITER_PIN_PAGES_ALLOC, 70, iov_iter_pin_pages_alloc, TASK, ITER, NONE, MAY, 0,        \
	  "patched kernels only")                                                                  \
	X(MIGRATE_UNPINNABLE, 71, migrate_longterm_unpinnable_folios, TASK, GUARD, NONE, MAY, 0,   \
	  "6.11")                                                                                  \
	X(IOMAP_DIO_BIO_ITER, 80, iomap_dio_bio_iter, TASK, FS, NONE, MAY, 0, "5.15")              \
	X(IOMAP_DIO_READ_SIMPLE, 81, __iomap_dio_read_simple, TASK, FS, NONE, MAY, 0, "7.3")       \
	X(GENERIC_FILE_READ_ITER, 82, generic_file_read_iter, TASK, FS, NONE, MAY, 0, "3.16")      \
	X(GENERIC_FILE_DIRECT_WRITE, 83, generic_file_direct_write, TASK, FS, NONE, MAY, 0, "2.6") \
	X(BLKDEV_READ_ITER, 84, blkdev_read_iter, TASK, FS, NONE, MAY, 0, "3.16")                  \
	X(BLKDEV_WRITE_ITER, 85, blkdev_write_iter, TASK, FS, NONE, MAY, 0, "3.16")                \
	X(FUSE_DIRECT_IO, 86, fuse_direct_io, TASK, FS, NONE, MAY, 0, "2.6, fuse")                 \
	X(NETFS_UNBUFFERED_READ, 87, netfs_unbuffered_read_iter_locked, TASK, FS, NONE, MAY, 0,    \
	  "6.8, netfs")                                                                            \
	X(NETFS_UNBUFFERED_WRITE, 88, netfs_unbuffered_write_iter_locked, TASK, FS, NONE, MAY, 0,  \
	  "6.8, netfs")                                                                            \
	X(NFS_DIRECT_READ, 89, nfs_file_direct_read, TASK, FS, NONE, MAY, 0, "2.4, nfs")           \
	X(NFS_DIRECT_WRITE, 90, nfs_file_direct_write, TASK, FS, NONE, MAY, 0, "2.4, nfs")         \
	X(CEPH_DIRECT, 91, ceph_direct_read_write, TASK, FS, NONE, MAY, 0, "4.4, ceph")            \
	X(CIFS_READV, 92, __cifs_readv, TASK, FS, NONE, MAY, 0, "5.0 to 6.9, cifs")                \
	X(CIFS_WRITEV, 93, __cifs_writev, TASK, FS, NONE, MAY, 0, "5.0 to 6.9, cifs")              \
	X(BIO_IOV_ITER_BOUNCE, 94, bio_iov_iter_bounce, TASK, BIO, NONE, MAY, 0, "7.0")            \
	/* operations; what is not here is told of by the rows above, when it gets that far */     \
	X(GENERIC_WRITE, 100, generic_file_write_iter, TASK, OP, NONE, MAY, 0, "3.16")             \
	X(EXT4_READ, 101, ext4_file_read_iter, TASK, OP, NONE, MAY, 0, "4.10, ext4")               \
	X(EXT4_WRITE, 102, ext4_file_write_iter, TASK, OP, NONE, MAY, 0, "3.16, ext4")             \
	X(XFS_READ, 103, xfs_file_read_iter, TASK, OP, NONE, MAY, 0, "3.16, xfs")                  \
	X(XFS_WRITE, 104, xfs_file_write_iter, TASK, OP, NONE, MAY, 0, "3.16, xfs")                \
	X(BTRFS_READ, 105, btrfs_file_read_iter, TASK, OP, NONE, MAY, 0, "5.9, btrfs")             \
	X(BTRFS_WRITE, 106, btrfs_file_write_iter, TASK, OP, NONE, MAY, 0, "3.16, btrfs")          \
	X(F2FS_READ, 107, f2fs_file_read_iter, TASK, OP, NONE, MAY, 0, "5.3, f2fs")                \
	X(F2FS_WRITE, 108, f2fs_file_write_iter, TASK, OP, NONE, MAY, 0, "3.16, f2fs")             \
	X(EXT2_READ, 109, ext2_file_read_iter, TASK, OP, NONE, MAY, 0, "4.10, ext2")               \
	X(EXT2_WRITE, 110, ext2_file_write_iter, TASK, OP, NONE, MAY, 0, "4.10, ext2")             \
	X(EXFAT_READ, 111, exfat_file_read_iter, TASK, OP, NONE, MAY, 0, "6.9, exfat")             \
	X(EXFAT_WRITE, 112, exfat_file_write_iter, TASK, OP, NONE, MAY, 0, "6.8, exfat")           \
	X(OVL_READ, 113, ovl_read_iter, TASK, OP, NONE, MAY, 0, "4.19, overlay")                   \
	X(OVL_WRITE, 114, ovl_write_iter, TASK, OP, NONE, MAY, 0, "4.19, overlay")                 \
	X(SHMEM_READ, 115, shmem_file_read_iter, TASK, OP, NONE, MAY, 0, "3.16")                   \
	X(SHMEM_WRITE, 116, shmem_file_write_iter, TASK, OP, NONE, MAY, 0, "6.6 e88e0d366f9c")     \
	X(FUSE_READ, 117, fuse_file_read_iter, TASK, OP, NONE, MAY, 0, "3.16, fuse")               \
	X(FUSE_WRITE, 118, fuse_file_write_iter, TASK, OP, NONE, MAY, 0, "3.16, fuse")             \
	X(NFS_READ, 119, nfs_file_read, TASK, OP, NONE, MAY, 0, "2.4, nfs")                        \
	X(NFS_WRITE, 120, nfs_file_write, TASK, OP, NONE, MAY, 0, "2.4, nfs")                      \
	X(V9FS_READ, 121, v9fs_file_read_iter, TASK, OP, NONE, MAY, 0, "4.1, 9p")                  \
	X(V9FS_WRITE, 122, v9fs_file_write_iter, TASK, OP, NONE, MAY, 0, "4.1, 9p")                \
	X(VMSPLICE, 123, __x64_sys_vmsplice, TASK, OP, NONE, MAY, 0, "4.17, x86")                  \
	/* tasks and address spaces */                                                             \
	X(TASK_FORK, 96, sched_process_fork, TP, TASK, NONE, MUST, 0, "tracepoint")                \
	X(TASK_EXIT, 97, sched_process_exit, TP, TASK, NONE, MUST, 0, "tracepoint")                \
	X(MM_GONE, 98, exit_mmap, TASK, TASK, NONE, MUST, 0, "2.4")                                \
	/* what becomes of pinned pages */                                                         \
	X(FOLIO_START_WRITEBACK, 124, __folio_start_writeback, TASK, PAGE, NONE, MAY, 0, "5.16")   \
	X(MM_PAGE_FREE, 125, mm_page_free, TP, PAGE, NONE, MAY, 0, "tracepoint")
/* clang-format on */

enum hook_by {
	HOOK_BY_TASK,
	HOOK_BY_IRQ,
	HOOK_BY_TP,
};

enum hook_role {
	HOOK_ROLE_ACQUIRE = 1,
	HOOK_ROLE_RELEASE,
	HOOK_ROLE_BIO,
	HOOK_ROLE_ITER,
	HOOK_ROLE_FS,
	HOOK_ROLE_GUARD,
	HOOK_ROLE_TASK,
	HOOK_ROLE_PAGE,
	HOOK_ROLE_GET,
	HOOK_ROLE_PUT,
	HOOK_ROLE_OP,
	HOOK_ROLE_REF,
};

enum hook_family {
	HOOK_FAMILY_NONE,
	HOOK_FAMILY_USER,  /* pin_user_pages*() and unpin_user_*() */
	HOOK_FAMILY_FOLIO, /* memfd_pin_folios() and unpin_folio*() */
};

enum hook_need {
	HOOK_NEED_MUST,
	HOOK_NEED_SOME,
	HOOK_NEED_MAY,
};

/* The numbers of the table: `api` in records. */
enum hook_id {
	HOOK_UNKNOWN = 0,
#define X(id, number, ...) HOOK_##id = number,
	PINACCT_HOOKS(X)
#undef X
		HOOK_ID_MAX = 128,
};

/* Is it a reference of a page that was dropped, whoever's (--page-ref)? */
static inline int hook_is_ref(unsigned int id)
{
	switch (id) {
#define X(id, number, symbol, by, role, ...)                                                       \
	case number:                                                                               \
		return HOOK_ROLE_##role == HOOK_ROLE_REF;
		PINACCT_HOOKS(X)
#undef X
	}
	return 0;
}

#endif
