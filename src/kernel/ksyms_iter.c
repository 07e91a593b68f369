// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include "kernel/ksyms_iter.h"
#include "ksyms.skel.h"

int ksyms_iter__open(void)
{
	struct ksyms_bpf *skel = ksyms_bpf__open_and_load();
	struct bpf_link *link;
	int fd;

	if (!skel)
		return -errno;
	link = bpf_program__attach_iter(skel->progs.tell_symbol, NULL);
	fd = link ? bpf_iter_create(bpf_link__fd(link)) : -1;
	if (fd < 0)
		fd = -errno;
	/* the iterator's file keeps the program */
	bpf_link__destroy(link);
	ksyms_bpf__destroy(skel);
	return fd;
}
