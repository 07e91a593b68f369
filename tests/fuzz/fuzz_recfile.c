// SPDX-License-Identifier: GPL-2.0
/*
 * The reader over arbitrary bytes, and decode() over what it hands out. Built with
 * -DFUZZING the reader does not compare checksums, so that mutations get past them.
 */
#include "fuzz_event.h"
#include "record/recfile.h"

int LLVMFuzzerTestOneInput(const u8 *data, size_t sz);

static void must_tell(const char *text)
{
	MUST(!strncmp(text, "memory: ", 8));
	MUST(!strchr(text, '\n'));
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t sz)
{
	const struct rec_hdr *rec;
	struct recfile_reader *r;
	char err[256] = "";
	struct event e;
	int ret;

	r = recfile_reader__open_mem(data, sz, err, sizeof(err));
	if (!r) {
		must_tell(err);
		return 0;
	}
	while ((ret = recfile_reader__next(r, &rec)) > 0) {
		MUST((uintptr_t)rec % 8 == 0);
		fuzz_decode(rec, rec->sz, &e);
	}
	MUST(!rec);
	if (ret < 0)
		must_tell(recfile_reader__error(r));
	else
		MUST(!*recfile_reader__error(r));
	MUST(recfile_reader__next(r, &rec) == ret);
	recfile_reader__close(r);
	return 0;
}
