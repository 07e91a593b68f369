// SPDX-License-Identifier: GPL-2.0
/*
 * The record file's writer and reader against each other, against full disks and against kill -9.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>
#include "record/recfile.h"
#include "record/recfile_format.h"

static char dir[] = "/tmp/recfile_test.XXXXXX";
static char path[64];

/* Record i: lengths vary, the bytes are a function of i and do not compress. */
static u64 aligned_room[REC_MAX_BYTES / sizeof(u64)];

static const struct rec_hdr *make_rec(u64 i, size_t sz)
{
	struct rec_hdr *h = (void *)aligned_room;
	u64 x = i * 0x9e3779b97f4a7c15u + 1;

	for (size_t w = 2; w < sz / 8; w++) {
		x ^= x << 13;
		x ^= x >> 7;
		x ^= x << 17;
		aligned_room[w] = x;
	}
	*h = (struct rec_hdr){ .sz = sz, .kind = 1 + i % 20, .cpu = i, .ts_ns = i };
	return h;
}

static size_t rec_sz(u64 i)
{
	return 16 + i * 40 % 2000;
}

static struct recfile_writer *create(void)
{
	struct recfile_writer *w = recfile_writer__create(path);

	assert_non_null(w);
	return w;
}

/* The records from i on, as many as there are; returns how many. */
static u64 expect_records(struct recfile_reader *r)
{
	const struct rec_hdr *rec;
	u64 i = 0;
	int ret;

	while ((ret = recfile_reader__next(r, &rec)) == 1) {
		assert_int_equal(rec->sz, rec_sz(i));
		assert_int_equal((uintptr_t)rec % 8, 0);
		assert_memory_equal(rec, make_rec(i, rec_sz(i)), rec->sz);
		i++;
	}
	if (ret)
		fail_msg("%s", recfile_reader__error(r));
	assert_null(rec);
	/* The end stays the end. */
	assert_int_equal(recfile_reader__next(r, &rec), 0);
	return i;
}

static u64 expect_file(bool incomplete)
{
	char err[256] = "";
	struct recfile_reader *r = recfile_reader__open(path, err, sizeof(err));
	u64 cnt;

	if (!r)
		fail_msg("%s", err);
	cnt = expect_records(r);
	assert_int_equal(recfile_reader__incomplete(r), incomplete);
	recfile_reader__close(r);
	return cnt;
}

static off_t file_size(void)
{
	struct stat st;

	assert_int_equal(stat(path, &st), 0);
	return st.st_size;
}

static void test_no_records(void **state)
{
	(void)state;
	assert_int_equal(recfile_writer__close(create()), 0);
	assert_int_equal(expect_file(false), 0);
}

static void test_round_trip(void **state)
{
	const u64 cnt = 5000; /* about 5 MB: several blocks */
	struct recfile_writer *w = create();

	(void)state;
	for (u64 i = 0; i < cnt; i++)
		assert_int_equal(recfile_writer__add(w, make_rec(i, rec_sz(i))), 0);
	assert_int_equal(recfile_writer__flush(w), 0);
	assert_int_equal(recfile_writer__bytes(w), file_size());
	/* Good and readable while it is still being written. */
	assert_int_equal(expect_file(true), cnt);
	assert_int_equal(recfile_writer__close(w), 0);
	assert_int_equal(expect_file(false), cnt);
}

static void test_it_compresses(void **state)
{
	struct rec_pin pin = { .h = { .sz = sizeof(pin), .kind = REC_PIN }, .comm = "fio" };
	struct recfile_writer *w = create();

	(void)state;
	for (u64 i = 0; i < 10000; i++) {
		pin.h.ts_ns = i;
		assert_int_equal(recfile_writer__add(w, &pin.h), 0);
	}
	assert_int_equal(recfile_writer__close(w), 0);
	assert_true(file_size() < (off_t)(10000 * sizeof(pin) / 10));
}

static void test_largest_record(void **state)
{
	struct recfile_writer *w = create();
	const struct rec_hdr *rec;
	struct recfile_reader *r;

	(void)state;
	for (u64 i = 0; i < 40; i++)
		assert_int_equal(recfile_writer__add(w, make_rec(i, REC_MAX_BYTES)), 0);
	assert_int_equal(recfile_writer__close(w), 0);
	r = recfile_reader__open(path, NULL, 0);
	assert_non_null(r);
	for (u64 i = 0; i < 40; i++) {
		assert_int_equal(recfile_reader__next(r, &rec), 1);
		assert_memory_equal(rec, make_rec(i, REC_MAX_BYTES), REC_MAX_BYTES);
	}
	assert_int_equal(recfile_reader__next(r, &rec), 0);
	recfile_reader__close(r);
}

static void test_writer_refuses_bad_records(void **state)
{
	static const u32 bad[] = { 0, 8, 17, REC_MAX_BYTES + 8, UINT32_MAX };
	struct recfile_writer *w = create();

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		struct rec_hdr h = { .sz = bad[i], .kind = 1 };

		assert_int_equal(recfile_writer__add(w, &h), -EINVAL);
	}
	/* That was the caller's fault, and the file is none the worse. */
	assert_int_equal(recfile_writer__add(w, make_rec(0, rec_sz(0))), 0);
	assert_int_equal(recfile_writer__close(w), 0);
	assert_int_equal(expect_file(false), 1);
}

static void test_create_fails(void **state)
{
	(void)state;
	errno = 0;
	assert_null(recfile_writer__create("/nonexistent/dir/file"));
	assert_int_equal(errno, ENOENT);
	assert_null(recfile_writer__create(dir));
	assert_int_equal(errno, EISDIR);
	/* The header does not fit: known at once, not at the end of a long run. */
	assert_null(recfile_writer__create("/dev/full"));
	assert_int_equal(errno, ENOSPC);
}

/* A folder that others write to: what they put at the path is not written to, nor read by them. */
static void test_path_of_others(void **state)
{
	char target[64];
	struct stat before, after;
	int fd;

	(void)state;
	snprintf(target, sizeof(target), "%s/target", dir);
	fd = open(target, O_RDWR | O_CREAT | O_TRUNC, 0666);
	assert_int_equal(write(fd, "theirs", 6), 6);
	unlink(path);

	/* a link to it: refused, and nothing is written */
	assert_int_equal(symlink(target, path), 0);
	assert_null(recfile_writer__create(path));
	assert_int_equal(errno, ELOOP);
	assert_int_equal(fstat(fd, &after), 0);
	assert_int_equal(after.st_size, 6);
	unlink(path);

	/* the file itself, wide open and held open: replaced, for its owner only */
	assert_int_equal(link(target, path), 0);
	assert_int_equal(fchmod(fd, 0666), 0);
	assert_int_equal(fstat(fd, &before), 0);
	assert_int_equal(recfile_writer__close(create()), 0);
	assert_int_equal(stat(path, &after), 0);
	assert_int_not_equal(before.st_ino, after.st_ino);
	assert_int_equal(after.st_mode & 07777, 0600);
	assert_int_equal(fstat(fd, &after), 0);
	assert_int_equal(after.st_size, 6);
	assert_int_equal(expect_file(false), 0);
	close(fd);
	unlink(target);
}

/* Written to as they are: FIFOs, devices, what is open already by the names that the kernel has for
 * it. */
static void test_special_files(void **state)
{
	char name[32];
	struct stat st;
	int fd;

	(void)state;
	unlink(path);
	assert_int_equal(mkfifo(path, 0600), 0);
	fd = open(path, O_RDONLY | O_NONBLOCK);
	assert_int_equal(recfile_writer__close(create()), 0);
	assert_int_equal(lstat(path, &st), 0);
	assert_true(S_ISFIFO(st.st_mode));
	assert_int_equal(read(fd, name, 8), 8);
	assert_memory_equal(name, RECFILE_MAGIC, 8);
	close(fd);
	unlink(path);

	fd = open(path, O_RDWR | O_CREAT, 0600);
	snprintf(name, sizeof(name), "/dev/fd/%d", fd);
	assert_int_equal(recfile_writer__close(recfile_writer__create(name)), 0);
	assert_int_equal(expect_file(false), 0);
	close(fd);
	assert_int_equal(recfile_writer__close(recfile_writer__create("/dev/null")), 0);
	assert_int_equal(lstat("/dev/null", &st), 0);
	assert_true(S_ISCHR(st.st_mode));
}

/* A disk that is full after `limit` bytes: the last write is cut in the middle. */
static void with_file_limit(rlim_t limit, void (*fn)(void))
{
	struct rlimit old, cut;

	signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &old), 0);
	cut = (struct rlimit){ .rlim_cur = limit, .rlim_max = old.rlim_max };
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &cut), 0);
	fn();
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &old), 0);
}

static void fill_up(void)
{
	struct recfile_writer *w = create();
	u64 good = 0, i = 0;
	int err = 0;

	for (; !err && i < 10000; i++) {
		err = recfile_writer__add(w, make_rec(i, rec_sz(i)));
		if (!err && i % 50 == 49)
			err = recfile_writer__flush(w);
		if (!err && i % 50 == 49)
			good = i + 1;
	}
	assert_int_equal(err, -EFBIG);
	assert_true(good >= 50);
	/* It sticks, and the file ends at its last whole block. */
	assert_int_equal(recfile_writer__add(w, make_rec(i, rec_sz(i))), -EFBIG);
	assert_int_equal(recfile_writer__flush(w), -EFBIG);
	assert_int_equal(file_size(), recfile_writer__bytes(w));
	assert_int_equal(recfile_writer__close(w), -EFBIG);
	assert_int_equal(expect_file(true), good);
}

static void test_disk_full(void **state)
{
	(void)state;
	for (rlim_t limit = 200000; limit < 200100; limit += 7)
		with_file_limit(limit, fill_up);
}

/* Files in the folder, the one under test among them. */
static int count_files(void)
{
	DIR *d = opendir(dir);
	int cnt = 0;

	assert_non_null(d);
	for (struct dirent *e; (e = readdir(d));)
		cnt += e->d_name[0] != '.' || e->d_name[1] == 'p';
	closedir(d);
	return cnt;
}

static void fill_header(void)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);

	assert_int_equal(write(fd, "old", 3), 3);
	close(fd);
	assert_null(recfile_writer__create(path));
	assert_int_equal(errno, EFBIG);
	assert_int_equal(file_size(), 3); /* what was there is still there */
	assert_int_equal(count_files(), 1);
}

static void test_disk_full_at_header(void **state)
{
	(void)state;
	with_file_limit(RECFILE_HEADER_BYTES - 1, fill_header);
}

static void write_then_full(void)
{
	struct recfile_writer *w = recfile_writer__create("-");
	int err = 0;

	for (u64 i = 0; !err && i < 10000; i++)
		err = recfile_writer__add(w, make_rec(i, rec_sz(i)));
	recfile_writer__close(w);
	_exit(err == -EFBIG ? 0 : 1);
}

/* `record -o - >>file`: what was in the file before us is not ours to cut. */
static void test_appending_stdout_keeps_what_was_there(void **state)
{
	static char before[100000];
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
	int status;

	(void)state;
	assert_int_equal(write(fd, before, sizeof(before)), sizeof(before));
	close(fd);
	if (!fork()) {
		fd = open(path, O_WRONLY | O_APPEND);
		dup2(fd, STDOUT_FILENO);
		with_file_limit(sizeof(before) + RECFILE_HEADER_BYTES + 1000, write_then_full);
	}
	wait(&status);
	assert_int_equal(status, 0);
	assert_int_equal(file_size(), sizeof(before) + RECFILE_HEADER_BYTES);
}

/* Reads what a child writes to a pipe, by way of "-" on both sides. */
static void test_pipe(void **state)
{
	int fds[2], status, saved = dup(STDIN_FILENO);
	struct recfile_reader *r;
	struct recfile_writer *w;

	(void)state;
	assert_int_equal(pipe(fds), 0);
	if (!fork()) {
		dup2(fds[1], STDOUT_FILENO);
		close(fds[0]);
		close(fds[1]);
		w = recfile_writer__create("-");
		for (u64 i = 0; i < 3000; i++)
			recfile_writer__add(w, make_rec(i, rec_sz(i)));
		_exit(recfile_writer__close(w) ? 1 : 0);
	}
	close(fds[1]);
	dup2(fds[0], STDIN_FILENO);
	close(fds[0]);
	r = recfile_reader__open("-", NULL, 0);
	assert_non_null(r);
	assert_int_equal(expect_records(r), 3000);
	assert_false(recfile_reader__incomplete(r));
	recfile_reader__close(r);
	dup2(saved, STDIN_FILENO);
	close(saved);
	wait(&status);
	assert_int_equal(status, 0);
}

static void write_for_ever(void)
{
	struct recfile_writer *w = recfile_writer__create(path);

	if (!w)
		_exit(1);
	for (u64 i = 0;; i++) {
		recfile_writer__add(w, make_rec(i, rec_sz(i)));
		if (i % 20 == 19)
			recfile_writer__flush(w);
	}
}

static void test_killed_writer(void **state)
{
	(void)state;
	for (int round = 0; round < 10; round++) {
		int status;
		pid_t pid;
		u64 cnt;

		unlink(path);
		pid = fork();
		if (!pid)
			write_for_ever();
		/* Not at the same place each time. */
		while (access(path, F_OK) || file_size() < 30000 + round * 1111) {
			assert_int_equal(waitpid(pid, &status, WNOHANG), 0);
			usleep(100);
		}
		kill(pid, SIGKILL);
		waitpid(pid, &status, 0);
		assert_true(WIFSIGNALED(status));
		cnt = expect_file(true);
		assert_true(cnt >= 20);
		assert_int_equal(cnt % 20, 0); /* whole blocks */
	}
}

static int setup(void **state)
{
	(void)state;
	if (!mkdtemp(dir))
		return -1;
	snprintf(path, sizeof(path), "%s/run.pin", dir);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	unlink(path);
	return rmdir(dir);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_no_records),
		cmocka_unit_test(test_round_trip),
		cmocka_unit_test(test_it_compresses),
		cmocka_unit_test(test_largest_record),
		cmocka_unit_test(test_writer_refuses_bad_records),
		cmocka_unit_test(test_create_fails),
		cmocka_unit_test(test_path_of_others),
		cmocka_unit_test(test_special_files),
		cmocka_unit_test(test_disk_full),
		cmocka_unit_test(test_disk_full_at_header),
		cmocka_unit_test(test_appending_stdout_keeps_what_was_there),
		cmocka_unit_test(test_pipe),
		cmocka_unit_test(test_killed_writer),
	};

	return cmocka_run_group_tests_name("recfile", tests, setup, teardown);
}
