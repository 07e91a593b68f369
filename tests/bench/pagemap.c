// SPDX-License-Identifier: GPL-2.0
/* The peer's user side: attaches, runs a command, tells how many pages are left in the map. */
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <sys/wait.h>
#include "../live/live.h"
#include "pagemap.h"
#include "pagemap.skel.h"

/* Both kernels of the bench have all of these functions. */
static void want_programs(struct pagemap_bpf *skel)
{
	struct bpf_program *prog;

	bpf_object__for_each_program(prog, skel->obj) bpf_program__set_autoload(prog, true);
}

static unsigned long entries_left(int map)
{
	unsigned long left = 0;
	unsigned long long key, next;
	void *at = NULL;

	while (!bpf_map_get_next_key(map, at, &next)) {
		key = next;
		at = &key;
		left++;
	}
	return left;
}

static int run(char **argv)
{
	pid_t pid = fork();
	int status;

	if (pid < 0)
		fail("fork");
	if (!pid) {
		execvp(argv[0], argv);
		fail(argv[0]);
	}
	if (waitpid(pid, &status, 0) < 0)
		fail("wait");
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

int main(int argc, char **argv)
{
	struct pagemap_bpf *skel = pagemap_bpf__open();
	int status;

	if (argc < 2)
		quit(2, "usage: CMD [ARG...]");
	if (!skel)
		fail("open");
	want_programs(skel);
	if (pagemap_bpf__load(skel) || pagemap_bpf__attach(skel))
		fail("load");
	status = run(argv + 1);
	fprintf(stderr, "pagemap: %lu pages left, %llu found no room\n",
		entries_left(bpf_map__fd(skel->maps.pages)), skel->bss->full);
	pagemap_bpf__destroy(skel);
	return status;
}
