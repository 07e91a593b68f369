// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <stdlib.h>
#include "base/log.h"
#include "base/progress.h"
#include "record/recfile.h"
#include "cmd/replay.h"

/* Records between two looks at how far it is: some milliseconds. */
#define TELL_EVERY 4096

static void tell(struct progress *p, const struct recfile_reader *file)
{
	u64 done, total;

	recfile_reader__position(file, &done, &total);
	progress__tell(p, done, total);
}

/* *err is the session's error, the return value the reader's. */
static int feed(struct session *s, struct recfile_reader *file, int *err)
{
	const struct rec_hdr *rec;
	struct progress progress;
	int got = 0;

	*err = 0;
	progress__begin(&progress, "reading the recording");
	for (u64 i = 1; !*err && (got = recfile_reader__next(file, &rec)) > 0; i++) {
		*err = session__feed(s, rec, rec->sz);
		if (i % TELL_EVERY == 0)
			tell(&progress, file);
	}
	progress__end(&progress);
	return got;
}

static int feed_all(struct session *s, struct recfile_reader *file, const char *path)
{
	int err, got = feed(s, file, &err);

	if (err == -ENOMEM)
		log_error("out of memory");
	else if (err)
		log_error("%s: %s", path, session__error(s));
	else if (got < 0)
		log_error("%s", recfile_reader__error(file));
	return err ? err : got;
}

struct session *replay(const char *path, const struct ledger_opts *opts, bool *incomplete)
{
	struct recfile_reader *file;
	struct session *s;
	char why[512];

	file = recfile_reader__open(path, why, sizeof(why));
	if (!file) {
		log_error("%s", why);
		return NULL;
	}
	s = session__new(opts);
	if (!s) {
		log_error("out of memory");
	} else if (feed_all(s, file, path)) {
		session__free(s);
		s = NULL;
	}
	*incomplete = recfile_reader__incomplete(file);
	recfile_reader__close(file);
	return s;
}
