// SPDX-License-Identifier: GPL-2.0
/* recasm: a record file from readable lines (reclang.h), for tests. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "record/recfile.h"
#include "reclang.h"

static int usage(void)
{
	fputs("usage: recasm [-r] [-o FILE] [TEXT]\n"
	      "  reads TEXT (or standard input), writes a record file (or to standard output);\n"
	      "  -r: bare records without the file's framing, as decode() sees them\n",
	      stderr);
	return 2;
}

struct sink {
	struct recfile_writer *file; /* NULL: bare records */
	FILE *bare;
	const char *name;
};

static int sink_open(struct sink *s, const char *path, bool bare)
{
	s->name = strcmp(path, "-") ? path : "standard output";
	if (!bare)
		s->file = recfile_writer__create(path);
	else
		s->bare = strcmp(path, "-") ? fopen(path, "we") : stdout;
	if (s->file || s->bare)
		return 0;
	fprintf(stderr, "recasm: %s: %s\n", s->name, strerror(errno));
	return -1;
}

static void sink_add(struct sink *s, const struct rec_hdr *rec)
{
	/* Errors stick and are told at the end. */
	if (s->file)
		recfile_writer__add(s->file, rec);
	else
		fwrite(rec, rec->sz, 1, s->bare);
}

static int sink_close(struct sink *s)
{
	int err = 0;

	if (s->file)
		err = recfile_writer__close(s->file);
	else if (ferror(s->bare) | fclose(s->bare))
		err = -EIO;
	if (err)
		fprintf(stderr, "recasm: %s: %s\n", s->name, strerror(-err));
	return err;
}

/* 0, or -1 after telling which line is wrong. */
static int assemble(FILE *in, const char *name, struct sink *s)
{
	static struct reclang_rec rec;
	unsigned long line_nr = 0;
	char *line = NULL, err[256];
	size_t cap = 0;
	int ret = 0;

	while (ret >= 0 && getline(&line, &cap, in) >= 0) {
		line_nr++;
		ret = reclang__parse(line, &rec, err, sizeof(err));
		if (ret > 0)
			sink_add(s, &rec.h);
		else if (ret < 0)
			fprintf(stderr, "%s:%lu: %s\n", name, line_nr, err);
	}
	if (ret >= 0 && ferror(in)) {
		fprintf(stderr, "recasm: %s: cannot read\n", name);
		ret = -1;
	}
	free(line);
	return ret < 0 ? -1 : 0;
}

int main(int argc, char **argv)
{
	const char *out = "-", *in_name = "standard input";
	struct sink sink = { 0 };
	bool bare = false;
	FILE *in = stdin;
	int opt, failed;

	while ((opt = getopt(argc, argv, "ro:")) != -1) {
		if (opt == 'r')
			bare = true;
		else if (opt == 'o')
			out = optarg;
		else
			return usage();
	}
	if (argc - optind > 1)
		return usage();
	if (argc > optind) {
		in_name = argv[optind];
		in = fopen(in_name, "re");
	}
	if (!in) {
		fprintf(stderr, "recasm: %s: %s\n", in_name, strerror(errno));
		return 1;
	}
	if (sink_open(&sink, out, bare))
		return 1;
	failed = assemble(in, in_name, &sink);
	if (sink_close(&sink))
		failed = 1;
	return failed ? 1 : 0;
}
