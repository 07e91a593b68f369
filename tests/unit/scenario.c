// SPDX-License-Identifier: GPL-2.0
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "reclang.h"
#include "scenario.h"

/* 1 and a record, or 0 when there is nothing on the line. */
static int parse(char *line, struct reclang_rec *rec)
{
	char said[200], err[160];
	int ret;

	snprintf(said, sizeof(said), "%s", line);
	ret = reclang__parse(line, rec, err, sizeof(err));
	if (ret < 0)
		fail_msg("'%s': %s", said, err);
	return ret;
}

int scenario__feed(struct session *s, const char *script)
{
	struct reclang_rec *rec = test_malloc(sizeof(*rec));
	char *text = strdup(script), *rest = text, *line;
	int err = 0;

	assert_non_null(text);
	while (!err && (line = strsep(&rest, "\n")))
		if (parse(line, rec))
			err = session__feed(s, &rec->h, rec->h.sz);
	free(text);
	test_free(rec);
	return err;
}

struct session *scenario__new(const char *script)
{
	struct session *s = session__new(NULL);

	assert_non_null(s);
	if (scenario__feed(s, script))
		fail_msg("the session refused a record: %s", session__error(s));
	return s;
}
