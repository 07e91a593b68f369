// SPDX-License-Identifier: GPL-2.0
/*
 * The reader against files that are cut off, damaged, foreign or hostile. Files are
 * put together here from recfile_format.h, byte by byte, without the writer.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zstd.h>
#include <cmocka.h>
#include "record/recfile.h"
#include "record/recfile_format.h"

struct file {
	size_t sz;
	size_t block_end[16]; /* where whole blocks end, [0] = the header's end */
	unsigned blocks;
	struct recfile_totals totals;
	u8 data[2 << 20];
};

static struct file file;

static void append(struct file *f, const void *data, size_t sz)
{
	assert_true(f->sz + sz <= sizeof(f->data));
	memcpy(f->data + f->sz, data, sz);
	f->sz += sz;
}

static struct recfile_header good_header(void)
{
	struct recfile_header h = {
		.endian = RECFILE_ENDIAN,
		.major = RECFILE_MAJOR,
		.minor = RECFILE_MINOR,
		.header_sz = sizeof(h),
	};

	memcpy(h.magic, RECFILE_MAGIC, sizeof(h.magic));
	return h;
}

static void put_header(struct file *f, struct recfile_header h)
{
	static const u8 extension[2 * RECFILE_HEADER_MAX];

	f->sz = f->blocks = 0;
	f->totals = (struct recfile_totals){ 0 };
	h.crc = recfile_header__crc(&h);
	append(f, &h, sizeof(h));
	if (h.header_sz > sizeof(h) && h.header_sz < sizeof(extension))
		append(f, extension, h.header_sz - sizeof(h));
	f->block_end[0] = f->sz;
}

/* A block with what it states about itself as given; its checksums are right. */
static void put_block(struct file *f, struct recfile_block b, const void *payload, size_t sz)
{
	b.magic = RECFILE_BLOCK_MAGIC;
	b.payload_crc = recfile_crc(payload, sz);
	b.crc = recfile_block__crc(&b);
	append(f, &b, sizeof(b));
	append(f, payload, sz);
	f->block_end[++f->blocks] = f->sz;
}

static size_t zstd_pack(void *out, size_t cap, const void *raw, size_t raw_sz)
{
	size_t sz = ZSTD_compress(out, cap, raw, raw_sz, 1);

	assert_false(ZSTD_isError(sz));
	return sz;
}

static void put_raw(struct file *f, const void *raw, size_t raw_sz)
{
	static u8 frame[1 << 20];
	size_t sz = zstd_pack(frame, sizeof(frame), raw, raw_sz);

	put_block(f,
		  (struct recfile_block){ .type = RECFILE_BLOCK_RECORDS,
					  .seq = f->blocks,
					  .raw_sz = raw_sz,
					  .stored_sz = sz },
		  frame, sz);
}

static void put_records(struct file *f, u64 first, u64 cnt)
{
	struct rec_lost recs[16] = { 0 };

	for (u64 i = 0; i < cnt; i++)
		recs[i] = (struct rec_lost){
			.h = { .sz = sizeof(*recs), .kind = REC_LOST, .ts_ns = first + i },
			.reason = LOSS_STACK,
			.count = first + i,
		};
	put_raw(f, recs, cnt * sizeof(*recs));
	f->totals.records += cnt;
	f->totals.raw_bytes += cnt * sizeof(*recs);
}

static void put_closing(struct file *f)
{
	put_block(f,
		  (struct recfile_block){ .type = RECFILE_BLOCK_CLOSING,
					  .seq = f->blocks,
					  .raw_sz = sizeof(f->totals),
					  .stored_sz = sizeof(f->totals) },
		  &f->totals, sizeof(f->totals));
}

/* Three blocks of 3, 1 and 5 records, and the closing one. */
#define SMALL_RECORDS 9
static const u64 small_records_after[] = { 0, 3, 4, 9, 9 };

static void make_small(struct file *f)
{
	put_header(f, good_header());
	put_records(f, 0, 3);
	put_records(f, 3, 1);
	put_records(f, 4, 5);
	put_closing(f);
}

/* What became of reading a file. */
struct outcome {
	int err; /* of opening or reading */
	bool opened;
	bool incomplete;
	u64 records;
	char error[256];
};

/* Reads an exact copy, so that ASan sees a step too far. Records must be the right ones. */
static struct outcome read_bytes(const u8 *data, size_t sz)
{
	struct outcome o = { 0 };
	u8 *copy = malloc(sz + !sz);
	const struct rec_hdr *rec;
	struct recfile_reader *r;

	memcpy(copy, data, sz);
	r = recfile_reader__open_mem(copy, sz, o.error, sizeof(o.error));
	if (!r)
		o.err = -errno;
	if (r) {
		o.opened = true;
		while ((o.err = recfile_reader__next(r, &rec)) == 1) {
			assert_int_equal(rec->ts_ns, o.records);
			o.records++;
		}
		o.incomplete = recfile_reader__incomplete(r);
		snprintf(o.error, sizeof(o.error), "%s", recfile_reader__error(r));
		/* An error sticks; the message does not change. */
		assert_int_equal(recfile_reader__next(r, &rec), o.err);
		assert_string_equal(recfile_reader__error(r), o.error);
		recfile_reader__close(r);
	}
	free(copy);
	return o;
}

static void assert_fails(const struct file *f, int err, u64 records, const char *error)
{
	struct outcome o = read_bytes(f->data, f->sz);

	assert_string_equal(o.error, error);
	assert_int_equal(o.err, err);
	assert_int_equal(o.records, records);
}

static void assert_reads(const struct file *f, u64 records)
{
	struct outcome o = read_bytes(f->data, f->sz);

	assert_string_equal(o.error, "");
	assert_int_equal(o.err, 0);
	assert_false(o.incomplete);
	assert_int_equal(o.records, records);
}

static void test_small_file_is_good(void **state)
{
	(void)state;
	make_small(&file);
	assert_reads(&file, SMALL_RECORDS);
}

static void test_every_prefix(void **state)
{
	(void)state;
	make_small(&file);
	for (size_t sz = 1; sz < file.sz; sz++) {
		struct outcome o = read_bytes(file.data, sz);
		unsigned whole = 0;

		for (unsigned i = 1; i <= file.blocks; i++)
			whole += sz >= file.block_end[i];
		if (o.err)
			fail_msg("%zu bytes: %s", sz, o.error);
		assert_true(o.opened);
		assert_true(o.incomplete);
		assert_int_equal(o.records, small_records_after[whole]);
	}
}

/* A damaged file is an error, or the damage is where it changes nothing; never other records. */
static void test_every_flip(void **state)
{
	size_t undetected = 0;

	(void)state;
	make_small(&file);
	for (size_t i = 0; i < file.sz; i++) {
		u8 good = file.data[i];

		for (unsigned flip = 1; flip < 256; flip++) {
			struct outcome o;

			file.data[i] = good ^ flip;
			o = read_bytes(file.data, file.sz);
			if (!o.err && (o.incomplete || o.records != SMALL_RECORDS))
				fail_msg("byte %zu ^ 0x%x goes unseen", i, flip);
			undetected += !o.err;
			assert_true(!o.err || o.error[0]);
		}
		file.data[i] = good;
	}
	/* As of now every byte of a file is under some checksum or comparison. */
	assert_int_equal(undetected, 0);
}

/* Cut off and damaged at once: still no records that were not there. */
static void test_flip_in_every_prefix(void **state)
{
	(void)state;
	make_small(&file);
	for (size_t sz = 1; sz < file.sz; sz += 3) {
		for (size_t i = 0; i < sz; i++) {
			struct outcome o;

			file.data[i] ^= 0x10;
			o = read_bytes(file.data, sz);
			assert_true(o.err || o.incomplete);
			file.data[i] ^= 0x10;
		}
	}
}

static void test_foreign(void **state)
{
	static const char text[] = "PINACCT is what this begins with, yet it is a text\n"
				   "that goes on for a line or two, as texts do.\n";

	(void)state;
	file.sz = 0;
	assert_fails(&file, -ENODATA, 0, "memory: empty, not a pinacct record file (offset 0)");
	for (size_t sz = 1; sz <= sizeof(text); sz++) {
		file.sz = 0;
		append(&file, text, sz);
		assert_fails(&file, -EBADMSG, 0, "memory: not a pinacct record file (offset 0)");
	}
}

static void test_header(void **state)
{
	struct recfile_header h = good_header();

	(void)state;
	h.endian = __builtin_bswap32(RECFILE_ENDIAN);
	put_header(&file, h);
	assert_fails(&file, -ENOTSUP, 0,
		     "memory: made on a big-endian machine, this one reads little endian only "
		     "(offset 8)");
	h = good_header();
	h.major = 2;
	put_header(&file, h);
	file.data[63] ^= 1; /* it may keep its checksum elsewhere */
	assert_fails(&file, -ENOTSUP, 0,
		     "memory: made by a later pinacct: format 2, this one reads 1 (offset 12)");
	h = good_header();
	h.major = 0;
	put_header(&file, h);
	assert_fails(&file, -EBADMSG, 0, "memory: damaged header: format 0 (offset 12)");
	h = good_header();
	h.flags = 0x40;
	put_header(&file, h);
	assert_fails(&file, -ENOTSUP, 0,
		     "memory: made by a later pinacct: features 0x40 are not known (offset 20)");
	put_header(&file, good_header());
	file.data[30] ^= 1;
	assert_fails(&file, -EBADMSG, 0, "memory: damaged header: checksum mismatch (offset 60)");
}

static void test_header_lengths(void **state)
{
	static const u32 bad[] = { 0, 56, 68, RECFILE_HEADER_MAX + 8, 0x80000000u, UINT32_MAX - 7 };
	struct recfile_header h = good_header();

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		char error[128];

		h.header_sz = bad[i];
		put_header(&file, h);
		snprintf(error, sizeof(error), "memory: damaged header: length %u (offset 16)",
			 bad[i]);
		assert_fails(&file, -EBADMSG, 0, error);
	}
	/* A later minor may have a longer one. */
	h.header_sz = RECFILE_HEADER_MAX;
	h.minor = 7;
	put_header(&file, h);
	put_records(&file, 0, 2);
	put_closing(&file);
	assert_reads(&file, 2);
	file.sz = RECFILE_HEADER_MAX - 1;
	assert_true(read_bytes(file.data, file.sz).incomplete);
}

static void test_checksum_mismatch(void **state)
{
	char error[128];

	(void)state;
	make_small(&file);
	snprintf(error, sizeof(error), "memory: damaged block at offset %zu: checksum mismatch",
		 file.block_end[1]);
	file.data[file.block_end[2] - 1] ^= 1;
	assert_fails(&file, -EBADMSG, 3, error);
}

static void test_block_order(void **state)
{
	(void)state;
	/* One is missing. */
	make_small(&file);
	memmove(file.data + file.block_end[1], file.data + file.block_end[2],
		file.sz - file.block_end[2]);
	file.sz -= file.block_end[2] - file.block_end[1];
	assert_int_equal(read_bytes(file.data, file.sz).err, -EBADMSG);
	/* One comes twice. */
	put_header(&file, good_header());
	put_records(&file, 0, 3);
	file.blocks = 0;
	put_records(&file, 3, 3);
	assert_int_equal(read_bytes(file.data, file.sz).err, -EBADMSG);
	assert_int_equal(read_bytes(file.data, file.sz).records, 3);
	/* A file begins with block 0. */
	put_header(&file, good_header());
	file.blocks = 1;
	put_records(&file, 0, 3);
	assert_fails(&file, -EBADMSG, 0,
		     "memory: damaged block at offset 64: blocks missing or out of order");
}

static void test_unknown_block_is_stepped_over(void **state)
{
	(void)state;
	put_header(&file, good_header());
	put_records(&file, 0, 3);
	put_block(&file,
		  (struct recfile_block){ .type = 77, .seq = 1, .raw_sz = 5, .stored_sz = 5 },
		  "index", 5);
	put_records(&file, 3, 2);
	put_closing(&file);
	assert_reads(&file, 5);
}

static void test_after_the_end(void **state)
{
	char error[128];

	(void)state;
	make_small(&file);
	snprintf(error, sizeof(error), "memory: data after the closing block, at offset %zu",
		 file.sz);
	append(&file, "", 1);
	assert_fails(&file, -EBADMSG, SMALL_RECORDS, error);
	/* Zeros in place of a block, as some file systems leave after a crash. */
	put_header(&file, good_header());
	put_records(&file, 0, 3);
	append(&file, (u8[100]){ 0 }, 100);
	snprintf(error, sizeof(error), "memory: damaged block at offset %zu: not a block",
		 file.block_end[1]);
	assert_fails(&file, -EBADMSG, 3, error);
	file.sz = file.block_end[1] + 2;
	assert_fails(&file, -EBADMSG, 3, error);
}

static void test_totals(void **state)
{
	(void)state;
	put_header(&file, good_header());
	put_records(&file, 0, 3);
	file.totals.records++;
	put_closing(&file);
	assert_int_equal(read_bytes(file.data, file.sz).err, -EBADMSG);
	put_header(&file, good_header());
	file.totals.raw_bytes = 8;
	put_closing(&file);
	assert_fails(&file, -EBADMSG, 0,
		     "memory: damaged block at offset 64: totals differ from what the file holds");
	put_header(&file, good_header());
	put_block(&file,
		  (struct recfile_block){
			  .type = RECFILE_BLOCK_CLOSING, .raw_sz = 8, .stored_sz = 8 },
		  &file.totals, 8);
	assert_fails(&file, -EBADMSG, 0,
		     "memory: damaged block at offset 64: totals of a wrong length");
}

static void assert_block_fails(struct recfile_block b, const void *payload, size_t sz,
			       const char *reason)
{
	char error[128];

	put_header(&file, good_header());
	put_block(&file, b, payload, sz);
	put_closing(&file);
	snprintf(error, sizeof(error), "memory: damaged block at offset 64: %s", reason);
	assert_fails(&file, -EBADMSG, 0, error);
}

static void test_hostile_lengths(void **state)
{
	static const u32 raw_sz[] = { RECFILE_RAW_MAX + 1, 0x80000000u, UINT32_MAX };
	struct recfile_block b = { .type = RECFILE_BLOCK_RECORDS };

	(void)state;
	for (size_t i = 0; i < sizeof(raw_sz) / sizeof(*raw_sz); i++) {
		b.raw_sz = raw_sz[i];
		b.stored_sz = 4;
		assert_block_fails(b, "abcd", 4, "longer than any block");
		b.raw_sz = 16;
		b.stored_sz = ZSTD_COMPRESSBOUND(RECFILE_RAW_MAX) + 1 + i * 1000000000u;
		assert_block_fails(b, "abcd", 4, "longer than any block");
	}
	/* As long as may be: memory for it is bounded, and then the file ends. */
	b.stored_sz = ZSTD_COMPRESSBOUND(RECFILE_RAW_MAX);
	put_header(&file, good_header());
	put_block(&file, b, "abcd", 4);
	assert_true(read_bytes(file.data, file.sz).incomplete);
}

static void test_bad_frames(void **state)
{
	static const char why[] = "not one zstd frame of the length stated";
	struct recfile_block b = { .type = RECFILE_BLOCK_RECORDS, .raw_sz = 64 };
	u8 raw[64] = { 0 }, frame[400];
	size_t sz = zstd_pack(frame, 200, raw, sizeof(raw));
	size_t twice = sz + zstd_pack(frame + sz, 200, raw, sizeof(raw));

	(void)state;
	b.stored_sz = 0;
	assert_block_fails(b, frame, 0, why);
	b.stored_sz = 9;
	assert_block_fails(b, "no frame.", 9, why);
	b.stored_sz = sz;
	b.raw_sz = 56; /* the frame says 64 */
	assert_block_fails(b, frame, sz, why);
	b.raw_sz = 72;
	assert_block_fails(b, frame, sz, why);
	b.raw_sz = 64;
	b.stored_sz = sz - 1;
	assert_block_fails(b, frame, sz - 1, why);
	b.stored_sz = twice;
	assert_block_fails(b, frame, twice, why);
}

/* A block that unpacks and holds something else than whole records. */
static void test_bad_framing(void **state)
{
	static const struct {
		u32 sz;
		size_t len;
	} bad[] = { { 0, 32 },		{ 8, 32 },  { 17, 32 }, { 40, 32 },
		    { UINT32_MAX, 32 }, { 16, 24 }, { 16, 8 } };

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		u64 raw[6] = { 0 };
		char error[128];

		/* A good record of 16 bytes, then the bad one, or a good one and crumbs. */
		((struct rec_hdr *)raw)->sz = 16;
		((struct rec_hdr *)(raw + 2))->sz = bad[i].sz;
		((struct rec_hdr *)(raw + 2))->ts_ns = 1;
		put_header(&file, good_header());
		put_raw(&file, raw, 16 + bad[i].len);
		snprintf(error, sizeof(error),
			 "memory: damaged block at offset 64: bad record length at +%d",
			 bad[i].len == 24 ? 32 : 16);
		assert_fails(&file, -EBADMSG, bad[i].len == 24 ? 2 : 1, error);
	}
}

static void assert_open_fails(const char *path, int err, const char *error)
{
	char text[256];

	assert_null(recfile_reader__open(path, text, sizeof(text)));
	assert_int_equal(errno, err);
	assert_string_equal(text, error);
	/* Nobody has to take the text, nor all of it. */
	assert_null(recfile_reader__open(path, NULL, 0));
	assert_null(recfile_reader__open(path, text, 5));
	assert_int_equal(strlen(text), 4);
}

static void test_open_by_path(void **state)
{
	char path[] = "/tmp/recfile_damage.XXXXXX", error[256];
	int fd = mkstemp(path);

	(void)state;
	assert_open_fails("/nonexistent/run.pin", ENOENT,
			  "/nonexistent/run.pin: No such file or directory");
	assert_open_fails("/tmp", EISDIR, "/tmp: is a directory, not a pinacct record file");
	assert_open_fails("/dev/null", ENODATA,
			  "/dev/null: empty, not a pinacct record file (offset 0)");
	assert_open_fails("/dev/zero", EBADMSG, "/dev/zero: not a pinacct record file (offset 0)");
	assert_int_equal(write(fd, "hello", 5), 5);
	snprintf(error, sizeof(error), "%s: not a pinacct record file (offset 0)", path);
	assert_open_fails(path, EBADMSG, error);
	close(fd);
	unlink(path);
}

static void test_long_names_leave_room_for_the_reason(void **state)
{
	char path[3000], text[1024];

	(void)state;
	memset(path, 'a', sizeof(path));
	for (size_t i = 0; i < sizeof(path); i += 100)
		path[i] = '/';
	path[sizeof(path) - 1] = '\0';
	assert_null(recfile_reader__open(path, text, sizeof(text)));
	assert_non_null(strstr(text, ": No such file or directory"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_small_file_is_good),
		cmocka_unit_test(test_every_prefix),
		cmocka_unit_test(test_every_flip),
		cmocka_unit_test(test_flip_in_every_prefix),
		cmocka_unit_test(test_foreign),
		cmocka_unit_test(test_header),
		cmocka_unit_test(test_header_lengths),
		cmocka_unit_test(test_checksum_mismatch),
		cmocka_unit_test(test_block_order),
		cmocka_unit_test(test_unknown_block_is_stepped_over),
		cmocka_unit_test(test_after_the_end),
		cmocka_unit_test(test_totals),
		cmocka_unit_test(test_hostile_lengths),
		cmocka_unit_test(test_bad_frames),
		cmocka_unit_test(test_bad_framing),
		cmocka_unit_test(test_open_by_path),
		cmocka_unit_test(test_long_names_leave_room_for_the_reason),
	};

	return cmocka_run_group_tests_name("recfile_damage", tests, NULL, NULL);
}
