// SPDX-License-Identifier: GPL-2.0
/* A line a stack for flamegraph.pl and its kin: "group;process;frame;..;frame_[k] cost". */
#include <inttypes.h>
#include <string.h>
#include "base/out.h"
#include "report/flame.h"
#include "report/report.h"

/* ';' ends a frame, and the last blank of a line ends the stack. */
static void put_name(FILE *out, const char *name)
{
	for (;;) {
		size_t plain = strcspn(name, "; ");

		fwrite(name, 1, plain, out);
		name += plain;
		if (!*name++)
			break;
		out__raw(out, "_");
	}
}

static int put_line(const struct flame_node *const *path, size_t depth, void *arg)
{
	FILE *out = arg;

	for (size_t i = 0; i < depth; i++) {
		if (i)
			out__raw(out, ";");
		put_name(out, path[i]->name);
		if (path[i]->kind == FLAME_KERNEL)
			out__raw(out, "_[k]");
	}
	out__printf(out, " %" PRIu64 "\n", path[depth - 1]->self);
	return 0;
}

static int write_folded(const struct flame *f, FILE *out)
{
	int err = flame__for_each_leaf(f, put_line, out);

	return err ?: report__finish(out);
}

const struct flame_format flame_folded = { ".folded", write_folded };
