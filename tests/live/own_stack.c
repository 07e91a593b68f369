// SPDX-License-Identifier: GPL-2.0
/*
 * Which loaded BPF programs were given a stack for each CPU (6.13 and later, x86-64): their code
 * begins with `movabs r9, ...; add r9, gs:...` (arch/x86/net/bpf_jit_comp.c,
 * emit_private_frame_ptr()). Prints their names, a line each. With -f, fails when one is among them
 * to which a second program goes by a tail call (bpf/second.bpf.h): it may be nested.
 */
#include <bpf/bpf.h>
#include "live.h"

/* add r9, gs:disp32 */
static const unsigned char add_gs[] = { 0x65, 0x4c, 0x03, 0x0c, 0x25 };

static bool has_own_stack(int fd)
{
	static unsigned char code[1 << 20];
	struct bpf_prog_info info = {
		.jited_prog_insns = (unsigned long)code,
		.jited_prog_len = sizeof(code),
	};
	__u32 sz = sizeof(info);

	if (bpf_obj_get_info_by_fd(fd, &info, &sz) || !info.jited_prog_len)
		fail("the code of a program");
	return memmem(code, info.jited_prog_len, add_gs, sizeof(add_gs));
}

static const char *name_of(int fd, struct bpf_prog_info *info)
{
	__u32 sz = sizeof(*info);

	memset(info, 0, sizeof(*info));
	if (bpf_obj_get_info_by_fd(fd, info, &sz))
		fail("a program");
	return info->name;
}

int main(int argc, char **argv)
{
	bool firsts = argc == 2 && !strcmp(argv[1], "-f"), bad = false;
	struct bpf_prog_info info;
	__u32 id = 0, seen = 0;

	while (!bpf_prog_get_next_id(id, &id)) {
		int fd = bpf_prog_get_fd_by_id(id);
		const char *name = fd < 0 ? "" : name_of(fd, &info);

		seen += !strncmp(name, "first_", 6);
		if (fd >= 0 && has_own_stack(fd)) {
			puts(name);
			bad |= !strncmp(name, "first_", 6);
		}
		if (fd >= 0)
			close(fd);
	}
	if (firsts && !seen)
		quit(EXIT_FAILURE, "no such program is loaded");
	return firsts && bad ? EXIT_FAILURE : EXIT_SUCCESS;
}
