/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The record file: a header, then blocks of whole records, each block compressed with
 * zstd and checksummed, then a closing block. recfile_format.h describes it.
 */
#ifndef PINACCT_RECFILE_H
#define PINACCT_RECFILE_H

#include <stdbool.h>
#include <stddef.h>
#include <pinacct/wire.h>

struct recfile_writer;

/*
 * Creates path ("-" = stdout), for its owner only; what is there is replaced once the header of the
 * new file is written (new_file.h). NULL and errno on failure.
 * Records are gathered into blocks; a block goes to the file when it holds about a MiB or when
 * recfile_writer__flush() is called, each in one write, so that a writer killed at any
 * moment leaves a file that is good up to its last whole block.
 */
struct recfile_writer *recfile_writer__create(const char *path);
/* Copies the record. 0, or negative errno (-ENOSPC, -EIO, ...), which sticks. */
int recfile_writer__add(struct recfile_writer *w, const struct rec_hdr *rec);
int recfile_writer__flush(struct recfile_writer *w);
/* Bytes written to the file so far. */
u64 recfile_writer__bytes(const struct recfile_writer *w);
/* Flushes, writes the closing block, syncs, frees. The first error of all, or 0. */
int recfile_writer__close(struct recfile_writer *w);

struct recfile_reader;

/*
 * Opens path ("-" = stdin). On failure NULL and errno, and err (if not NULL) gets one line that
 * says what is wrong and at which offset.
 */
struct recfile_reader *recfile_reader__open(const char *path, char *err, size_t err_sz);
/* The same over memory, for tests and fuzzing; buf is borrowed. */
struct recfile_reader *recfile_reader__open_mem(const void *buf, size_t sz, char *err,
						size_t err_sz);
/*
 * The next record: 1 and *rec (borrowed until the next call), 0 at the end, negative errno on
 * damage (-EBADMSG), after which recfile_reader__error() says what and at which file offset.
 * A file that ends without its closing block ends like any other; ask __incomplete() then.
 * Memory use is bounded whatever the file claims.
 */
int recfile_reader__next(struct recfile_reader *r, const struct rec_hdr **rec);
/* How far it is, in bytes of the file; *total is 0 where that is not known, as of a pipe. */
void recfile_reader__position(const struct recfile_reader *r, u64 *done, u64 *total);
bool recfile_reader__incomplete(const struct recfile_reader *r);
const char *recfile_reader__error(const struct recfile_reader *r);
void recfile_reader__close(struct recfile_reader *r);

#endif
