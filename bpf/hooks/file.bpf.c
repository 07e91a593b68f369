// SPDX-License-Identifier: GPL-2.0
/* Which file a task is at work on, and by which operation. These programs count nothing. */
#include "kernel_types.h"
#include "gets.bpf.h"
#include "program.bpf.h"

/*
 * Context: which file. The first argument's type is told by the traced function's BTF. With
 * references (--gets) the program op_* is taken instead of fentry_*, which the kernel loads ten
 * times as fast.
 */
#define OP_PROGRAMS(func, id, push)                                                                \
	SEC("?fentry/" #func)                                                                      \
	int op_##func(u64 *ctx)                                                                    \
	{                                                                                          \
		push;                                                                              \
		return handle_op(ctx, HOOK_##id);                                                  \
	}                                                                                          \
	SEC("?fexit/" #func)                                                                       \
	int fexit_##func(void *ctx)                                                                \
	{                                                                                          \
		return fs_pop(HOOK_##id);                                                          \
	}
#define FS_PROGRAMS(func, id, push)                                                                \
	SEC("?fentry/" #func)                                                                      \
	int fentry_##func(u64 *ctx)                                                                \
	{                                                                                          \
		return push;                                                                       \
	}                                                                                          \
	OP_PROGRAMS(func, id, push)
#define BY_KIOCB(id, direct_only)                                                                  \
	fs_push_kiocb((struct kiocb *)ctx[0], (const struct iov_iter *)ctx[1], HOOK_##id,          \
		      direct_only)
/* its iterator is in the bio's hook */
#define BY_IOMAP(id)                                                                               \
	(recording ? fs_push(((struct iomap_iter *)ctx[0])->inode, 0, 0, HOOK_##id) : 0)
#define BY_FUSE(id)                                                                                \
	fs_push_kiocb(((struct fuse_io_priv *)ctx[0])->iocb, (const struct iov_iter *)ctx[1],      \
		      HOOK_##id, false)

FS_PROGRAMS(iomap_dio_bio_iter, IOMAP_DIO_BIO_ITER, BY_IOMAP(IOMAP_DIO_BIO_ITER))
FS_PROGRAMS(__iomap_dio_read_simple, IOMAP_DIO_READ_SIMPLE, BY_KIOCB(IOMAP_DIO_READ_SIMPLE, false))
FS_PROGRAMS(generic_file_read_iter, GENERIC_FILE_READ_ITER, BY_KIOCB(GENERIC_FILE_READ_ITER, true))
FS_PROGRAMS(generic_file_direct_write, GENERIC_FILE_DIRECT_WRITE,
	    BY_KIOCB(GENERIC_FILE_DIRECT_WRITE, false))
FS_PROGRAMS(blkdev_read_iter, BLKDEV_READ_ITER, BY_KIOCB(BLKDEV_READ_ITER, true))
FS_PROGRAMS(blkdev_write_iter, BLKDEV_WRITE_ITER, BY_KIOCB(BLKDEV_WRITE_ITER, true))
FS_PROGRAMS(fuse_direct_io, FUSE_DIRECT_IO, BY_FUSE(FUSE_DIRECT_IO))
FS_PROGRAMS(netfs_unbuffered_read_iter_locked, NETFS_UNBUFFERED_READ,
	    BY_KIOCB(NETFS_UNBUFFERED_READ, false))
FS_PROGRAMS(netfs_unbuffered_write_iter_locked, NETFS_UNBUFFERED_WRITE,
	    BY_KIOCB(NETFS_UNBUFFERED_WRITE, false))
FS_PROGRAMS(nfs_file_direct_read, NFS_DIRECT_READ, BY_KIOCB(NFS_DIRECT_READ, false))
FS_PROGRAMS(nfs_file_direct_write, NFS_DIRECT_WRITE, BY_KIOCB(NFS_DIRECT_WRITE, false))
FS_PROGRAMS(ceph_direct_read_write, CEPH_DIRECT, BY_KIOCB(CEPH_DIRECT, false))
FS_PROGRAMS(__cifs_readv, CIFS_READV, BY_KIOCB(CIFS_READV, false))
FS_PROGRAMS(__cifs_writev, CIFS_WRITEV, BY_KIOCB(CIFS_WRITEV, false))

/* Operations. */
#define FILE_OP(func, id) OP_PROGRAMS(func, id, BY_KIOCB(id, true))
FILE_OP(generic_file_write_iter, GENERIC_WRITE)
FILE_OP(ext4_file_read_iter, EXT4_READ)
FILE_OP(ext4_file_write_iter, EXT4_WRITE)
FILE_OP(xfs_file_read_iter, XFS_READ)
FILE_OP(xfs_file_write_iter, XFS_WRITE)
FILE_OP(btrfs_file_read_iter, BTRFS_READ)
FILE_OP(btrfs_file_write_iter, BTRFS_WRITE)
FILE_OP(f2fs_file_read_iter, F2FS_READ)
FILE_OP(f2fs_file_write_iter, F2FS_WRITE)
FILE_OP(ext2_file_read_iter, EXT2_READ)
FILE_OP(ext2_file_write_iter, EXT2_WRITE)
FILE_OP(exfat_file_read_iter, EXFAT_READ)
FILE_OP(exfat_file_write_iter, EXFAT_WRITE)
FILE_OP(ovl_read_iter, OVL_READ)
FILE_OP(ovl_write_iter, OVL_WRITE)
FILE_OP(shmem_file_read_iter, SHMEM_READ)
FILE_OP(shmem_file_write_iter, SHMEM_WRITE)
FILE_OP(fuse_file_read_iter, FUSE_READ)
FILE_OP(fuse_file_write_iter, FUSE_WRITE)
FILE_OP(nfs_file_read, NFS_READ)
FILE_OP(nfs_file_write, NFS_WRITE)
FILE_OP(v9fs_file_read_iter, V9FS_READ)
FILE_OP(v9fs_file_write_iter, V9FS_WRITE)
OP_PROGRAMS(__x64_sys_vmsplice, VMSPLICE, pipe_push(HOOK_VMSPLICE))
