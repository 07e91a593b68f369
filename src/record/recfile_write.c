// SPDX-License-Identifier: GPL-2.0
/* Writes a record file (recfile_format.h), so that it is good at every whole block. */
#include <errno.h>
#include <poll.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zstd.h>
#include "record/new_file.h"
#include "record/recfile.h"
#include "record/recfile_format.h"

/* The recorder runs beside the workload that it watches: the fastest level but one. */
#define ZSTD_LEVEL 1

struct recfile_writer {
	struct new_file file;
	int err; /* the first error; nothing is written after it */
	u64 seq;
	u64 file_bytes;
	struct recfile_totals totals;
	ZSTD_CCtx *zstd;
	size_t raw_sz;
	u8 *raw;
	u8 *out; /* a block header and its payload, for one write() */
	size_t out_cap;
};

/* How much of buf got out is added to *done. EAGAIN comes from a non-blocking stdout. */
static int write_all(int fd, const u8 *buf, size_t sz, size_t *done)
{
	while (*done < sz) {
		ssize_t n = write(fd, buf + *done, sz - *done);

		if (n >= 0) {
			*done += n;
		} else if (errno == EAGAIN) {
			struct pollfd pfd = { .fd = fd, .events = POLLOUT };

			poll(&pfd, 1, -1);
		} else if (errno != EINTR) {
			return -errno;
		}
	}
	return 0;
}

/*
 * Takes the part of a block that got out back off the file. Only where that part is
 * surely ours and last: a regular file that ends where we stopped writing.
 */
static void take_back(int fd, size_t done)
{
	off_t pos = lseek(fd, 0, SEEK_CUR);
	struct stat st;

	if (!done || pos < (off_t)done || fstat(fd, &st) || !S_ISREG(st.st_mode) ||
	    st.st_size != pos)
		return;
	/* If this fails the reader still stops at the last whole block. */
	if (!ftruncate(fd, pos - done))
		lseek(fd, pos - done, SEEK_SET);
}

static int put(struct recfile_writer *w, const void *buf, size_t sz)
{
	size_t done = 0;

	if (w->err)
		return w->err;
	w->err = write_all(w->file.fd, buf, sz, &done);
	if (w->err)
		take_back(w->file.fd, done);
	else
		w->file_bytes += sz;
	return w->err;
}

/* The payload is in w->out already, behind the room for the block header. */
static int put_block(struct recfile_writer *w, u16 type, size_t raw_sz, size_t stored_sz)
{
	struct recfile_block *b = (void *)w->out;
	int err;

	*b = (struct recfile_block){
		.magic = RECFILE_BLOCK_MAGIC,
		.type = type,
		.seq = w->seq,
		.raw_sz = raw_sz,
		.stored_sz = stored_sz,
		.payload_crc = recfile_crc(b + 1, stored_sz),
	};
	b->crc = recfile_block__crc(b);
	err = put(w, w->out, sizeof(*b) + stored_sz);
	if (!err)
		w->seq++;
	return err;
}

static int put_header(struct recfile_writer *w)
{
	struct recfile_header h = {
		.endian = RECFILE_ENDIAN,
		.major = RECFILE_MAJOR,
		.minor = RECFILE_MINOR,
		.header_sz = sizeof(h),
	};

	memcpy(h.magic, RECFILE_MAGIC, sizeof(h.magic));
	h.crc = recfile_header__crc(&h);
	return put(w, &h, sizeof(h));
}

static void writer_free(struct recfile_writer *w)
{
	new_file__close(&w->file);
	ZSTD_freeCCtx(w->zstd);
	free(w->raw);
	free(w->out);
	free(w);
}

/* The file gets its name when the header is in it. */
static int writer_open(struct recfile_writer *w, const char *path)
{
	int err;

	w->out_cap = sizeof(struct recfile_block) + ZSTD_compressBound(RECFILE_RAW_TARGET);
	w->raw = malloc(RECFILE_RAW_TARGET);
	w->out = malloc(w->out_cap);
	w->zstd = ZSTD_createCCtx();
	if (!w->raw || !w->out || !w->zstd)
		return -ENOMEM;
	err = new_file__open(&w->file, path);
	if (!err)
		err = put_header(w);
	return err ? err : new_file__keep(&w->file);
}

struct recfile_writer *recfile_writer__create(const char *path)
{
	struct recfile_writer *w = calloc(1, sizeof(*w));
	int err;

	if (!w)
		return NULL;
	w->file.fd = -1;
	err = writer_open(w, path);
	if (err) {
		writer_free(w);
		return errno = -err, NULL;
	}
	return w;
}

int recfile_writer__flush(struct recfile_writer *w)
{
	size_t room = w->out_cap - sizeof(struct recfile_block);
	size_t stored_sz;

	if (w->err || !w->raw_sz)
		return w->err;
	stored_sz = ZSTD_compressCCtx(w->zstd, w->out + sizeof(struct recfile_block), room, w->raw,
				      w->raw_sz, ZSTD_LEVEL);
	if (ZSTD_isError(stored_sz)) {
		/* The room suffices by ZSTD_compressBound(): what is left is memory. */
		w->err = -ENOMEM;
		return w->err;
	}
	if (!put_block(w, RECFILE_BLOCK_RECORDS, w->raw_sz, stored_sz))
		w->raw_sz = 0;
	return w->err;
}

int recfile_writer__add(struct recfile_writer *w, const struct rec_hdr *rec)
{
	if (rec->sz < sizeof(*rec) || rec->sz > REC_MAX_BYTES || rec->sz % sizeof(u64))
		return -EINVAL;
	if (w->raw_sz + rec->sz > RECFILE_RAW_TARGET)
		recfile_writer__flush(w);
	if (w->err)
		return w->err;
	memcpy(w->raw + w->raw_sz, rec, rec->sz);
	w->raw_sz += rec->sz;
	w->totals.records++;
	w->totals.raw_bytes += rec->sz;
	return 0;
}

u64 recfile_writer__bytes(const struct recfile_writer *w)
{
	return w->file_bytes;
}

int recfile_writer__close(struct recfile_writer *w)
{
	int err;

	recfile_writer__flush(w);
	memcpy(w->out + sizeof(struct recfile_block), &w->totals, sizeof(w->totals));
	if (!w->err)
		put_block(w, RECFILE_BLOCK_CLOSING, sizeof(w->totals), sizeof(w->totals));
	/* Pipes and the like have nothing to sync and say so with EINVAL or EROFS. */
	if (!w->err && fsync(w->file.fd) && errno != EINVAL && errno != EROFS && errno != ENOTSUP)
		w->err = -errno;
	/* NFS reports a full disk here. */
	err = new_file__close(&w->file);
	if (w->err)
		err = w->err;
	writer_free(w);
	return err;
}
