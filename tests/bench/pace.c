// SPDX-License-Identifier: GPL-2.0
/*
 * Pins and releases a page so many times a second, and tells what its parent, the reader, took
 * meanwhile: its share of a processor, its memory, and that of its BPF maps.
 */
#include <dirent.h>
#include <sys/uio.h>
#include "bench.h"

#define TICK_NS 1000000ul

/*
 * The number behind `key` in /proc/PARENT/FILE, 0 when there is none; without a key the file's
 * first number.
 */
static unsigned long number_in(const char *file, const char *key)
{
	unsigned long value = 0;
	char path[320], line[512];
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/%s", getppid(), file);
	f = fopen(path, "r");
	while (f && fgets(line, sizeof(line), f)) {
		if (key && strncmp(line, key, strlen(key)))
			continue;
		value = strtoul(line + (key ? strlen(key) : 0), NULL, 10);
		break;
	}
	if (f)
		fclose(f);
	return value;
}

static unsigned long map_bytes(void)
{
	char path[32], file[300];
	unsigned long bytes = 0;
	struct dirent *e;
	DIR *dir;

	snprintf(path, sizeof(path), "/proc/%d/fdinfo", getppid());
	dir = opendir(path);
	while (dir && (e = readdir(dir))) {
		snprintf(file, sizeof(file), "fdinfo/%s", e->d_name);
		if (number_in(file, "map_id:"))
			bytes += number_in(file, "memlock:");
	}
	if (dir)
		closedir(dir);
	return bytes;
}

static void pair(void)
{
	static char from[64], to[64];
	struct iovec local = { to, 1 }, remote = { from, 1 };

	if (process_vm_readv(getpid(), &local, 1, &remote, 1, 0) != 1)
		fail("process_vm_readv");
}

static void wait_until(unsigned long ns)
{
	struct timespec at = { .tv_sec = ns / 1000000000, .tv_nsec = ns % 1000000000 };

	clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &at, NULL);
}

/* Returns how many pairs there were. What a tick was late for is made up in the next. */
static unsigned long keep_pace(unsigned long rate, unsigned long start, unsigned long end)
{
	unsigned long done = 0;

	for (unsigned long tick = start; tick < end; tick += TICK_NS) {
		wait_until(tick);
		while (done < (tick - start) / 1000 * rate / 1000000)
			pair(), done++;
	}
	return done;
}

int main(int argc, char **argv)
{
	unsigned long start, end, done, cpu, ns;

	if (argc != 3)
		quit(2, "usage: PAIRS_A_SECOND SECONDS");
	usleep(200000); /* what the reader does first is not what it does all the time */
	cpu = number_in("schedstat", NULL);
	start = now_ns();
	end = start + number(argv[2]) * 1000000000;
	done = keep_pace(number(argv[1]), start, end);
	ns = now_ns() - start;
	cpu = number_in("schedstat", NULL) - cpu;
	printf("pace: %.0f pairs/s; the reader: %.2f %% of a CPU, %lu KiB resident (at most %lu), maps %lu KiB\n",
	       done * 1e9 / ns, cpu * 100.0 / ns, number_in("status", "VmRSS:"),
	       number_in("status", "VmHWM:"), map_bytes() >> 10);
	return 0;
}
