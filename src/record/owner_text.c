// SPDX-License-Identifier: GPL-2.0
#include <inttypes.h>
#include <stdio.h>
#include "base/format.h"
#include "record/names.h"
#include "record/owner_text.h"

const char *owner_text__process(const struct rec_owner *o, char *buf, size_t sz)
{
	snprintf(buf, sz, "%s[%u]", o->comm, o->pid ?: o->tgid);
	return buf;
}

static void mapping_text(const struct rec_owner *o, const char *process, char *buf, size_t sz)
{
	char bytes[TEXT_NUM_BYTES];

	snprintf(buf, sz, "mapped by %s at 0x%" PRIx64 ", %s (%s)", process, o->start,
		 text_bytes(o->bytes, bytes), *o->path ? o->path : "anonymous");
}

const char *owner_text(const struct rec_owner *o, char *buf, size_t sz)
{
	char process[PIN_COMM_BYTES + 16], more[32], others[64] = "";

	owner_text__process(o, process, sizeof(process));
	if (o->kind == OWNER_MAPPING) {
		mapping_text(o, process, buf, sz);
		return buf;
	}
	if (o->others)
		snprintf(others, sizeof(others), ", and %s",
			 text_count(o->others, "more file", more, sizeof(more)));
	snprintf(buf, sz, "%s of %s, fd %d%s%s%s%s", text_owner_kind(o->kind), process, o->fd,
		 *o->path ? " (" : "", o->path, *o->path ? ")" : "", others);
	return buf;
}
