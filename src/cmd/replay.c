// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <stdlib.h>
#include "base/log.h"
#include "record/recfile.h"
#include "cmd/replay.h"

static int feed_all(struct session *s, struct recfile_reader *file, const char *path)
{
	const struct rec_hdr *rec;
	int got;

	while ((got = recfile_reader__next(file, &rec)) > 0) {
		int err = session__feed(s, rec, rec->sz);

		if (!err)
			continue;
		if (err == -ENOMEM)
			log_error("out of memory");
		else
			log_error("%s: %s", path, session__error(s));
		return err;
	}
	if (got < 0)
		log_error("%s", recfile_reader__error(file));
	return got;
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
