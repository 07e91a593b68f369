// SPDX-License-Identifier: GPL-2.0
/* recdump: the records of a file as lines (reclang.h) that recasm makes the same records of. */
#include <stdio.h>
#include <string.h>
#include "record/recfile.h"
#include "reclang.h"

static int dump(struct recfile_reader *r)
{
	const struct rec_hdr *rec;
	int ret;

	while ((ret = recfile_reader__next(r, &rec)) > 0) {
		ret = reclang__print(stdout, rec);
		if (ret) {
			fprintf(stderr, "recdump: %s\n", strerror(-ret));
			return ret;
		}
	}
	if (ret)
		fprintf(stderr, "recdump: %s\n", recfile_reader__error(r));
	else if (recfile_reader__incomplete(r))
		fputs("recdump: the file was cut off; this is what it holds\n", stderr);
	return ret;
}

int main(int argc, char **argv)
{
	struct recfile_reader *r;
	char err[1024];
	int ret;

	if (argc > 2 || (argc == 2 && argv[1][0] == '-' && argv[1][1])) {
		fputs("usage: recdump [FILE]\n", stderr);
		return 2;
	}
	r = recfile_reader__open(argc == 2 ? argv[1] : "-", err, sizeof(err));
	if (!r) {
		fprintf(stderr, "recdump: %s\n", err);
		return 1;
	}
	ret = dump(r);
	recfile_reader__close(r);
	if (fflush(stdout) || ferror(stdout)) {
		perror("recdump: standard output");
		ret = 1;
	}
	return ret ? 1 : 0;
}
