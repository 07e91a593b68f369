// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <string.h>
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include "capture/attach_target.h"

static int handlers[2];

static int name_target(struct bpf_program *prog, struct bpf_prog_load_opts *opts, long cookie)
{
	const struct kernel *k = (const struct kernel *)cookie;
	u32 id = kernel__func_id(k, strchr(bpf_program__section_name(prog), '/') + 1);

	if (id)
		opts->attach_btf_id = id;
	/* else it is a module's, which attach_target__find() has put there */
	return opts->attach_btf_id ? 0 : -ENOENT;
}

static int attach(const struct bpf_program *prog, long cookie __attribute__((unused)),
		  struct bpf_link **link)
{
	*link = bpf_program__attach_trace(prog);
	return *link ? 0 : -errno;
}

int attach_target__begin(const struct kernel *k)
{
	LIBBPF_OPTS(libbpf_prog_handler_opts, opts, .cookie = (long)k,
		    .prog_prepare_load_fn = name_target, .prog_attach_fn = attach);
	int entry = libbpf_register_prog_handler("fentry+", BPF_PROG_TYPE_TRACING, BPF_TRACE_FENTRY,
						 &opts);
	int exit = libbpf_register_prog_handler("fexit+", BPF_PROG_TYPE_TRACING, BPF_TRACE_FEXIT,
						&opts);

	handlers[0] = entry;
	handlers[1] = exit;
	return entry < 0 ? entry : exit < 0 ? exit : 0;
}

void attach_target__end(void)
{
	for (int i = 0; i < 2; i++) {
		if (handlers[i] > 0)
			libbpf_unregister_prog_handler(handlers[i]);
		handlers[i] = 0;
	}
}

int attach_target__find(const struct kernel *k, struct bpf_program *prog, const char *symbol)
{
	if (kernel__func_id(k, symbol))
		return 0;
	return bpf_program__set_attach_target(prog, 0, symbol);
}
