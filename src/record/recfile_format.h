/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The record file, byte by byte. All numbers are little endian, as in wire.h.
 *
 *     file   = header, block*, closing block
 *     block  = block header, payload
 *
 * Header, RECFILE_HEADER_BYTES (64) or more:
 *      0  u8[8]  magic          89 'P' 'I' 'N' 'A' 'C' 'C' 'T'
 *      8  u32    endian         0x01020304; a file written big endian shows it reversed
 *     12  u16    major          a reader refuses a newer one
 *     14  u16    minor          newer ones only add what an older reader may step over
 *     16  u32    header_sz      where the first block begins; a multiple of 8, <= 4096
 *     20  u32    flags          features that a reader must know, none yet; else it refuses
 *     24  u8[36] reserved       zero
 *     60  u32    crc            crc32 of bytes 0..59
 *
 * Block header, RECFILE_BLOCK_BYTES (32):
 *      0  u32    magic          'P' 'B' 'L' 'K'
 *      4  u16    type           1 = records, 2 = closing; a reader steps over others
 *      6  u16    reserved       zero
 *      8  u64    seq            0, 1, 2, ... in file order, the closing block included
 *     16  u32    raw_sz         bytes of the payload when unpacked, <= RECFILE_RAW_MAX
 *     20  u32    stored_sz      bytes of the payload in the file
 *     24  u32    payload_crc    crc32 of the payload as stored
 *     28  u32    crc            crc32 of bytes 0..27
 *
 * Payload of records: one zstd frame that states its content size; unpacked, whole
 * records (wire.h) back to back.
 *
 * Payload of the closing block, not compressed, struct recfile_totals: it is the
 * last thing in the file. Nothing may follow it; a file without it was cut off (a
 * writer killed, a disk full) and is good up to its last whole block.
 *
 * The headers have checksums of their own so that damage to a length is damage,
 * and not taken for a file that was cut off.
 */
#ifndef PINACCT_RECFILE_FORMAT_H
#define PINACCT_RECFILE_FORMAT_H

#include <stddef.h>
#include <zlib.h>
#include <pinacct/types.h>

#define RECFILE_MAGIC	     "\x89PINACCT"
#define RECFILE_ENDIAN	     0x01020304u
#define RECFILE_MAJOR	     1
#define RECFILE_MINOR	     0
#define RECFILE_HEADER_BYTES 64
#define RECFILE_HEADER_MAX   4096
#define RECFILE_FLAGS_KNOWN  0u

struct recfile_header {
	u8 magic[8];
	u32 endian;
	u16 major;
	u16 minor;
	u32 header_sz;
	u32 flags;
	u8 reserved[36];
	u32 crc;
};

#define RECFILE_BLOCK_MAGIC 0x4b4c4250u /* "PBLK" */
#define RECFILE_BLOCK_BYTES 32
/* What a writer gathers, and what a reader is prepared to unpack. */
#define RECFILE_RAW_TARGET (1u << 20)
#define RECFILE_RAW_MAX	   (4u << 20)

enum recfile_block_type {
	RECFILE_BLOCK_RECORDS = 1,
	RECFILE_BLOCK_CLOSING = 2,
};

struct recfile_block {
	u32 magic;
	u16 type;
	u16 reserved;
	u64 seq;
	u32 raw_sz;
	u32 stored_sz;
	u32 payload_crc;
	u32 crc;
};

struct recfile_totals {
	u64 records;
	u64 raw_bytes;
};

_Static_assert(sizeof(struct recfile_header) == RECFILE_HEADER_BYTES, "on disk");
_Static_assert(sizeof(struct recfile_block) == RECFILE_BLOCK_BYTES, "on disk");
_Static_assert(sizeof(struct recfile_totals) == 16, "on disk");
#if __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
#error "records are used in place, as they are in the file: little endian hosts only"
#endif

static inline u32 recfile_crc(const void *data, size_t sz)
{
	return crc32_z(0, data, sz);
}

static inline u32 recfile_header__crc(const struct recfile_header *h)
{
	return recfile_crc(h, offsetof(struct recfile_header, crc));
}

static inline u32 recfile_block__crc(const struct recfile_block *b)
{
	return recfile_crc(b, offsetof(struct recfile_block, crc));
}

#endif
