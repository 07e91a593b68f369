// SPDX-License-Identifier: GPL-2.0
/*
 * Reads a record file (recfile_format.h) front to back, one block in memory at a
 * time. Nothing in the file is believed before its checksum is, and no checksum
 * makes a length harmless: every one is bounded before memory is had for it.
 *
 * Built with -DFUZZING the checksums are not compared, so that a fuzzer gets at
 * what is behind them.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zstd.h>
#include "record/recfile.h"
#include "record/recfile_format.h"

/* Room for the name, cut when longer, and for what is wrong. */
#define NAME_SHOWN  400
#define ERROR_BYTES 640

struct recfile_reader {
	char *name;
	int fd; /* -1 = memory */
	bool own_fd;
	const u8 *mem;
	size_t mem_sz;
	u64 off;       /* bytes taken from the source */
	u64 total;     /* bytes of the source; 0 = not known */
	u64 block_off; /* where the current block begins */
	u64 seq;
	struct recfile_totals totals;
	ZSTD_DCtx *zstd;
	u8 *stored;
	size_t stored_cap;
	u8 *raw;
	size_t raw_cap;
	size_t raw_sz;
	size_t raw_pos;
	bool ended;
	bool incomplete;
	int err; /* sticks */
	char error[ERROR_BYTES];
};

__attribute__((format(printf, 3, 4))) static int fail(struct recfile_reader *r, int err,
						      const char *fmt, ...)
{
	int len = snprintf(r->error, sizeof(r->error), "%.*s: ", NAME_SHOWN, r->name);
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(r->error + len, sizeof(r->error) - len, fmt, ap);
	va_end(ap);
	r->err = err;
	return err;
}

static int fail_block(struct recfile_reader *r, const char *reason)
{
	return fail(r, -EBADMSG, "damaged block at offset %llu: %s",
		    (unsigned long long)r->block_off, reason);
}

static int end_early(struct recfile_reader *r)
{
	r->ended = true;
	r->incomplete = true;
	return 0;
}

static bool crc_ok(u32 stated, u32 computed)
{
#ifdef FUZZING
	(void)stated;
	(void)computed;
	return true;
#else
	return stated == computed;
#endif
}

static size_t mem_read(struct recfile_reader *r, void *buf, size_t sz)
{
	if (sz > r->mem_sz - r->off)
		sz = r->mem_sz - r->off;
	if (sz)
		memcpy(buf, r->mem + r->off, sz);
	r->off += sz;
	return sz;
}

/* Up to sz bytes; *got is less only at the end of the file. */
static int source_read(struct recfile_reader *r, void *buf, size_t sz, size_t *got)
{
	*got = 0;
	if (r->fd < 0) {
		*got = mem_read(r, buf, sz);
		return 0;
	}
	while (*got < sz) {
		ssize_t n = read(r->fd, (u8 *)buf + *got, sz - *got);

		if (n == 0)
			break;
		if (n > 0) {
			*got += n;
			r->off += n;
		} else if (errno == EAGAIN) {
			/* A stdin that somebody else made non-blocking. */
			poll(&(struct pollfd){ .fd = r->fd, .events = POLLIN }, 1, -1);
		} else if (errno != EINTR) {
			return fail(r, -errno, "cannot read at offset %llu: %s",
				    (unsigned long long)r->off, strerror(errno));
		}
	}
	return 0;
}

static int grow(struct recfile_reader *r, u8 **buf, size_t *cap, size_t sz)
{
	if (sz <= *cap)
		return 0;
	free(*buf);
	*cap = 0;
	*buf = malloc(sz);
	if (!*buf)
		return fail(r, -ENOMEM, "out of memory for the block at offset %llu",
			    (unsigned long long)r->block_off);
	*cap = sz;
	return 0;
}

static int check_header(struct recfile_reader *r, const struct recfile_header *h)
{
	if (h->endian == __builtin_bswap32(RECFILE_ENDIAN))
		return fail(r, -ENOTSUP,
			    "made on a big-endian machine, this one reads little "
			    "endian only (offset 8)");
	if (h->endian != RECFILE_ENDIAN)
		return fail(r, -EBADMSG, "damaged header (offset 8)");
	/* Before the checksum: where a later major keeps that is not known. */
	if (h->major > RECFILE_MAJOR)
		return fail(r, -ENOTSUP,
			    "made by a later pinacct: format %u, this one reads %u (offset 12)",
			    h->major, RECFILE_MAJOR);
	if (!crc_ok(h->crc, recfile_header__crc(h)))
		return fail(r, -EBADMSG, "damaged header: checksum mismatch (offset 60)");
	if (!h->major)
		return fail(r, -EBADMSG, "damaged header: format 0 (offset 12)");
	if (h->header_sz < sizeof(*h) || h->header_sz > RECFILE_HEADER_MAX || h->header_sz % 8)
		return fail(r, -EBADMSG, "damaged header: length %u (offset 16)", h->header_sz);
	if (h->flags & ~RECFILE_FLAGS_KNOWN)
		return fail(r, -ENOTSUP,
			    "made by a later pinacct: features 0x%x are not known (offset 20)",
			    h->flags & ~RECFILE_FLAGS_KNOWN);
	return 0;
}

/* A file that ends inside its header was cut off, provided it begins as one. */
static int read_header(struct recfile_reader *r)
{
	u8 rest[RECFILE_HEADER_MAX];
	struct recfile_header h;
	size_t got, magic_sz;
	int err;

	err = source_read(r, &h, sizeof(h), &got);
	if (err)
		return err;
	if (!got)
		return fail(r, -ENODATA, "empty, not a pinacct record file (offset 0)");
	magic_sz = got < sizeof(h.magic) ? got : sizeof(h.magic);
	if (memcmp(h.magic, RECFILE_MAGIC, magic_sz))
		return fail(r, -EBADMSG, "not a pinacct record file (offset 0)");
	if (got < sizeof(h))
		return end_early(r);
	err = check_header(r, &h);
	if (err)
		return err;
	err = source_read(r, rest, h.header_sz - sizeof(h), &got);
	if (err)
		return err;
	return got < h.header_sz - sizeof(h) ? end_early(r) : 0;
}

static const char *check_block(const struct recfile_reader *r, const struct recfile_block *b)
{
	if (b->magic != RECFILE_BLOCK_MAGIC)
		return "not a block";
	if (!crc_ok(b->crc, recfile_block__crc(b)))
		return "header checksum mismatch";
	if (b->seq != r->seq)
		return "blocks missing or out of order";
	if (b->raw_sz > RECFILE_RAW_MAX || b->stored_sz > ZSTD_COMPRESSBOUND(RECFILE_RAW_MAX))
		return "longer than any block";
	return NULL;
}

/* The payload into r->stored: 1, 0 when the file ends before, or negative errno. */
static int read_payload(struct recfile_reader *r, const struct recfile_block *b)
{
	size_t got;
	int err;

	err = grow(r, &r->stored, &r->stored_cap, b->stored_sz);
	if (err)
		return err;
	err = source_read(r, r->stored, b->stored_sz, &got);
	if (err)
		return err;
	if (got < b->stored_sz)
		return end_early(r);
	if (!crc_ok(b->payload_crc, recfile_crc(r->stored, b->stored_sz)))
		return fail_block(r, "checksum mismatch");
	return 1;
}

/* One frame, of today's zstd format, that says how long it is: and that is what the block says. */
static bool frame_ok(const struct recfile_reader *r, const struct recfile_block *b)
{
	u32 magic;

	if (b->stored_sz < sizeof(magic))
		return false;
	memcpy(&magic, r->stored, sizeof(magic));
	return magic == ZSTD_MAGICNUMBER &&
	       ZSTD_getFrameContentSize(r->stored, b->stored_sz) == b->raw_sz &&
	       ZSTD_findFrameCompressedSize(r->stored, b->stored_sz) == b->stored_sz;
}

static int unpack(struct recfile_reader *r, const struct recfile_block *b)
{
	int err;

	if (!frame_ok(r, b))
		return fail_block(r, "not one zstd frame of the length stated");
	err = grow(r, &r->raw, &r->raw_cap, b->raw_sz);
	if (err)
		return err;
	if (ZSTD_decompressDCtx(r->zstd, r->raw, b->raw_sz, r->stored, b->stored_sz) != b->raw_sz)
		return fail_block(r, "does not unpack");
	r->raw_sz = b->raw_sz;
	r->raw_pos = 0;
	return 1;
}

static int read_closing(struct recfile_reader *r, const struct recfile_block *b)
{
	struct recfile_totals totals;
	size_t got;
	int err;
	u8 more;

	/* A later minor may append totals. */
	if (b->stored_sz < sizeof(totals) || b->raw_sz != b->stored_sz)
		return fail_block(r, "totals of a wrong length");
	memcpy(&totals, r->stored, sizeof(totals));
	if (totals.records != r->totals.records || totals.raw_bytes != r->totals.raw_bytes)
		return fail_block(r, "totals differ from what the file holds");
	err = source_read(r, &more, 1, &got);
	if (err)
		return err;
	if (got)
		return fail(r, -EBADMSG, "data after the closing block, at offset %llu",
			    (unsigned long long)r->off - 1);
	r->ended = true;
	return 0;
}

/* 1 = go on (records, or a block that was stepped over), 0 = the end, negative errno. */
static int read_block(struct recfile_reader *r)
{
	struct recfile_block b = { 0 };
	const char *reason;
	size_t got, magic_sz;
	int ret;

	r->block_off = r->off;
	ret = source_read(r, &b, sizeof(b), &got);
	if (ret)
		return ret;
	if (got < sizeof(b)) {
		magic_sz = got < sizeof(b.magic) ? got : sizeof(b.magic);
		if (memcmp(&b.magic, &(u32){ RECFILE_BLOCK_MAGIC }, magic_sz))
			return fail_block(r, "not a block");
		return end_early(r);
	}
	reason = check_block(r, &b);
	if (reason)
		return fail_block(r, reason);
	ret = read_payload(r, &b);
	if (ret <= 0)
		return ret;
	r->seq++;
	switch (b.type) {
	case RECFILE_BLOCK_RECORDS:
		return unpack(r, &b);
	case RECFILE_BLOCK_CLOSING:
		return read_closing(r, &b);
	default:
		return 1;
	}
}

static int next_in_block(struct recfile_reader *r, const struct rec_hdr **rec)
{
	const struct rec_hdr *h = (const void *)(r->raw + r->raw_pos);
	size_t left = r->raw_sz - r->raw_pos;

	if (left < sizeof(*h) || h->sz < sizeof(*h) || h->sz > REC_MAX_BYTES ||
	    h->sz % sizeof(u64) || h->sz > left)
		return fail(r, -EBADMSG, "damaged block at offset %llu: bad record length at +%zu",
			    (unsigned long long)r->block_off, r->raw_pos);
	r->raw_pos += h->sz;
	r->totals.records++;
	r->totals.raw_bytes += h->sz;
	*rec = h;
	return 1;
}

int recfile_reader__next(struct recfile_reader *r, const struct rec_hdr **rec)
{
	*rec = NULL;
	while (!r->err && !r->ended && r->raw_pos == r->raw_sz) {
		int ret = read_block(r);

		if (ret <= 0)
			return ret;
	}
	if (r->err || r->ended)
		return r->err;
	return next_in_block(r, rec);
}

bool recfile_reader__incomplete(const struct recfile_reader *r)
{
	return r->incomplete;
}

void recfile_reader__position(const struct recfile_reader *r, u64 *done, u64 *total)
{
	*done = r->off;
	*total = r->total;
}

const char *recfile_reader__error(const struct recfile_reader *r)
{
	return r->error;
}

void recfile_reader__close(struct recfile_reader *r)
{
	if (!r)
		return;
	if (r->own_fd && r->fd >= 0)
		close(r->fd);
	ZSTD_freeDCtx(r->zstd);
	free(r->stored);
	free(r->raw);
	free(r->name);
	free(r);
}

static struct recfile_reader *reader_new(const char *name)
{
	struct recfile_reader *r = calloc(1, sizeof(*r));

	if (!r)
		return NULL;
	r->fd = -1;
	r->name = strdup(name);
	r->zstd = ZSTD_createDCtx();
	if (!r->name || !r->zstd) {
		recfile_reader__close(r);
		return errno = ENOMEM, NULL;
	}
	return r;
}

static int open_source(struct recfile_reader *r, const char *path)
{
	struct stat st;

	r->own_fd = strcmp(path, "-") != 0;
	r->fd = r->own_fd ? open(path, O_RDONLY | O_CLOEXEC) : STDIN_FILENO;
	if (r->fd < 0)
		return fail(r, -errno, "%s", strerror(errno));
	if (fstat(r->fd, &st))
		return 0;
	if (S_ISDIR(st.st_mode))
		return fail(r, -EISDIR, "is a directory, not a pinacct record file");
	if (S_ISREG(st.st_mode))
		r->total = (u64)st.st_size;
	return 0;
}

/* Hands out the reader, or what became of it. */
static struct recfile_reader *opened(struct recfile_reader *r, int err, char *text, size_t text_sz)
{
	if (!err)
		return r;
	if (text && text_sz)
		snprintf(text, text_sz, "%s", r->error);
	recfile_reader__close(r);
	return errno = -err, NULL;
}

static struct recfile_reader *out_of_memory(const char *name, char *text, size_t text_sz)
{
	if (text && text_sz)
		snprintf(text, text_sz, "%s: out of memory", name);
	return errno = ENOMEM, NULL;
}

struct recfile_reader *recfile_reader__open(const char *path, char *err, size_t err_sz)
{
	const char *name = strcmp(path, "-") ? path : "standard input";
	struct recfile_reader *r = reader_new(name);
	int ret;

	if (!r)
		return out_of_memory(name, err, err_sz);
	ret = open_source(r, path);
	if (!ret)
		ret = read_header(r);
	return opened(r, ret, err, err_sz);
}

struct recfile_reader *recfile_reader__open_mem(const void *buf, size_t sz, char *err,
						size_t err_sz)
{
	struct recfile_reader *r = reader_new("memory");

	if (!r)
		return out_of_memory("memory", err, err_sz);
	r->mem = buf;
	r->mem_sz = r->total = sz;
	return opened(r, read_header(r), err, err_sz);
}
