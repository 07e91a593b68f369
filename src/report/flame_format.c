// SPDX-License-Identifier: GPL-2.0
#include <string.h>
#include "report/flame.h"

static const struct flame_format *const formats[] = {
	&flame_svg, &flame_html, &flame_folded, &flame_pprof, &flame_speedscope,
};
#define FORMAT_CNT (sizeof(formats) / sizeof(formats[0]))

const struct flame_format *flame_format__find(const char *path)
{
	size_t len = strlen(path);

	for (size_t i = 0; i < FORMAT_CNT; i++) {
		size_t n = strlen(formats[i]->suffix);

		if (len > n && !strcmp(path + len - n, formats[i]->suffix))
			return formats[i];
	}
	return NULL;
}

const char *flame_format__names(void)
{
	return ".svg, .html, .folded, .pb.gz or .speedscope.json";
}
