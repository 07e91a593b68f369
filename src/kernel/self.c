// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include "base/clock.h"
#include "kernel/self.h"
#include "tasks.skel.h"

/* include/linux/proc_ns.h: PROC_PID_INIT_INO, the inode of the initial PID namespace. */
#define PID_NS_INITIAL 0xeffffffcu

bool self__in_initial_pid_ns(void)
{
	struct stat st;

	return stat("/proc/self/ns/pid", &st) || st.st_ino == PID_NS_INITIAL;
}

bool self__has_own_proc(void)
{
	char text[32];
	ssize_t n = readlink("/proc/self", text, sizeof(text) - 1);

	if (n < 0)
		return false;
	text[n] = '\0';
	return strtoul(text, NULL, 10) == (unsigned long)getpid();
}

void clock_bounds__add(struct clock_bounds *b, u64 before_ns, u64 kernel_ns, u64 after_ns)
{
	s64 least = kernel_ns - after_ns, most = kernel_ns - before_ns;

	if (!b->any || least > b->least)
		b->least = least;
	if (!b->any || most < b->most)
		b->most = most;
	b->any = true;
}

s64 clock_bounds__ahead(const struct clock_bounds *b)
{
	s64 sec = NSEC_PER_SEC, whole;

	whole = b->most >= 0 ? b->most / sec * sec : -((-b->most + sec - 1) / sec * sec);
	return whole >= b->least ? whole : b->least;
}

u64 self__now_ns(const struct self *s)
{
	return now_ns() + s->clock_ahead_ns;
}

static int read_tasks(int fd, int (*fn)(void *arg, const struct rec_ns_pid *rec), void *arg)
{
	struct rec_ns_pid recs[128];
	ssize_t n;
	int err = 0;

	/* the kernel hands over whole elements, as many as fit (bpf_seq_read()) */
	while (!err && (n = read(fd, recs, sizeof(recs))) > 0)
		for (size_t i = 0; i < n / sizeof(recs[0]) && !err; i++)
			err = fn(arg, &recs[i]);
	return err ? err : n < 0 ? -errno : 0;
}

int self__for_each_task(const struct self *s, int (*fn)(void *arg, const struct rec_ns_pid *rec),
			void *arg)
{
	struct tasks_bpf *skel = tasks_bpf__open();
	struct bpf_link *link = NULL;
	int fd = -1, err;

	if (!skel)
		return -errno;
	skel->rodata->cfg_ns_addr = s->ns.addr;
	skel->rodata->cfg_ns_level = s->ns.level;
	err = tasks_bpf__load(skel);
	if (!err) {
		link = bpf_program__attach_iter(skel->progs.tell_task, NULL);
		err = link ? 0 : -errno;
	}
	if (!err) {
		fd = bpf_iter_create(bpf_link__fd(link));
		err = fd < 0 ? -errno : read_tasks(fd, fn, arg);
	}
	if (fd >= 0)
		close(fd);
	bpf_link__destroy(link);
	tasks_bpf__destroy(skel);
	return err;
}
