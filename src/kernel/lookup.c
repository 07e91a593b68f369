// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <string.h>
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include "kernel/lookup.h"
#include "lookup.skel.h"

/* The table by which the kernel finds a name without looking at all of them. */
#define SORTED_TABLE "kallsyms_seqs_of_names"

void lookup__name(struct named_addr *n, const char *name)
{
	size_t len = strlen(name);

	memset(n, 0, sizeof(*n));
	if (len < sizeof(n->name))
		memcpy(n->name, name, len);
}

static int run(struct lookup_bpf *skel, struct named_addr *names, u32 n)
{
	LIBBPF_OPTS(bpf_test_run_opts, opts);

	memcpy(skel->bss->names, names, n * sizeof(*names));
	skel->bss->nr_names = n;
	if (bpf_prog_test_run_opts(bpf_program__fd(skel->progs.look_up), &opts))
		return -errno;
	memcpy(names, skel->bss->names, n * sizeof(*names));
	return 0;
}

int lookup__addrs(struct named_addr *names, u32 n)
{
	struct named_addr sorted;
	struct lookup_bpf *skel;
	int err;

	if (n > LOOKUP_NAMES_MAX)
		return -E2BIG;
	skel = lookup_bpf__open_and_load();
	if (!skel)
		return -errno;
	lookup__name(&sorted, SORTED_TABLE);
	err = run(skel, &sorted, 1);
	if (!err && !sorted.addr)
		err = -ENOTSUP;
	if (!err)
		err = run(skel, names, n);
	lookup_bpf__destroy(skel);
	return err;
}
