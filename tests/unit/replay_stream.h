/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A synthetic recording of any length, made record by record from a seed and
 * never kept: what a busy machine would send. Each lane is one way to use pins;
 * a mix gives each lane its share of the records.
 */
#ifndef REPLAY_STREAM_H
#define REPLAY_STREAM_H

#include <stdbool.h>
#include <stddef.h>
#include <pinacct/wire.h>

/* X(ID, name) */
#define STREAM_LANES(X)                                                                            \
	X(ONE, "one-page pairs")                                                                   \
	X(BUF, "16-page buffers")                                                                  \
	X(LIST, "scattered 32-page lists")                                                         \
	X(BIO, "256-page bios, by folio and count")                                                \
	X(HUGE, "2 MiB runs")                                                                      \
	X(REG, "registrations of 64 MiB")

enum stream_lane {
#define X(id, name) STREAM_##id,
	STREAM_LANES(X)
#undef X
		STREAM_LANES_MAX,
};

struct stream_opts {
	u64 seed;
	u64 records;		     /* pins and releases */
	u32 share[STREAM_LANES_MAX]; /* of the records, in relation to the sum */
	u32 open[STREAM_LANES_MAX];  /* calls kept open; 0 = the lane's usual number */
};

struct stream;

extern const char *const stream_lane_names[STREAM_LANES_MAX];
/* All lanes at once; the shares are told in replay_stream.c. */
struct stream_opts stream__mix(u64 seed, u64 records);
/* Aborts without memory, as all of this is for tests. */
struct stream *stream__new(const struct stream_opts *opts);
void stream__free(struct stream *s);
/* The next record, borrowed until the next call; NULL = that was all. */
const struct rec_hdr *stream__next(struct stream *s);
/* Pages in all pins and releases so far. */
u64 stream__pages(const struct stream *s);

#endif
