// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <pinacct/bpf_shared.h>
#include "capture/expand_list.h"

/* No run but one of a large folio crosses the 2 MiB boundary (wire.h). */
#define BLOCK_PAGES 512

/* A record of either kind, seen alike. */
struct parts {
	size_t head_bytes;
	u16 flags;
	u32 nr;
};

struct chunk {
	union {
		struct rec_hdr h;
		struct rec_pin pin;
		struct rec_unpin unpin;
		u8 bytes[sizeof(struct rec_pin) + LIST_PER_CHUNK * sizeof(struct rec_run)];
	};
};

static bool take_apart(const struct rec_hdr *rec, struct parts *p)
{
	const struct rec_pin *pin = (const void *)rec;
	const struct rec_unpin *unpin = (const void *)rec;

	if ((rec->kind == REC_PIN || rec->kind == REC_GET) && rec->sz >= sizeof(*pin)) {
		*p = (struct parts){ sizeof(*pin), pin->flags, pin->nr_runs };
		return true;
	}
	if ((rec->kind == REC_UNPIN || rec->kind == REC_PUT) && rec->sz >= sizeof(*unpin)) {
		*p = (struct parts){ sizeof(*unpin), unpin->flags, unpin->nr_runs };
		return true;
	}
	return false;
}

/* Page frames, one after the other, to as few runs as there can be. Returns how many. */
static u32 gather(const u64 *pfns, u32 nr, struct rec_run *runs)
{
	u32 nr_runs = 0;

	for (u32 i = 0; i < nr; i++) {
		struct rec_run *last = nr_runs ? &runs[nr_runs - 1] : NULL;

		if (pfns[i] == LIST_HOLE)
			continue;
		if (last && pfns[i] == last->pfn + last->pages && pfns[i] % BLOCK_PAGES)
			last->pages++;
		else
			runs[nr_runs++] = (struct rec_run){ .pfn = pfns[i],
							    .pages = 1,
							    .order = RUN_ORDER_UNKNOWN };
	}
	return nr_runs;
}

static void clean_text(char *text, size_t sz)
{
	size_t len = strnlen(text, sz - 1);

	memset(text + len, 0, sz - len);
}

static int expand_pages(const struct rec_hdr *rec, const struct parts *p, record_fn fn, void *arg)
{
	const u64 *pfns = (const void *)((const u8 *)rec + p->head_bytes);
	struct chunk out;
	u32 nr;

	if (p->nr > LIST_PER_CHUNK || p->head_bytes + p->nr * sizeof(u64) > rec->sz)
		return -EBADMSG;
	memcpy(&out, rec, p->head_bytes);
	nr = gather(pfns, p->nr, (struct rec_run *)(out.bytes + p->head_bytes));
	out.h.sz = p->head_bytes + nr * sizeof(struct rec_run);
	if (rec->kind == REC_PIN || rec->kind == REC_GET) {
		out.pin.flags &= ~PIN_F_LIST;
		out.pin.nr_runs = nr;
		clean_text(out.pin.fs, sizeof(out.pin.fs));
	} else {
		out.unpin.flags &= ~PIN_F_LIST;
		out.unpin.nr_runs = nr;
	}
	return fn(arg, &out.h);
}

/*
 * The kernel's side copies sixteen bytes, wherever the name ends. The ring is not ours to write to.
 */
static int clean_pin(const struct rec_pin *pin, record_fn fn, void *arg)
{
	struct chunk out;

	if (pin->h.sz > sizeof(out))
		return -EBADMSG;
	memcpy(&out, pin, pin->h.sz);
	clean_text(out.pin.fs, sizeof(out.pin.fs));
	return fn(arg, &out.h);
}

int expand_list(const struct rec_hdr *rec, record_fn fn, void *arg)
{
	struct parts p;

	if (rec->kind == REC_IO)
		return clean_pin((const struct rec_pin *)rec, fn, arg);
	if (!take_apart(rec, &p))
		return fn(arg, rec);
	if (p.flags & PIN_F_LIST)
		return expand_pages(rec, &p, fn, arg);
	if ((rec->kind == REC_PIN || rec->kind == REC_GET) &&
	    ((const struct rec_pin *)rec)->fs_hook)
		return clean_pin((const struct rec_pin *)rec, fn, arg);
	return fn(arg, rec);
}
